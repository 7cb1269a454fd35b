#include "store/model_names.h"

#include "core/text.h"
#include "store/h5.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { NAME_SIZE = 256, LIST_SIZE = 320 };

static const char *const DATASETS[] = {
    "weight_hh", "weight_ih", "weight_hy", "bias_h",       "bias_ih",   "bias_hh", "c0",
    "bias_y",    "h0",        "trials",    "loss_history", "dale_sign", "meta",    NULL};
static const char *const ATTRIBUTES[] = {"cell",
                                         "activation",
                                         "leak",
                                         "leak_form",
                                         "task",
                                         "construction",
                                         "seed",
                                         "identity",
                                         "recipe",
                                         "versions",
                                         "converged",
                                         "train_metric",
                                         "train_loss",
                                         "train_steps",
                                         "train_seconds",
                                         "imported_from",
                                         "imported_as",
                                         "weights_checksum",
                                         NULL};
static const char *const TRIALS_DATASETS[] = {"inputs", "targets", "mask", "h0", "outputs", NULL};
static const char *const TRIALS_ATTRIBUTES[] = {"metric", NULL};

/* What HDF5's own tools, netCDF, PyTables and MATLAB write beside data, and means nothing here. */
static const char *const MARKS[] = {"CLASS",
                                    "NAME",
                                    "TITLE",
                                    "VERSION",
                                    "FLAVOR",
                                    "PYTABLES_FORMAT_VERSION",
                                    "DIMENSION_LIST",
                                    "REFERENCE_LIST",
                                    "MATLAB_class",
                                    "_nc3_strict",
                                    "_NCProperties",
                                    "DIMENSION_LABELS",
                                    NULL};

/* A place in a file and the names that it may have. */
struct place {
    hid_t object;
    const char *path;
    const char *title; /* "" for the root, "trials/" */
    const char *const *datasets;
    const char *const *attributes;
};

static size_t list_length(const char *const *list)
{
    size_t length = 0;
    while (list[length] != NULL) {
        length++;
    }
    return length;
}

static bool is_in(const char *name, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (strcmp(name, *list) == 0) {
            return true;
        }
    }
    return false;
}

/* Groups of values to be compared with, in models that are kept to check programs by. */
static bool is_expected(const struct place *place, const char *name)
{
    static const char BEGIN[] = "expected";
    return place->title[0] == '\0' && strncmp(name, BEGIN, strlen(BEGIN)) == 0;
}

static enum status unknown(const struct place *place, const char *kind, char *name,
                           const char *const *known, struct error *error)
{
    char list[LIST_SIZE] = "";
    const char *const nearest = text_nearest(name, known, list_length(known));
    text_clean(name);
    if (nearest != NULL) {
        return error_set(error, STATUS_INPUT,
                         "%s: unknown %s '%s%s', did you mean '%s%s'? (/meta is free for the rest)",
                         place->path, kind, place->title, name, place->title, nearest);
    }
    if (*known == NULL) {
        return error_set(error, STATUS_INPUT,
                         "%s: %s '%s%s' means nothing there, expected those of the root (/meta is "
                         "free for the rest)",
                         place->path, kind, place->title, name);
    }
    for (size_t used = 0; *known != NULL && used < sizeof list; known++) {
        used +=
            (size_t)snprintf(list + used, sizeof list - used, "%s%s", used > 0 ? ", " : "", *known);
    }
    return error_set(error, STATUS_INPUT,
                     "%s: unknown %s '%s%s', expected %s (/meta is free for the rest)", place->path,
                     kind, place->title, name, list);
}

/* Names are told apart up to NAME_SIZE: a longer one is none of the known anyway. */
static enum status check_links(const struct place *place, struct error *error)
{
    H5G_info_t info;
    if (H5Gget_info(place->object, &info) < 0) {
        (void)H5Eclear2(H5E_DEFAULT);
        return error_set(error, STATUS_INPUT, "%s: damaged HDF5 group", place->path);
    }
    for (hsize_t i = 0; i < info.nlinks; i++) {
        char name[NAME_SIZE] = "";
        if (H5Lget_name_by_idx(place->object, ".", H5_INDEX_NAME, H5_ITER_INC, i, name, sizeof name,
                               H5P_DEFAULT) < 0) {
            (void)H5Eclear2(H5E_DEFAULT);
            return error_set(error, STATUS_INPUT, "%s: damaged HDF5 link", place->path);
        }
        if (!is_in(name, place->datasets) && !is_expected(place, name)) {
            return unknown(place, "dataset", name, place->datasets, error);
        }
    }
    return STATUS_OK;
}

static enum status check_attributes(const struct place *place, struct error *error)
{
    H5O_info_t info;
    if (H5Oget_info2(place->object, &info, H5O_INFO_NUM_ATTRS) < 0) {
        (void)H5Eclear2(H5E_DEFAULT);
        return error_set(error, STATUS_INPUT, "%s: damaged HDF5 object", place->path);
    }
    for (hsize_t i = 0; i < info.num_attrs; i++) {
        char name[NAME_SIZE] = "";
        if (H5Aget_name_by_idx(place->object, ".", H5_INDEX_NAME, H5_ITER_INC, i, name, sizeof name,
                               H5P_DEFAULT) < 0) {
            (void)H5Eclear2(H5E_DEFAULT);
            return error_set(error, STATUS_INPUT, "%s: damaged HDF5 attribute", place->path);
        }
        if (!is_in(name, place->attributes) && !is_in(name, MARKS) &&
            strncmp(name, "_Netcdf4", strlen("_Netcdf4")) != 0) {
            return unknown(place, "attribute", name, place->attributes, error);
        }
    }
    return STATUS_OK;
}

/* Of the datasets of a place: what would be said there of a cell counts for nothing, so it is
 * refused; the names are those of the whole. */
static enum status check_members(const struct place *place, struct error *error)
{
    static const char *const NONE[] = {NULL};
    for (const char *const *name = place->datasets; *name != NULL; name++) {
        char title[NAME_SIZE];
        H5L_info_t link;
        if (strcmp(*name, "meta") == 0 || strcmp(*name, "trials") == 0 ||
            H5Lexists(place->object, *name, H5P_DEFAULT) <= 0 ||
            H5Lget_info(place->object, *name, &link, H5P_DEFAULT) < 0 ||
            link.type != H5L_TYPE_HARD) {
            continue;
        }
        (void)snprintf(title, sizeof title, "%s%s.", place->title, *name);
        const struct place member = {H5Oopen(place->object, *name, H5P_DEFAULT), place->path, title,
                                     NONE, NONE};
        if (member.object < 0) {
            (void)H5Eclear2(H5E_DEFAULT);
            continue; /* whoever reads it says why it cannot be read */
        }
        const enum status status = check_attributes(&member, error);
        (void)H5Oclose(member.object);
        TRY(status);
    }
    return STATUS_OK;
}

static enum status check_place(const struct place *place, struct error *error)
{
    TRY(check_links(place, error));
    TRY(check_attributes(place, error));
    return check_members(place, error);
}

enum status model_names_check(hid_t file, const char *path, struct error *error)
{
    if (!h5_exists(file, "weight_hh") && !h5_exists(file, "trials")) {
        return STATUS_OK; /* no model file at all, as its reader will say */
    }
    return check_place(&(struct place){file, path, "", DATASETS, ATTRIBUTES}, error);
}

enum status trials_names_check(hid_t group, const char *path, struct error *error)
{
    return check_place(&(struct place){group, path, "trials/", TRIALS_DATASETS, TRIALS_ATTRIBUTES},
                       error);
}

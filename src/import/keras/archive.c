#include "import/keras/archive.h"

#include "core/memory.h"
#include "import/hdf5_file.h"
#include "import/keras/config.h"
#include "store/h5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char WEIGHTS[] = "model.weights.h5";
static const char CONFIG[] = "config.json";

static const uint64_t MAX_WEIGHTS = (uint64_t)1 << 30; /* bytes; HDF5 copies them once more */
static const uint64_t MAX_CONFIG = (uint64_t)1 << 24;

struct content {
    char *bytes; /* [size + 1], the last one NUL */
    size_t size;
};

/* Its number, or n_members. */
static uint64_t find_member(const struct archive *archive, const char *name)
{
    uint64_t i = 0;
    while (i < archive->n_members && strcmp(archive_member(archive, i).name, name) != 0) {
        i++;
    }
    return i;
}

bool keras_is_archive(const struct archive *archive)
{
    return find_member(archive, WEIGHTS) < archive->n_members;
}

static enum status read_member(const struct import_table *table, const struct archive *archive,
                               const char *name, uint64_t limit, struct content *content,
                               struct error *error)
{
    const uint64_t index = find_member(archive, name);
    const struct archive_member member = archive_member(archive, index);
    if (member.problem != NULL || member.size > limit) {
        return error_set(error, STATUS_INPUT, "%s: %s cannot be read: %s", table->path, name,
                         member.problem != NULL ? member.problem : "it is too large");
    }
    TRY(memory_array(&content->bytes, (size_t)member.size + 1, 1, error));
    content->size = (size_t)member.size;
    zip_file_t *const file = zip_fopen_index(archive->zip, index, 0);
    const bool good =
        file != NULL && archive_read(file, content->bytes, content->size) && archive_is_whole(file);
    if (file != NULL) {
        (void)zip_fclose(file);
    }
    return good ? STATUS_OK
                : error_set(error, STATUS_INPUT, "%s: %s is damaged: bad data or checksum",
                            table->path, name);
}

/* The configuration as a note; a file without one says nothing. */
static enum status add_config(struct import_table *table, const struct archive *archive,
                              struct error *error)
{
    struct content config = {0};
    if (find_member(archive, CONFIG) == archive->n_members) {
        return STATUS_OK;
    }
    enum status status = read_member(table, archive, CONFIG, MAX_CONFIG, &config, error);
    THEN(status, import_table_note(table, KERAS_CONFIG, config.bytes, error));
    free(config.bytes);
    return status;
}

/* From memory, under the name of a file that cannot be: HDF5 refuses an image for one that is. */
static enum status open_image(const struct import_table *table, const struct content *image,
                              hid_t *file, struct error *error)
{
    static const size_t increment = 1 << 16;
    char *name = NULL;
    const size_t size = strlen(table->path) + sizeof WEIGHTS + 1;
    TRY(memory_array(&name, size, 1, error));
    (void)snprintf(name, size, "%s/%s", table->path, WEIGHTS);
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    *file = H5Pset_fapl_core(access, increment, false) >= 0 &&
                    H5Pset_file_image(access, image->bytes, image->size) >= 0
                ? H5Fopen(name, H5F_ACC_RDONLY, access)
                : H5I_INVALID_HID;
    (void)H5Pclose(access);
    free(name);
    return *file >= 0 ? STATUS_OK
                      : h5_error(error, STATUS_INPUT, table->path,
                                 "model.weights.h5 in it is no whole HDF5 file");
}

enum status keras_open_archive(struct import_table *table, struct error *error)
{
    struct archive archive;
    struct content weights = {0};
    hid_t file = H5I_INVALID_HID;
    TRY(archive_open(&archive, table->path, ARCHIVE_MAX_MEMBERS, error));
    enum status status = add_config(table, &archive, error);
    THEN(status, read_member(table, &archive, WEIGHTS, MAX_WEIGHTS, &weights, error));
    archive_close(&archive);
    THEN(status, open_image(table, &weights, &file, error));
    free(weights.bytes);
    return status == STATUS_OK ? hdf5_adopt(table, file, error) : status;
}

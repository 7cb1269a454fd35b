/* The file that older ones are copied into, and what is copied beside their values. */
#include "core/memory.h"
#include "core/text.h"
#include "store/atomic_file.h"
#include "store/h5.h"
#include "store/results_faults.h"
#include "store/results_internal.h"
#include "store/results_keep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- history ---- */

static int compare_starts(const void *a, const void *b)
{
    const int64_t x = ((const struct epoch *)a)->start_time;
    const int64_t y = ((const struct epoch *)b)->start_time;
    return (x > y) - (x < y);
}

/* The starts of all files in the order of time, of too many the last. */
static enum status copy_epochs(const struct results_keep *keep, const struct results *to,
                               struct error *error)
{
    struct epoch *epochs = NULL;
    int n = 0;
    TRY(memory_array2(&epochs, (size_t)keep->n_files + 1, RESULTS_EPOCHS, sizeof *epochs, error));
    enum status status = STATUS_OK;
    for (int f = 0; f < keep->n_files && status == STATUS_OK; f++) {
        int count = 0;
        status = results_read_epochs(keep->files[f].results, epochs + n, error);
        while (status == STATUS_OK && count < RESULTS_EPOCHS && epochs[n + count].start_time != 0) {
            count++;
        }
        n += count;
    }
    qsort(epochs, (size_t)n, sizeof *epochs, compare_starts);
    const int first = n > RESULTS_EPOCHS ? n - RESULTS_EPOCHS : 0;
    for (int i = first; i < n && status == STATUS_OK; i++) {
        status = results_write_epoch(to, i - first, &epochs[i], error);
    }
    free(epochs);
    return status;
}

/* What /run has of the cases of a file. */
struct case_history {
    uint8_t *attempts;
    uint8_t *faults;
    struct training_mark *marks;
    char *messages;
    size_t stride;
};

static enum status read_history(struct case_history *history, const struct results *results,
                                struct error *error)
{
    const size_t n = (size_t)results_length(results, "case");
    TRY(memory_array(&history->attempts, n, 1, error));
    TRY(memory_array2(&history->faults, n, FAULT_COUNT, 1, error));
    TRY(memory_array(&history->marks, n, sizeof *history->marks, error));
    TRY(results_read_attempts(results, history->attempts, error));
    TRY(results_read_faults(results, history->faults, error));
    TRY(results_read_training(results, history->marks, error));
    return results_read_texts(results, "message", &history->messages, &history->stride, error);
}

static void release_history(struct case_history *history)
{
    free(history->attempts);
    free(history->faults);
    free(history->marks);
    free(history->messages);
}

/* Row `old` of a file becomes a case; `first` is the first case of its model. */
struct moved {
    const struct case_history *history;
    int old;
    int now;
    int first;
};

static enum status copy_case(const struct results_keep *keep, const struct moved *moved,
                             const struct results *to, struct error *error)
{
    const struct case_history *const history = moved->history;
    const char *const message = history->messages + (size_t)moved->old * history->stride;
    struct training_mark mark = history->marks[moved->old];
    mark.start = keep->n_files == 1 ? mark.start : 0; /* starts are numbered within a file */
    if (history->attempts[moved->old] > 0) {
        TRY(results_write_attempts(to, moved->now, history->attempts[moved->old], error));
    }
    for (int fault = 0; fault < FAULT_COUNT; fault++) {
        const uint8_t count = history->faults[moved->old * FAULT_COUNT + fault];
        if (count > 0) {
            TRY(results_write_fault(to, moved->now, (enum results_fault)fault, count, error));
        }
    }
    if (mark.steps > 0) {
        TRY(results_write_training(to, moved->first, &mark, error));
    }
    return keep->has_failed[moved->now] != 0 && message[0] != '\0'
               ? results_write_message(to, moved->now, message, error)
               : STATUS_OK;
}

static enum status copy_cases(const struct results_keep *keep, const struct kept_file *file,
                              const int *first_case, const struct results *to, struct error *error)
{
    const struct sweep *const sweep = keep->sweep;
    struct case_history history = {.attempts = NULL};
    enum status status = read_history(&history, file->results, error);
    for (int i = 0; i < sweep->n_cases && status == STATUS_OK; i++) {
        if (file->map.case_of[i] >= 0) {
            const struct moved moved = {&history, file->map.case_of[i], i,
                                        first_case[sweep->cases[i].model]};
            status = copy_case(keep, &moved, to, error);
        }
    }
    release_history(&history);
    return status;
}

/* What was seen of the files of models, surveys[n_cases of the study, RESULTS_SURVEY_SIZE]. */
static enum status add_surveys(const struct results_keep *keep, const struct kept_file *file,
                               const int *first_case, unsigned char *surveys, struct error *error)
{
    static const unsigned char none[RESULTS_SURVEY_SIZE];
    unsigned char *found = NULL;
    size_t count = 0;
    TRY(results_read_surveys(file->results->path, &found, &count, error));
    for (int i = 0; i < keep->sweep->n_cases; i++) {
        const int old = file->map.case_of[i];
        const unsigned char *const survey =
            old >= 0 && (size_t)old < count ? found + (size_t)old * sizeof none : none;
        if (memcmp(survey, none, sizeof none) != 0) {
            const size_t place = (size_t)first_case[keep->sweep->cases[i].model];
            memcpy(surveys + place * sizeof none, survey, sizeof none);
        }
    }
    free(found);
    return STATUS_OK;
}

static enum status copy_all_cases(const struct results_keep *keep, const int *first_case,
                                  const struct results *to, struct error *error)
{
    unsigned char *surveys = NULL;
    TRY(memory_array2(&surveys, (size_t)keep->sweep->n_cases, RESULTS_SURVEY_SIZE, 1, error));
    enum status status = STATUS_OK;
    for (int f = 0; f < keep->n_files && status == STATUS_OK; f++) {
        status = copy_cases(keep, &keep->files[f], first_case, to, error);
        THEN(status, add_surveys(keep, &keep->files[f], first_case, surveys, error));
    }
    THEN(status, results_write_surveys(to, surveys, error));
    free(surveys);
    return status;
}

static enum status copy_history(const struct results_keep *keep, const struct results *to,
                                struct error *error)
{
    const struct sweep *const sweep = keep->sweep;
    int *first_case = NULL; /* of each model */
    TRY(memory_array(&first_case, (size_t)sweep->n_models, sizeof *first_case, error));
    for (int i = sweep->n_cases; i-- > 0;) {
        first_case[sweep->cases[i].model] = i;
    }
    enum status status = copy_all_cases(keep, first_case, to, error);
    THEN(status, copy_epochs(keep, to, error));
    free(first_case);
    return status;
}

/* ---- the file ---- */

/* A text attribute takes the place of one that is there. */
static enum status put_attribute(const struct results *to, const char *name, const char *text,
                                 struct error *error)
{
    return H5Adelete(to->file, name) >= 0 && h5_write_text(to->file, name, text)
               ? STATUS_OK
               : h5_error(error, STATUS_IO, to->path, name);
}

/* Where the weights are, as the first file says, when the study does not know. */
static enum status copy_folder(const struct results_keep *keep, const struct results *to,
                               const char *name, struct error *error)
{
    char *found = NULL;
    char *folder = NULL;
    TRY(results_read_attribute(to, name, &found, error));
    const bool is_known = found[0] != '\0';
    free(found);
    if (is_known) {
        return STATUS_OK;
    }
    TRY(results_read_attribute(keep->files[0].results, name, &folder, error));
    const enum status status = put_attribute(to, name, folder, error);
    free(folder);
    return status;
}

static enum status fill(struct results_keep *keep, const struct results *to, struct error *error)
{
    TRY(copy_folder(keep, to, "models_dir", error));
    TRY(copy_folder(keep, to, "study_dir", error));
    TRY(results_keep_copy(keep, to, error));
    return copy_history(keep, to, error);
}

/* The file goes on being the same one. */
static enum status keep_uuid(const struct results *old, const struct results *to,
                             struct error *error)
{
    char *uuid = NULL;
    TRY(results_read_attribute(old, "file_uuid", &uuid, error));
    const enum status status = put_attribute(to, "file_uuid", uuid, error);
    free(uuid);
    return status;
}

static enum status write_keep(const char *temporary, struct results_keep *keep, bool is_same,
                              struct error *error)
{
    struct results *to = NULL;
    struct error ignored;
    TRY(results_create_at(temporary, keep->sweep, keep->schema, &keep->provenance, error));
    TRY(results_open(&to, temporary, RESULTS_WRITE, keep->schema, error));
    enum status status = fill(keep, to, error);
    if (is_same) {
        THEN(status, keep_uuid(keep->files[0].results, to, error));
    }
    const enum status closed = results_close(&to, status == STATUS_OK ? error : &ignored);
    return status == STATUS_OK ? closed : status;
}

enum status results_keep_write(const char *temporary, void *keep, struct error *error)
{
    return write_keep(temporary, keep, false, error);
}

static enum status write_same(const char *temporary, void *keep, struct error *error)
{
    return write_keep(temporary, keep, true, error);
}

/* A name in the old file for which the new one has no place. */
struct stray {
    struct layout layout; /* of the new one */
    char name[VARIABLE_NAME_SIZE];
};

static herr_t find_stray(hid_t group, const char *name, const H5L_info_t *info, void *data)
{
    struct stray *const stray = data;
    (void)group;
    (void)info;
    if (strcmp(name, "run") == 0 || strcmp(name, "tasks") == 0 || strcmp(name, RESULTS_OODS) == 0 ||
        layout_find(&stray->layout, name) != NULL) {
        return 0;
    }
    (void)snprintf(stray->name, sizeof stray->name, "%s", name);
    text_clean(stray->name);
    return 1;
}

/* A diagnostic that the study no longer names stays in its file, and is not lost to a new one. */
static enum status check_nothing_is_lost(const struct results_keep *keep, struct error *error)
{
    const struct results *const old = keep->files[0].results;
    struct stray stray;
    TRY(layout_create(&stray.layout, keep->schema, error));
    const herr_t result =
        H5Literate(old->file, H5_INDEX_NAME, H5_ITER_INC, NULL, find_stray, &stray);
    layout_release(&stray.layout);
    if (result < 0) {
        return h5_error(error, STATUS_DAMAGED, old->path, "cannot list its variables");
    }
    return result == 0 ? STATUS_OK
                       : error_set(error, STATUS_MISMATCH,
                                   "%s: holds '%s' of a diagnostic that the study does not name: "
                                   "it would be lost",
                                   old->path, stray.name);
}

enum status results_keep_replace(struct results_keep *keep, const char *path, struct error *error)
{
    TRY(check_nothing_is_lost(keep, error));
    return atomic_file_replace(path, write_same, keep, error);
}

/* Tasks, changed ones, and which of them every case is evaluated on. */
#include "core/memory.h"
#include "core/text.h"
#include "store/h5.h"
#include "store/results_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUP_NAME_SIZE = 32 };

/* ---- writing ---- */

/* The path of a file of trials is only where it was when the file was made. */
static bool write_task(hid_t tasks, int number, const struct task_spec *task)
{
    char name[GROUP_NAME_SIZE];
    (void)snprintf(name, sizeof name, "%d", number);
    const hid_t group = H5Gcreate2(tasks, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (group < 0) {
        return false;
    }
    char *const whole = task->path != NULL ? realpath(task->path, NULL) : NULL;
    const char *const path = whole != NULL ? whole : task->path; /* it may have moved */
    text_clean(whole);
    const bool good =
        h5_write_text(group, "name", task->name) &&
        h5_write_text(group, "path", path != NULL ? path : "") &&
        h5_write_number(group, "trials_hash", H5T_NATIVE_UINT64, &task->trials_hash) &&
        h5_write_numbers(group, "params", H5T_NATIVE_DOUBLE, PARAMS_MAX, task->params);
    free(whole);
    return H5Gclose(group) >= 0 && good;
}

/* Which task each case is evaluated on, -1 for the trials in its model's file, and their hash. */
static bool write_cases(hid_t group, const struct sweep *sweep)
{
    const size_t n = (size_t)sweep->n_cases;
    const hsize_t dims[] = {n};
    int32_t *const tasks = calloc(n, sizeof *tasks);
    uint64_t *const hashes = calloc(n, sizeof *hashes);
    bool good = tasks != NULL && hashes != NULL;
    for (size_t i = 0; good && i < n; i++) {
        tasks[i] = sweep->cases[i].task;
        hashes[i] = sweep->models[sweep->cases[i].model].trials_hash;
    }
    good = good &&
           h5_write_dataset(group, "task_of_case", 1, dims, H5T_NATIVE_INT32, H5T_NATIVE_INT32,
                            tasks) &&
           h5_write_dataset(group, "own_trials_hash", 1, dims, H5T_NATIVE_UINT64, H5T_NATIVE_UINT64,
                            hashes);
    free(tasks);
    free(hashes);
    return good;
}

bool results_write_tasks(hid_t file, const struct sweep *sweep)
{
    const hid_t group = H5Gcreate2(file, "tasks", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (group < 0) {
        return false;
    }
    const int32_t count = sweep->n_tasks;
    bool good =
        h5_write_number(group, "count", H5T_NATIVE_INT32, &count) && write_cases(group, sweep);
    for (int i = 0; good && i < sweep->n_tasks; i++) {
        good = write_task(group, i, &sweep->tasks[i]);
    }
    return H5Gclose(group) >= 0 && good;
}

bool results_write_oods(hid_t file, const struct sweep *sweep)
{
    if (sweep->n_oods == 0) {
        return true;
    }
    const hid_t group = H5Gcreate2(file, RESULTS_OODS, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    bool good = group >= 0;
    for (int i = 0; good && i < sweep->n_oods; i++) {
        good = write_task(group, i, &sweep->oods[i].task);
    }
    return good && H5Gclose(group) >= 0;
}

/* ---- reading ---- */

static enum status bad_tasks(const struct results *results, struct error *error)
{
    return results_damaged(results->path, "tasks", "cannot be read", error);
}

static enum status read_task(const struct results *results, hid_t group, struct task_spec *task,
                             struct error *error)
{
    TRY(results_read_text(results, group, "name", &task->name, error));
    TRY(results_read_text(results, group, "path", &task->path, error));
    text_clean(task->name);
    text_clean(task->path);
    if (task->path[0] == '\0') { /* built in */
        free(task->path);
        task->path = NULL;
    }
    return h5_read_numbers(group, "params", H5T_NATIVE_DOUBLE, PARAMS_MAX, task->params) &&
                   h5_read_numbers(group, "trials_hash", H5T_NATIVE_UINT64, 1, &task->trials_hash)
               ? STATUS_OK
               : bad_tasks(results, error);
}

static enum status read_numbered(const struct results *results, hid_t group, int number,
                                 struct task_spec *task, struct error *error)
{
    char name[GROUP_NAME_SIZE];
    (void)snprintf(name, sizeof name, "%d", number);
    const hid_t one =
        h5_is_hard_link(group, name) ? H5Gopen2(group, name, H5P_DEFAULT) : H5I_INVALID_HID;
    if (one < 0) {
        return bad_tasks(results, error);
    }
    const enum status status = read_task(results, one, task, error);
    (void)H5Gclose(one);
    return status;
}

static enum status read_tasks(const struct results *results, hid_t group, struct sweep *sweep,
                              struct error *error)
{
    int64_t count = -1;
    H5G_info_t info = {.nlinks = 0};
    TRY(h5_read_integer_attribute(group, results->path, "count", &count, error));
    if (H5Gget_info(group, &info) < 0 || count < 0 || count > (int64_t)info.nlinks) {
        return bad_tasks(results, error);
    }
    TRY(memory_array(&sweep->tasks, (size_t)count, sizeof *sweep->tasks, error));
    for (int i = 0; i < (int)count; i++) {
        sweep->n_tasks++;
        TRY(read_numbered(results, group, i, &sweep->tasks[i], error));
    }
    return STATUS_OK;
}

/* Labels of the axis and the tasks that they stand for. */
enum status results_read_oods(const struct results *results, struct sweep *sweep,
                              struct error *error)
{
    const int n = (int)results_length(results, AXIS_OOD.name);
    char *labels = NULL;
    size_t stride = 0;
    if (n == 0) {
        return STATUS_OK;
    }
    const hid_t group = h5_is_hard_link(results->file, RESULTS_OODS)
                            ? H5Gopen2(results->file, RESULTS_OODS, H5P_DEFAULT)
                            : H5I_INVALID_HID;
    if (group < 0) {
        return results_damaged(results->path, RESULTS_OODS, "is missing", error);
    }
    enum status status = memory_array(&sweep->oods, (size_t)n, sizeof *sweep->oods, error);
    THEN(status, results_read_texts(results, AXIS_OOD.name, &labels, &stride, error));
    for (int i = 0; i < n && status == STATUS_OK; i++) {
        sweep->n_oods++;
        status = memory_string(&sweep->oods[i].label, labels + (size_t)i * stride, error);
        THEN(status, read_numbered(results, group, i, &sweep->oods[i].task, error));
    }
    free(labels);
    (void)H5Gclose(group);
    return status;
}

static enum status read_of_cases(const struct results *results, hid_t group, const char *name,
                                 hid_t type, size_t size, void *out, struct error *error)
{
    hid_t dataset = H5I_INVALID_HID;
    hsize_t dims[1] = {0};
    const hsize_t n_cases = results->layout.lengths[0];
    void *values = NULL;
    TRY(h5_open_array(group, results->path, name, 1, n_cases, &dataset, dims, error));
    enum status status = dims[0] == n_cases ? memory_array(&values, (size_t)n_cases, size, error)
                                            : bad_tasks(results, error);
    if (status == STATUS_OK && H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
        status = bad_tasks(results, error);
    }
    (void)H5Dclose(dataset);
    if (status != STATUS_OK) {
        free(values);
        return status;
    }
    memcpy(out, &values, sizeof values);
    return STATUS_OK;
}

/* Every case with a model of its own, or two: which of them shared one is not told. */
static enum status read_cases(const struct results *results, const int32_t *task_of_case,
                              const uint64_t *own_hash, struct sweep *sweep, struct error *error)
{
    const int n = (int)results->layout.lengths[0];
    const int n_partners = sweep->of_pairs ? n : 0;
    TRY(memory_array(&sweep->cases, (size_t)n, sizeof *sweep->cases, error));
    TRY(memory_array2(&sweep->models, (size_t)n + 1, 2, sizeof *sweep->models, error));
    for (int i = 0; i < n; i++) {
        const int task = task_of_case[i];
        if (task < CASE_TASK_OWN || task >= sweep->n_tasks) {
            return bad_tasks(results, error);
        }
        sweep->models[i].trials_hash = own_hash[i];
        sweep->cases[i] = (struct case_spec){.model = i, .task = task};
        sweep->cases[i].partner = sweep->of_pairs ? n + i : 0;
        sweep->n_cases++;
    }
    sweep->n_models = n + n_partners;
    return STATUS_OK;
}

enum status results_read_tasks(const struct results *results, struct sweep *sweep,
                               struct error *error)
{
    int32_t *task_of_case = NULL;
    uint64_t *own_hash = NULL;
    if (!h5_is_hard_link(results->file, "tasks")) {
        return results_damaged(results->path, "tasks", "is missing", error);
    }
    const hid_t group = H5Gopen2(results->file, "tasks", H5P_DEFAULT);
    if (group < 0) {
        return bad_tasks(results, error);
    }
    enum status status = read_tasks(results, group, sweep, error);
    THEN(status, read_of_cases(results, group, "task_of_case", H5T_NATIVE_INT32,
                               sizeof *task_of_case, &task_of_case, error));
    THEN(status, read_of_cases(results, group, "own_trials_hash", H5T_NATIVE_UINT64,
                               sizeof *own_hash, &own_hash, error));
    THEN(status, read_cases(results, task_of_case, own_hash, sweep, error));
    free(task_of_case);
    free(own_hash);
    (void)H5Gclose(group);
    return status == STATUS_INPUT ? STATUS_DAMAGED : status;
}

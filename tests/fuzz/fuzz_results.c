/* A results file with some of its bytes, objects and attributes changed: refused with one line, or
 * scanned as its checksums say. */
#include "fuzz/fuzz.h"
#include "fuzz/h5_shape.h"
#include "fuzz/results_bytes.h"
#include "store/results_faults.h"
#include "store/results_keep.h"
#include "store/results_resume.h"
#include "support/h5write.h"
#include "support/scratch.h"

#include <stdlib.h>
#include <string.h>

/* ---- changed objects ----------------------------------------------------------------------------
 */

static void change_dataset(struct fuzz_input *input, hid_t file)
{
    hsize_t dims[DATASET_AXES_MAX] = {0};
    const struct dataset *const variable = good_dataset(fuzz_below(input, good.layout.n_datasets));
    const struct dataset *const other = good_dataset(fuzz_below(input, good.layout.n_datasets));
    for (int i = 0; i < variable->n_axes; i++) {
        dims[i] = good.layout.lengths[variable->axes[i]];
    }
    if (fuzz_below(input, 4) == 0) {
        h5_shape_link(input, file, variable->name, other->name);
    } else {
        h5_shape_dataset(input, file, variable->name, variable->n_axes, dims);
    }
}

/* The group of the tasks: what is in it, or the group itself. */
static void change_tasks(struct fuzz_input *input, hid_t file)
{
    static const char *const names[] = {"task_of_case", "own_trials_hash"};
    static const char *const attributes[] = {"name", "path", "trials_hash", "params"};
    static const hsize_t dims[1] = {CASES};
    const hid_t group = H5Gopen2(file, "tasks", H5P_DEFAULT);
    const hid_t task = group >= 0 ? H5Gopen2(group, "0", H5P_DEFAULT) : H5I_INVALID_HID;
    const int which = fuzz_below(input, 8);
    if (task < 0 || which == 7) {
        h5_shape_link(input, file, "tasks", "run");
    } else if (which < 4) {
        h5_shape_attribute(input, task, attributes[which]);
    } else if (which < 6) {
        h5_shape_dataset(input, group, names[which - 4], 1, dims);
    } else {
        h5_shape_attribute(input, group, "count");
    }
    if (task >= 0) {
        (void)H5Gclose(task);
    }
    if (group >= 0) {
        (void)H5Gclose(group);
    }
}

/* The parameters of a diagnostic, which stand at its state. */
static void change_parameter(struct fuzz_input *input, hid_t file)
{
    const hid_t state = H5Dopen2(file, "probe_state", H5P_DEFAULT);
    if (state >= 0) {
        h5_shape_attribute(input, state, fuzz_below(input, 2) == 0 ? "epsilon" : "repeats");
        (void)H5Dclose(state);
    }
}

static void change_run(struct fuzz_input *input, hid_t file)
{
    static const char *const names[] = {"epochs", "attempts", "faults"};
    static const hsize_t dims[][2] = {{RESULTS_EPOCHS}, {CASES}, {CASES, FAULT_COUNT}};
    const hid_t run = H5Gopen2(file, "run", H5P_DEFAULT);
    const int which = fuzz_below(input, 3);
    if (run < 0 || fuzz_below(input, 8) == 7) {
        h5_shape_link(input, file, "run", "fvu");
    } else {
        h5_shape_dataset(input, run, names[which], which == 2 ? 2 : 1, dims[which]);
    }
    if (run >= 0) {
        (void)H5Gclose(run);
    }
}

static void change_objects(struct fuzz_input *input, int changes)
{
    static const char *const attributes[] = {
        "study_canonical", "format_version", "epsilon", "seed", "study",
        "file_uuid",       "precision",      "team",    "isa"};
    const hid_t file = h5write_open(good_path());
    for (int i = 0; i < changes; i++) {
        switch (fuzz_below(input, 8)) {
        case 0:
        case 1:
            h5_shape_attribute(input, file, attributes[fuzz_below(input, 9)]);
            break;
        case 2:
            change_run(input, file);
            break;
        case 3:
            change_tasks(input, file);
            break;
        case 4:
            change_parameter(input, file);
            break;
        default:
            change_dataset(input, file);
            break;
        }
        (void)H5Eclear2(H5E_DEFAULT);
    }
    FUZZ_DEMAND(H5Fclose(file) >= 0);
}
/* ---- what must hold ---- */

static void check_scan(const struct results *results, const unsigned char *bytes, bool retry)
{
    struct results_scan scan;
    struct error error = {""};
    int64_t n_final = 0;
    const enum status status = results_scan_create(&scan, results, retry, &error);
    if (status != STATUS_OK) {
        FUZZ_DEMAND((bytes == NULL || !good_has_labels(bytes)) && status == STATUS_DAMAGED);
        fuzz_demand_message(&error);
        return;
    }
    for (int64_t i = 0; i < scan.n_slots; i++) {
        FUZZ_DEMAND(scan.final[i] <= 1);
        n_final += scan.final[i];
    }
    FUZZ_DEMAND(scan.n_done >= 0 && scan.n_failed >= 0 && scan.n_damaged >= 0);
    FUZZ_DEMAND(scan.n_done + scan.n_failed + scan.n_pending == scan.n_jobs);
    FUZZ_DEMAND(scan.n_damaged <= scan.n_pending);
    FUZZ_DEMAND(n_final == scan.n_absent + scan.n_done + (retry ? 0 : scan.n_failed));
    if (bytes != NULL) {
        good_check_scan(&scan, bytes, retry);
    }
    results_scan_release(&scan);
}

static void check_match(const struct results *results)
{
    struct error error = {""};
    bool is_same = false;
    const enum status status = results_match(results, &good.sweep, &good.schema, &is_same, &error);
    if (status != STATUS_OK) {
        FUZZ_DEMAND(status == STATUS_MISMATCH || status == STATUS_DAMAGED);
        fuzz_demand_message(&error);
        return;
    }
    FUZZ_DEMAND(results_count(results, "state") + results_count(results, "partition_state") ==
                CASES * REMOVALS);
}

/* Whatever the file holds, what is kept of it fits into the study. */
static void check_keep(void)
{
    struct error error = {""};
    struct results_keep keep = {
        .sweep = &good.sweep, .schema = &good.schema, .known = &good.schema};
    enum status status = results_keep_add(&keep, good_path(), &error);
    THEN(status, results_keep_count(&keep, &error));
    if (status != STATUS_OK) {
        FUZZ_DEMAND(status == STATUS_MISMATCH || status == STATUS_DAMAGED);
        fuzz_demand_message(&error);
    }
    FUZZ_DEMAND(keep.n_kept >= 0 && keep.n_kept <= SLOTS);
    results_keep_release(&keep);
}

static void check_read(enum status status, const struct error *error)
{
    if (status != STATUS_OK) {
        FUZZ_DEMAND(status == STATUS_DAMAGED);
        fuzz_demand_message(error);
    }
}

static void read_variable(const struct results *results, const struct stored_variable *variable)
{
    struct error error = {""};
    void *values = NULL;
    char *texts = NULL;
    size_t stride = 0;
    enum status status = STATUS_OK;
    if (variable->type == VALUE_TEXT) {
        status = results_read_texts(results, variable->name, &texts, &stride, &error);
        for (int64_t i = 0;
             status == STATUS_OK && i < results_length(results, variable->axes[0]->name); i++) {
            FUZZ_DEMAND(strnlen(texts + (size_t)i * stride, stride) < stride);
        }
    } else {
        status = results_read_new(results, variable->name, &values, &error);
    }
    check_read(status, &error);
    free(texts);
    free(values);
}

static void read_faults(const struct results *results)
{
    struct error error = {""};
    const size_t n_cases = results_count(results, "case");
    uint8_t *const counts = calloc(n_cases, FAULT_COUNT);
    FUZZ_DEMAND(counts != NULL);
    check_read(results_read_attempts(results, counts, &error), &error);
    check_read(results_read_faults(results, counts, &error), &error);
    FUZZ_DEMAND(results_fault_place(results, 0, FAULT_TRAINING_CRASH) > 0);
    free(counts);
}

/* What the study is, and records as long as it says. */
static void read_study(const struct results *results)
{
    struct error error = {""};
    struct sweep sweep;
    const struct schema *const schema = results_schema(results);
    const enum status status = results_read_sweep(results, &sweep, &error);
    check_read(status, &error);
    if (status != STATUS_OK) {
        return;
    }
    FUZZ_DEMAND(sweep.n_diagnostics == schema->n_tables);
    for (int t = 0; t < schema->n_tables; t++) {
        struct record *record = NULL;
        FUZZ_DEMAND(record_create(&record, schema->tables[t].variables, &sweep, &error) ==
                    STATUS_OK);
        check_read(results_read_record(results, t, sweep.n_cases - 1, record, &error), &error);
        record_destroy(&record);
    }
    sweep_release(&sweep);
}

static void read_rest(const struct results *results)
{
    struct error error = {""};
    struct epoch epochs[RESULTS_EPOCHS];
    char *text = NULL;
    double epsilon = 0.0;
    struct stored_variable variable;
    for (int i = 0; results_variable(results, i, &variable); i++) {
        read_variable(results, &variable);
    }
    check_read(results_read_attribute(results, "study", &text, &error), &error);
    check_read(results_read_number(results, "epsilon", &epsilon, &error), &error);
    read_faults(results);
    read_study(results);
    check_read(results_read_epochs(results, epochs, &error), &error);
    free(text);
}

/* `bytes` is NULL when more than the data has been changed. */
static void check_file(const unsigned char *bytes)
{
    struct results *results = NULL;
    struct error error = {""};
    const enum status status =
        results_open(&results, good_path(), RESULTS_READ, &good.schema, &error);
    if (status != STATUS_OK) {
        FUZZ_DEMAND(bytes == NULL);
        FUZZ_DEMAND(status == STATUS_DAMAGED || status == STATUS_OUTPUT_TAKEN ||
                    status == STATUS_MISMATCH);
        fuzz_demand_message(&error);
        return;
    }
    check_match(results);
    check_keep();
    check_scan(results, bytes, false);
    check_scan(results, bytes, true);
    read_rest(results);
    FUZZ_DEMAND(results_close(&results, &error) == STATUS_OK);
}

/* The file is cut, or one byte of it changed wherever that is: HDF5's own data too. */
static size_t spoil(struct fuzz_input *input, unsigned char *bytes)
{
    size_t place = 0;
    fuzz_take(input, &place, 3);
    place %= good.size;
    if (fuzz_below(input, 2) == 0) {
        return place;
    }
    bytes[place] = fuzz_byte(input);
    return good.size;
}

int LLVMFuzzerTestOneInput(const uint8_t *input_bytes, size_t size)
{
    static unsigned char bytes[FILE_SIZE_LIMIT];
    struct fuzz_input input = {.bytes = input_bytes, .size = size};
    good_create();
    memcpy(bytes, good.bytes, good.size);
    const uint8_t kind = fuzz_byte(&input);
    const int changes = kind % 4 == 1 ? 1 + fuzz_below(&input, 4) : 0;
    const bool is_spoilt = kind % 4 == 2;
    const size_t length = is_spoilt ? spoil(&input, bytes) : good.size;
    if (!is_spoilt) {
        good_change(&input, bytes);
    }
    file_write(good_path(), bytes, length);
    if (changes > 0) {
        change_objects(&input, changes);
    }
    check_file(changes > 0 || is_spoilt ? NULL : bytes);
    FUZZ_DEMAND(h5write_open_handles() == 0);
    return 0;
}

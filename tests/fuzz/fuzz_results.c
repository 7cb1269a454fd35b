/* A results file with some of its bytes, objects and attributes changed: refused with one line, or
 * scanned as its checksums say. */
#include "core/job_result.h"
#include "fuzz/fuzz.h"
#include "fuzz/h5_shape.h"
#include "store/h5.h"
#include "store/results_faults.h"
#include "store/results_resume.h"
#include "store/results_scan.h"
#include "support/h5write.h"
#include "support/samples.h"
#include "support/scratch.h"

#include <stdlib.h>
#include <string.h>

enum {
    CASES = 3,
    ALPHAS = 2,
    SETS = 4,
    PARTITIONS = 5, /* units of the widest model */
    BORDER = ALPHAS * SETS,
    JOBS = BORDER + PARTITIONS * SETS,
    ALL_JOBS = CASES * JOBS,
    PIECES = VAR_COUNT + 3,
    FILE_SIZE_LIMIT = 1 << 20
};

/* Where a variable lies in the file. */
struct piece {
    size_t offset;
    size_t size;
};

/* A good file, made once. */
static struct good {
    struct sweep sweep;
    unsigned char *bytes;
    size_t size;
    struct piece pieces[PIECES]; /* of the variables, then of /run */
} good;

/* Variables of jobs: those of alphas, and those of partitions. */
enum { STABILIZER = 6, ERROR_CODE, STATE, CHECKSUM, JOB_IDS };
static const enum variable_id FAMILIES[2][JOB_IDS] = {
    {VAR_FVU, VAR_DELTA_FVU, VAR_ACCURACY, VAR_DISTANCE, VAR_REMOVED_MASS, VAR_SENSITIVITY,
     VAR_STABILIZER, VAR_ERROR, VAR_STATE, VAR_CHECKSUM},
    {VAR_PARTITION_FVU, VAR_PARTITION_DELTA_FVU, VAR_PARTITION_ACCURACY, VAR_PARTITION_DISTANCE,
     VAR_PARTITION_REMOVED_MASS, VAR_PARTITION_SENSITIVITY, VAR_PARTITION_STABILIZER,
     VAR_PARTITION_ERROR, VAR_PARTITION_STATE, VAR_PARTITION_CHECKSUM}};

/* Where a job stands: slots count cases, rows and sets. */
struct place {
    const enum variable_id *ids; /* [JOB_IDS] */
    int64_t i;                   /* within its variables */
    int64_t case_index;
    int64_t partition; /* from 0; -1 of an alpha */
    struct job_index index;
};

static const char *path(void)
{
    return scratch_path("out.h5");
}

/* ---- the good file ------------------------------------------------------------------------------
 */

static struct piece find_piece(hid_t dataset)
{
    return (struct piece){(size_t)H5Dget_offset(dataset), (size_t)H5Dget_storage_size(dataset)};
}

/* Most jobs done, one failed, the last case pending. */
static void write_jobs(const struct results *results)
{
    struct error error = {""};
    for (int64_t i = 0; i < CASES - 1; i++) {
        struct job_result jobs[JOBS];
        for (int64_t job = 0; job < JOBS; job++) {
            const bool is_there = job < BORDER + sample_partitions((int)i) * SETS;
            jobs[job] = !is_there                          ? job_result_absent()
                        : job == 3 || job == BORDER + SETS ? job_result_failed(STATUS_JOB_MODEL)
                                                           : sample_job(i, job);
        }
        FUZZ_DEMAND(results_write_jobs(results, i, 0, jobs, JOBS, &error) == STATUS_OK);
    }
}

static void create_good(void)
{
    struct results results;
    struct error error = {""};
    if (good.bytes != NULL) {
        return;
    }
    fuzz_scratch();
    h5_shape_keep_memory();
    good.sweep = sample_sweep(CASES, ALPHAS, SETS);
    sample_profile(&good.sweep);
    FUZZ_DEMAND(good.sweep.n_partitions == PARTITIONS);
    sample_results(path(), &good.sweep);
    FUZZ_DEMAND(results_open(&results, path(), RESULTS_WRITE, &error) == STATUS_OK);
    sample_cases(&results, &good.sweep);
    write_jobs(&results);
    for (int id = 0; id < VAR_COUNT; id++) {
        good.pieces[id] = find_piece(results.datasets[id]);
    }
    good.pieces[VAR_COUNT] = find_piece(results.epochs);
    good.pieces[VAR_COUNT + 1] = find_piece(results.attempts);
    good.pieces[VAR_COUNT + 2] = find_piece(results.faults);
    FUZZ_DEMAND(results_close(&results, &error) == STATUS_OK);
    good.bytes = file_read(path(), &good.size);
    FUZZ_DEMAND(good.size <= FILE_SIZE_LIMIT);
}

/* ---- changed bytes ------------------------------------------------------------------------------
 */

static void set_value(unsigned char *bytes, enum variable_id id, int64_t i, const void *value)
{
    const size_t size = value_size(VARIABLES[id].type);
    memcpy(bytes + good.pieces[id].offset + (size_t)i * size, value, size);
}

static void get_value(const unsigned char *bytes, enum variable_id id, int64_t i, void *value)
{
    const size_t size = value_size(VARIABLES[id].type);
    memcpy(value, bytes + good.pieces[id].offset + (size_t)i * size, size);
}

static struct place place_of(int64_t slot)
{
    const int64_t case_index = slot / JOBS;
    const int64_t job = slot % JOBS;
    const bool is_profile = job >= BORDER;
    const int64_t partition = is_profile ? (job - BORDER) / SETS : -1;
    return (struct place){
        .ids = FAMILIES[is_profile],
        .i = is_profile ? case_index * (JOBS - BORDER) + job - BORDER : case_index * BORDER + job,
        .case_index = case_index,
        .partition = partition,
        .index = {case_index, is_profile ? -1 - partition : job / SETS, job % SETS}};
}

/* A job with any values and a checksum that holds. */
static void write_job(struct fuzz_input *input, unsigned char *bytes)
{
    const struct place place = place_of(fuzz_below(input, ALL_JOBS));
    const struct job_result result = {.fvu = fuzz_real(input),
                                      .delta_fvu = fuzz_real(input),
                                      .stabilizer = fuzz_byte(input),
                                      .error = (uint16_t)fuzz_below(input, 4),
                                      .state = fuzz_byte(input)};
    const double values[6] = {result.fvu, result.delta_fvu};
    const uint64_t checksum = job_result_checksum(&result, place.index);
    for (int k = 0; k < 6; k++) {
        set_value(bytes, place.ids[k], place.i, &values[k]);
    }
    set_value(bytes, place.ids[STABILIZER], place.i, &result.stabilizer);
    set_value(bytes, place.ids[ERROR_CODE], place.i, &result.error);
    set_value(bytes, place.ids[STATE], place.i, &result.state);
    set_value(bytes, place.ids[CHECKSUM], place.i, &checksum);
}

static void change_data(struct fuzz_input *input, unsigned char *bytes)
{
    const struct piece *const piece = &good.pieces[fuzz_below(input, PIECES)];
    const size_t place = (size_t)fuzz_byte(input) << 8 | fuzz_byte(input);
    unsigned char *const at = bytes + piece->offset + place % piece->size;
    const uint8_t change = fuzz_byte(input);
    *at = (unsigned char)(*at ^ (change != 0 ? change : 0xff));
}

/* Changes in the data only. */
static void change_bytes(struct fuzz_input *input, unsigned char *bytes)
{
    const int changes = fuzz_below(input, 32);
    for (int i = 0; i < changes; i++) {
        if (fuzz_below(input, 4) == 0) {
            write_job(input, bytes);
        } else {
            change_data(input, bytes);
        }
    }
}

/* ---- changed objects ----------------------------------------------------------------------------
 */

static void change_dataset(struct fuzz_input *input, hid_t file)
{
    hsize_t lengths[AXIS_COUNT];
    hsize_t dims[RESULTS_MAX_AXES] = {0};
    const struct variable *const variable = &VARIABLES[fuzz_below(input, VAR_COUNT)];
    const struct variable *const other = &VARIABLES[fuzz_below(input, VAR_COUNT)];
    results_axis_lengths(&good.sweep, lengths);
    for (int i = 0; i < variable->n_axes; i++) {
        dims[i] = lengths[variable->axes[i]];
    }
    if (fuzz_below(input, 4) == 0) {
        h5_shape_link(input, file, variable->name, other->name);
    } else {
        h5_shape_dataset(input, file, variable->name, variable->n_axes, dims);
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
    static const char *const attributes[] = {"study_canonical", "format_version", "epsilon", "seed",
                                             "study",           "file_uuid"};
    const hid_t file = h5write_open(path());
    for (int i = 0; i < changes; i++) {
        switch (fuzz_below(input, 4)) {
        case 0:
            h5_shape_attribute(input, file, attributes[fuzz_below(input, 6)]);
            break;
        case 1:
            change_run(input, file);
            break;
        default:
            change_dataset(input, file);
            break;
        }
        (void)H5Eclear2(H5E_DEFAULT);
    }
    FUZZ_DEMAND(H5Fclose(file) >= 0);
}

/* ---- what must hold -----------------------------------------------------------------------------
 */

static bool is_final(const unsigned char *bytes, const struct place *place, bool *is_failed)
{
    double values[6];
    struct job_result result = {.seconds = 0.0};
    uint64_t checksum = 0;
    for (int k = 0; k < 6; k++) {
        get_value(bytes, place->ids[k], place->i, &values[k]);
    }
    result.fvu = values[0];
    result.delta_fvu = values[1];
    result.accuracy = values[2];
    result.distance = values[3];
    result.removed_mass = values[4];
    result.sensitivity = values[5];
    get_value(bytes, place->ids[STABILIZER], place->i, &result.stabilizer);
    get_value(bytes, place->ids[ERROR_CODE], place->i, &result.error);
    get_value(bytes, place->ids[STATE], place->i, &result.state);
    get_value(bytes, place->ids[CHECKSUM], place->i, &checksum);
    *is_failed = result.state == JOB_FAILED;
    return job_result_checksum(&result, place->index) == checksum &&
           result.state == (result.error != 0 ? JOB_FAILED : JOB_DONE);
}

/* The bytes of a variable of a case are those of the good file. */
static bool is_unchanged(const unsigned char *bytes, enum variable_id id, int64_t case_index)
{
    const size_t row = good.pieces[id].size / CASES;
    const size_t offset = good.pieces[id].offset + (size_t)case_index * row;
    const bool is_per_unit = id == VAR_EIGENVALUE_RE || id == VAR_EIGENVALUE_IM;
    const int n_hidden = good.sweep.models[case_index].n_hidden; /* nothing counts beyond it */
    const size_t size = is_per_unit ? (size_t)n_hidden * sizeof(double) : row;
    return memcmp(bytes + offset, good.bytes + offset, size) == 0;
}

/* Its values are there, so that done jobs of it count. */
static bool is_sound(const unsigned char *bytes, int64_t case_index)
{
    static const enum variable_id ids[] = {VAR_HIDDEN,
                                           VAR_SPECTRAL_RADIUS,
                                           VAR_NONNORMALITY,
                                           VAR_SCHUR_RESIDUAL,
                                           VAR_ORTHOGONALITY_LOSS,
                                           VAR_MODULUS_GAP,
                                           VAR_WEIGHTS_HASH,
                                           VAR_CONVERGED,
                                           VAR_TRAIN_METRIC,
                                           VAR_TRAIN_LOSS,
                                           VAR_TRAIN_STEPS,
                                           VAR_CASE_CHECKSUM,
                                           VAR_N_R,
                                           VAR_ALPHA_GAP,
                                           VAR_COUPLING_MASS,
                                           VAR_EIGENVALUE_RE,
                                           VAR_EIGENVALUE_IM,
                                           VAR_SCHUR_ROUTE,
                                           VAR_ALPHA_LOW,
                                           VAR_ALPHA_HIGH,
                                           VAR_PARTITION_N_R};
    uint8_t state = JOB_PENDING;
    bool is_same = true;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        is_same = is_same && is_unchanged(bytes, ids[i], case_index);
    }
    get_value(bytes, VAR_CASE_STATE, case_index, &state);
    return is_same && state != JOB_PENDING;
}

/* The model has no such partition, as far as its sound values or its width tell. */
static bool is_nowhere(const unsigned char *bytes, const struct place *place)
{
    int32_t hidden = 0;
    int32_t dim = 0;
    if (place->partition < 0) {
        return false;
    }
    get_value(bytes, VAR_HIDDEN, place->case_index, &hidden);
    get_value(bytes, VAR_PARTITION_N_R, place->case_index * PARTITIONS + place->partition, &dim);
    return place->partition >= hidden || (is_sound(bytes, place->case_index) && dim < 0);
}

/* What the changed bytes say of every job, against the scan. */
static void check_exactly(const struct results_scan *scan, const unsigned char *bytes, bool retry)
{
    int64_t n_done = 0;
    int64_t n_failed = 0;
    int64_t n_absent = 0;
    FUZZ_DEMAND(scan->n_slots == ALL_JOBS);
    for (int64_t slot = 0; slot < ALL_JOBS; slot++) {
        const struct place place = place_of(slot);
        bool is_failed = false;
        uint8_t state = JOB_PENDING;
        uint8_t case_state = JOB_PENDING;
        get_value(bytes, place.ids[STATE], place.i, &state);
        get_value(bytes, VAR_CASE_STATE, place.case_index, &case_state);
        const bool is_whole = is_final(bytes, &place, &is_failed);
        const bool nowhere = is_nowhere(bytes, &place);
        const bool counts = is_whole && !(nowhere && case_state == JOB_DONE) &&
                            (is_failed || is_sound(bytes, place.case_index));
        const bool is_absent = nowhere && state == JOB_PENDING;
        n_failed += counts && is_failed;
        n_done += counts && !is_failed;
        n_absent += is_absent;
        FUZZ_DEMAND(scan->final[slot] == (is_absent || (counts && !(is_failed && retry))));
    }
    FUZZ_DEMAND(scan->n_done == n_done && scan->n_failed == n_failed);
    FUZZ_DEMAND(scan->n_absent == n_absent && scan->n_jobs == ALL_JOBS - n_absent);
}

static void check_scan(const struct results *results, const unsigned char *bytes, bool retry)
{
    struct results_scan scan;
    struct error error = {""};
    int64_t n_final = 0;
    const enum status status = results_scan_create(&scan, results, retry, &error);
    if (status != STATUS_OK) {
        FUZZ_DEMAND(bytes == NULL && status == STATUS_DAMAGED);
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
        check_exactly(&scan, bytes, retry);
    }
    results_scan_release(&scan);
}

static void check_match(const struct results *results)
{
    struct error error = {""};
    const enum status status = results_match(results, &good.sweep, &error);
    if (status != STATUS_OK) {
        FUZZ_DEMAND(status == STATUS_MISMATCH || status == STATUS_DAMAGED);
        fuzz_demand_message(&error);
        return;
    }
    FUZZ_DEMAND(results_count(results, VAR_STATE) + results_count(results, VAR_PARTITION_STATE) ==
                ALL_JOBS);
}

static void check_read(enum status status, const struct error *error)
{
    if (status != STATUS_OK) {
        FUZZ_DEMAND(status == STATUS_DAMAGED);
        fuzz_demand_message(error);
    }
}

static void read_variable(const struct results *results, enum variable_id id)
{
    struct error error = {""};
    void *values = NULL;
    char *texts = NULL;
    size_t stride = 0;
    enum status status = STATUS_OK;
    if (VARIABLES[id].type == VALUE_TEXT) {
        status = results_read_texts(results, id, &texts, &stride, &error);
        for (size_t i = 0; status == STATUS_OK && i < results_count(results, id); i++) {
            FUZZ_DEMAND(strnlen(texts + i * stride, stride) < stride);
        }
    } else {
        values = calloc(results_count(results, id), value_size(VARIABLES[id].type));
        FUZZ_DEMAND(values != NULL);
        status = results_read(results, id, values, &error);
    }
    check_read(status, &error);
    free(texts);
    free(values);
}

static void read_faults(const struct results *results)
{
    struct error error = {""};
    const size_t n_cases = results_count(results, VAR_CASE);
    uint8_t *const counts = calloc(n_cases, FAULT_COUNT);
    FUZZ_DEMAND(counts != NULL);
    check_read(results_read_attempts(results, counts, &error), &error);
    check_read(results_read_faults(results, counts, &error), &error);
    FUZZ_DEMAND(results_fault_place(results, 0, FAULT_TRAINING_CRASH) > 0);
    free(counts);
}

static void read_rest(const struct results *results)
{
    struct error error = {""};
    struct epoch epochs[RESULTS_EPOCHS];
    char *text = NULL;
    double epsilon = 0.0;
    for (int id = 0; id < VAR_COUNT; id++) {
        read_variable(results, (enum variable_id)id);
    }
    check_read(results_read_attribute(results, "study", &text, &error), &error);
    check_read(results_read_number(results, "epsilon", &epsilon, &error), &error);
    read_faults(results);
    check_read(results_read_epochs(results, epochs, &error), &error);
    free(text);
}

/* `bytes` is NULL when more than the data has been changed. */
static void check_file(const unsigned char *bytes)
{
    struct results results;
    struct error error = {""};
    const enum status status = results_open(&results, path(), RESULTS_READ, &error);
    if (status != STATUS_OK) {
        FUZZ_DEMAND(bytes == NULL);
        FUZZ_DEMAND(status == STATUS_DAMAGED || status == STATUS_OUTPUT_TAKEN ||
                    status == STATUS_MISMATCH);
        fuzz_demand_message(&error);
        return;
    }
    check_match(&results);
    check_scan(&results, bytes, false);
    check_scan(&results, bytes, true);
    read_rest(&results);
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
    create_good();
    memcpy(bytes, good.bytes, good.size);
    const uint8_t kind = fuzz_byte(&input);
    const int changes = kind % 4 == 1 ? 1 + fuzz_below(&input, 4) : 0;
    const bool is_spoilt = kind % 4 == 2;
    const size_t length = is_spoilt ? spoil(&input, bytes) : good.size;
    if (!is_spoilt) {
        change_bytes(&input, bytes);
    }
    file_write(path(), bytes, length);
    if (changes > 0) {
        change_objects(&input, changes);
    }
    check_file(changes > 0 || is_spoilt ? NULL : bytes);
    FUZZ_DEMAND(h5write_open_handles() == 0);
    return 0;
}

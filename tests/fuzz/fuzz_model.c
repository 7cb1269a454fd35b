/* Model files that the bytes put together with HDF5: read as what they are, or refused with one
 * line; the same by the importer, which meets any HDF5 file, and as a results file. */
#include "fuzz/fuzz.h"
#include "fuzz/h5_shape.h"
#include "fuzz/import_claims.h"
#include "kernel/diagnostics/diagnostic.h"
#include "store/h5.h"
#include "store/model_file.h"
#include "store/results.h"
#include "support/h5write.h"
#include "support/scratch.h"

#include <string.h>

enum { N = H5WRITE_HIDDEN, ARRAYS = 10 };

/* What h5write_model writes, and last what it does not. */
static const struct array {
    const char *group;
    const char *name;
    int rank;
    hsize_t dims[3];
} MODEL[ARRAYS] = {
    {"/", "weight_hh", 2, {N, N}},
    {"/", "weight_ih", 2, {N, H5WRITE_IN}},
    {"/", "weight_hy", 2, {H5WRITE_OUT, N}},
    {"/", "bias_h", 1, {N}},
    {"/", "bias_y", 1, {H5WRITE_OUT}},
    {"/", "h0", 1, {N}},
    {"/trials", "inputs", 3, {H5WRITE_STEPS, H5WRITE_TRIALS, H5WRITE_IN}},
    {"/trials", "targets", 3, {H5WRITE_STEPS, H5WRITE_TRIALS, H5WRITE_OUT}},
    {"/trials", "mask", 2, {H5WRITE_STEPS, H5WRITE_TRIALS}},
    {"/trials", "h0", 2, {H5WRITE_TRIALS, N}},
};

static const char *const ROOT_ATTRIBUTES[] = {"task", "construction", "seed", "format_version",
                                              "cell", "activation",   "leak", "leak_form"};

static const char *path(void)
{
    return scratch_path("model.h5");
}

/* ---- the file -----------------------------------------------------------------------------------
 */

static void change_array(struct fuzz_input *input, hid_t file)
{
    const struct array *const array = &MODEL[fuzz_below(input, ARRAYS)];
    const struct array *const other = &MODEL[fuzz_below(input, ARRAYS)];
    const hid_t group = H5Gopen2(file, array->group, H5P_DEFAULT);
    if (group < 0) {
        return; /* there are no trials any more */
    }
    if (fuzz_below(input, 4) == 0) {
        h5_shape_link(input, group, array->name, other->name);
    } else {
        h5_shape_dataset(input, group, array->name, array->rank, array->dims);
    }
    (void)H5Gclose(group);
}

static void change_attribute(struct fuzz_input *input, hid_t file)
{
    const int count = sizeof ROOT_ATTRIBUTES / sizeof ROOT_ATTRIBUTES[0];
    const int which = fuzz_below(input, count + 1);
    if (which < count) {
        h5_shape_attribute(input, file, ROOT_ATTRIBUTES[which]);
        return;
    }
    const hid_t group = H5Gopen2(file, "trials", H5P_DEFAULT);
    if (group >= 0) {
        h5_shape_attribute(input, group, "metric");
        (void)H5Gclose(group);
    }
}

/* A good model, made once and then copied. */
static void copy_model(void)
{
    static unsigned char *bytes;
    static size_t size;
    if (bytes == NULL) {
        fuzz_scratch();
        h5_shape_keep_memory();
        h5write_model(path());
        bytes = file_read(path(), &size);
    }
    file_write(path(), bytes, size);
}

/* Returns the number of changes. */
static int build(struct fuzz_input *input)
{
    copy_model();
    const hid_t file = h5write_open(path());
    const int changes = fuzz_below(input, 6);
    for (int i = 0; i < changes; i++) {
        const int kind = fuzz_below(input, 16);
        if (kind == 0) {
            h5_shape_link(input, file, "trials", "weight_hh");
        } else if (kind < 5) {
            change_attribute(input, file);
        } else {
            change_array(input, file);
        }
        (void)H5Eclear2(H5E_DEFAULT);
    }
    FUZZ_DEMAND(H5Fclose(file) >= 0);
    return changes;
}

/* ---- what must hold -----------------------------------------------------------------------------
 */

static void check_model(int changes)
{
    struct network network = {0};
    struct model_labels labels;
    struct error error = {""};
    const enum status status = model_file_read(path(), &network, &labels, &error);
    if (status != STATUS_OK) {
        FUZZ_DEMAND(changes > 0 && network.weight_hh == NULL);
        claim_refusal(status, &error, path());
        return;
    }
    const size_t n = (size_t)network.n_hidden;
    FUZZ_DEMAND(network.cell.leak > 0.0 && network.cell.leak <= 1.0);
    FUZZ_DEMAND(network.cell.activation < ACTIVATION_COUNT);
    FUZZ_DEMAND(n >= 1 && network.n_in >= 1 && network.n_out >= 1);
    FUZZ_DEMAND(all_finite(network.weight_hh, n * n));
    FUZZ_DEMAND(all_finite(network.weight_ih, n * (size_t)network.n_in));
    FUZZ_DEMAND(all_finite(network.weight_hy, n * (size_t)network.n_out));
    FUZZ_DEMAND(all_finite(network.bias_h, n) && all_finite(network.h0, n));
    FUZZ_DEMAND(all_finite(network.bias_y, (size_t)network.n_out));
    FUZZ_DEMAND(strnlen(labels.task, sizeof labels.task) < sizeof labels.task);
    FUZZ_DEMAND(strnlen(labels.construction, MODEL_NAME_SIZE) < MODEL_NAME_SIZE);
    FUZZ_DEMAND(changes > 0 || network.weight_hh[5] == h5write_value("weight_hh", 5));
    network_release(&network);
}

static void check_trials(int changes)
{
    struct trials trials = {0};
    struct error error = {""};
    const enum status status = trials_file_read(path(), &trials, &error);
    if (status != STATUS_OK) {
        FUZZ_DEMAND(changes > 0 && trials.inputs == NULL);
        claim_refusal(status, &error, path());
        return;
    }
    FUZZ_DEMAND(trials_check(&trials, &error) == STATUS_OK);
    FUZZ_DEMAND((trials.h0 != NULL) == (trials.n_hidden > 0));
    FUZZ_DEMAND(trials.metric < METRIC_COUNT);
    trials_release(&trials);
}

static void check_results(void)
{
    const struct schema schema = diagnostics_schema(NULL);
    struct results *results = NULL;
    struct error error = {""};
    const enum status status = results_open(&results, path(), RESULTS_READ, &schema, &error);
    FUZZ_DEMAND(status == STATUS_OUTPUT_TAKEN || status == STATUS_MISMATCH ||
                status == STATUS_DAMAGED);
    fuzz_demand_message(&error);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {.bytes = bytes, .size = size};
    const int changes = build(&input);
    check_model(changes);
    FUZZ_DEMAND(h5write_open_handles() == 0);
    check_trials(changes);
    FUZZ_DEMAND(h5write_open_handles() == 0);
    claim_table(path());
    FUZZ_DEMAND(h5write_open_handles() == 0);
    check_results();
    FUZZ_DEMAND(h5write_open_handles() == 0);
    FUZZ_DEMAND(!file_exists(scratch_path("outside.h5")));
    return 0;
}

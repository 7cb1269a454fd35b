#include "support/models.h"

#include "core/rng.h"
#include "store/model_file.h"
#include "store/model_write.h"
#include "support/check.h"
#include "support/h5write.h"
#include "support/samples.h"
#include "support/scratch.h"

#include <stdio.h>
#include <stdlib.h>

enum { STEPS = 7, TRIALS = 5 };

static struct error error;

static double *random_values(struct rng *rng, size_t count, double scale)
{
    double *const values = calloc(count, sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < count; i++) {
        values[i] = scale * rng_normal(rng);
    }
    return values;
}

static void put_random(hid_t location, const char *name, const hsize_t *dims, struct rng *rng,
                       double scale)
{
    size_t count = 1;
    for (int i = 0; dims[i] != 0; i++) {
        count *= (size_t)dims[i];
    }
    double *const values = random_values(rng, count, scale);
    h5write_doubles(location, name, dims, values);
    free(values);
}

static void put_constant(hid_t location, const char *name, const hsize_t *dims, double value)
{
    const size_t count = (size_t)(dims[0] * dims[1]);
    double *const values = calloc(count, sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < count; i++) {
        values[i] = value;
    }
    h5write_doubles(location, name, dims, values);
    free(values);
}

static void put_trials(hid_t file, struct rng *rng)
{
    const hid_t group = H5Gcreate2(file, "trials", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    put_random(group, "inputs", (hsize_t[]){STEPS, TRIALS, 1, 0}, rng, 1.0);
    put_random(group, "targets", (hsize_t[]){STEPS, TRIALS, 1, 0}, rng, 1.0);
    h5write_text(group, "metric", "accuracy");
    (void)H5Gclose(group);
}

void put_model(const char *path, const struct model_recipe *recipe)
{
    struct rng rng = rng_stream((struct rng_key){{recipe->seed + (recipe->seed == 0), 5}}, 0, 0);
    const hsize_t n = (hsize_t)recipe->n_hidden;
    const double scale = recipe->scale != 0.0 ? recipe->scale : 1.0;
    const hid_t file = h5write_create(path);
    put_random(file, "weight_hh", (hsize_t[]){n, n, 0}, &rng, scale / sqrt((double)n));
    put_random(file, "weight_ih", (hsize_t[]){n, 1, 0}, &rng, 1.0);
    if (recipe->output != 0.0) {
        put_constant(file, "weight_hy", (hsize_t[]){1, n, 0}, recipe->output);
    } else {
        put_random(file, "weight_hy", (hsize_t[]){1, n, 0}, &rng, 1.0);
    }
    h5write_text(file, "task", "sine");
    if (!recipe->without_trials) {
        put_trials(file, &rng);
    }
    assert_true(H5Fclose(file) >= 0);
}

void check_model_file(const char *path, const struct network *network, const char *construction,
                      int64_t seed)
{
    struct network got;
    struct model_labels labels;
    uint64_t hashes[2];
    CHECK_OK(model_file_read(path, &got, &labels, &error));
    CHECK_OK(network_hash(network, &hashes[0], &error));
    CHECK_OK(network_hash(&got, &hashes[1], &error));
    assert_true(hashes[0] == hashes[1]);
    assert_string_equal(labels.task, "sine");
    assert_string_equal(labels.construction, construction);
    assert_int_equal(labels.seed, seed);
    assert_false(labels.has_trials);
    network_release(&got);
}

void drop_trials(const char *path)
{
    const hid_t file = h5write_open(path);
    assert_true(H5Ldelete(file, "trials", H5P_DEFAULT) >= 0);
    assert_true(H5Fclose(file) >= 0);
}

/* What a study notes of a model file. */
static void note_model(struct model_spec *model)
{
    struct network network;
    struct model_labels labels;
    struct trials trials;
    CHECK_OK(model_file_read(model->path, &network, &labels, &error));
    CHECK_OK(network_hash(&network, &model->weights_hash, &error));
    model->n_hidden = network.n_hidden;
    network_release(&network);
    if (labels.has_trials) {
        CHECK_OK(trials_file_read(model->path, &trials, &error));
        CHECK_OK(trials_hash(&trials, &model->trials_hash, &error));
        trials_release(&trials);
    }
}

static void put_on_own_trials(struct sweep *sweep, int i)
{
    sweep->cases[i].task = CASE_TASK_OWN;
    set_text(&sweep->cases[i].task_label, "own");
}

struct sweep model_sweep(int n_models)
{
    static const double ALPHAS[MODEL_SWEEP_ALPHAS] = {0.5, 0.99, 0.995, 1.0};
    struct sweep sweep = sample_sweep(2 * n_models, MODEL_SWEEP_ALPHAS, ABLATION_SET_COUNT);
    assert_int_equal(sweep_jobs_per_case(&sweep), MODEL_SWEEP_JOBS);
    memcpy(sweep.alphas, ALPHAS, sizeof ALPHAS);
    for (int i = 0; i < n_models; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "m%d.h5", i);
        const struct model_recipe recipe = {.n_hidden = 5 + i, .seed = (uint64_t)i + 1};
        put_model(scratch_path(name), &recipe);
        set_text(&sweep.models[i].path, scratch_path(name));
        note_model(&sweep.models[i]);
        sweep.cases[2 * i].model = i;
        sweep.cases[2 * i + 1].model = i;
        put_on_own_trials(&sweep, 2 * i + 1);
    }
    /* sample_sweep made a model for every case; those left over are nobody's. */
    for (int i = n_models; i < 2 * n_models; i++) {
        sweep.models[i].n_hidden = 1;
    }
    return sweep;
}

const char *model_path(const struct sweep *sweep, int i)
{
    return sweep->models[i].path;
}

void model_write_trained(const char *path, const char *identity, double bias)
{
    struct network network;
    const double loss = 1.0;
    const struct model_record record = {.task = "sine",
                                        .construction = "cayley",
                                        .identity = identity,
                                        .recipe = "",
                                        .versions = "",
                                        .loss_history = &loss,
                                        .n_losses = 1,
                                        .facts = training_facts_missing()};
    CHECK_OK(network_create(&network, &(struct network_shape){CELL_DEFAULT, 2, 1, 1}, &error));
    network.bias_h[0] = bias;
    CHECK_OK(model_file_write(path, &network, &record, &error));
    network_release(&network);
}

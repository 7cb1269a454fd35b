#include "cases/pair_case.h"

#include "cases/case_input.h"
#include "core/hash.h"
#include "core/memory.h"
#include "core/trials.h"
#include "kernel/comparisons/dynamics.h"
#include "kernel/gauge.h"
#include "store/model_file.h"

#include <stdlib.h>
#include <string.h>

enum { NOTHING = -1 };

struct pair_cases {
    const struct sweep *sweep;
    struct network networks[2]; /* first and second of the pair that was opened last */
    int models[2];              /* whose they are, or NOTHING */
    double **dynamics;          /* [n_models] NULL: not asked for yet */
    struct trials trials;
    int trials_task;  /* CASE_TASK_OWN with trials_model */
    int trials_model; /* NOTHING for a task's */
    bool has_trials;
};

enum status pair_cases_create(struct pair_cases **out, const struct sweep *sweep,
                              struct error *error)
{
    TRY(memory_array(out, 1, sizeof **out, error));
    struct pair_cases *const pairs = *out;
    pairs->sweep = sweep;
    pairs->models[0] = NOTHING;
    pairs->models[1] = NOTHING;
    const enum status status =
        memory_array(&pairs->dynamics, (size_t)sweep->n_models, sizeof *pairs->dynamics, error);
    if (status != STATUS_OK) {
        pair_cases_destroy(out);
    }
    return status;
}

void pair_cases_destroy(struct pair_cases **pairs)
{
    struct pair_cases *const old = *pairs;
    if (old == NULL) {
        return;
    }
    for (int i = 0; old->dynamics != NULL && i < old->sweep->n_models; i++) {
        free(old->dynamics[i]);
    }
    free(old->dynamics);
    network_release(&old->networks[0]);
    network_release(&old->networks[1]);
    trials_release(&old->trials);
    free(old);
    *pairs = NULL;
}

/* In the form in which it was taken apart. */
static enum status load_network(const struct model_spec *model, const struct network_form *form,
                                struct network *network, struct error *error)
{
    struct model_labels labels;
    struct training_facts unused;
    uint64_t hash = 0;
    TRY(model_file_read(model->path, network, &labels, error));
    enum status status = network_hash(network, &hash, error);
    THEN(status, case_check_model(model, hash, &unused, error));
    THEN(status, case_check_shape(model, network, error));
    THEN(status, gauge_bring(network, form->gauge, error));
    if (status != STATUS_OK) {
        network_release(network);
    }
    return status;
}

/* Makes networks[place] that of the model: the second of a pair is often the first of another. */
static enum status open_network(struct pair_cases *pairs, int place, int model,
                                const struct network_form *form, struct error *error)
{
    const int other = 1 - place;
    if (pairs->models[place] == model) {
        return STATUS_OK;
    }
    if (pairs->models[other] == model) {
        const struct network kept = pairs->networks[place];
        pairs->networks[place] = pairs->networks[other];
        pairs->networks[other] = kept;
        pairs->models[other] = pairs->models[place];
        pairs->models[place] = model;
        return STATUS_OK;
    }
    network_release(&pairs->networks[place]);
    pairs->models[place] = NOTHING;
    TRY(case_as_job_failure(
        load_network(&pairs->sweep->models[model], form, &pairs->networks[place], error)));
    pairs->models[place] = model;
    return STATUS_OK;
}

static enum status open_trials(struct pair_cases *pairs, const struct case_spec *spec, int model,
                               struct error *error)
{
    const int owner = spec->task == CASE_TASK_OWN ? model : NOTHING;
    const struct case_spec own = {
        .model = model, .task = spec->task, .task_label = spec->task_label};
    if (pairs->has_trials && pairs->trials_task == spec->task && pairs->trials_model == owner) {
        return STATUS_OK;
    }
    trials_release(&pairs->trials);
    pairs->has_trials = false;
    TRY(case_as_job_failure(case_trials_load(pairs->sweep, &own, &pairs->trials, error)));
    pairs->has_trials = true;
    pairs->trials_task = spec->task;
    pairs->trials_model = owner;
    return STATUS_OK;
}

static enum status find_dynamics(struct pair_cases *pairs, const struct case_spec *spec, int place,
                                 struct error *error)
{
    double **const dynamics = &pairs->dynamics[pairs->models[place]];
    if (*dynamics != NULL) {
        return STATUS_OK;
    }
    TRY(open_trials(pairs, spec, pairs->models[place], error));
    TRY(case_check_trials(&pairs->networks[place], &pairs->trials, error));
    TRY(case_as_job_failure(
        memory_array2(dynamics, DYNAMICS_RANK, DYNAMICS_RANK, sizeof **dynamics, error)));
    const enum status status = case_as_job_failure(dynamics_find(
        &pairs->networks[place], &pairs->trials, pairs->sweep->isa, *dynamics, error));
    if (status != STATUS_OK) {
        free(*dynamics);
        *dynamics = NULL;
    }
    return status;
}

/* The same two networks have the same random numbers in every study. */
static enum status find_key(const struct sweep *sweep, const struct case_spec *spec,
                            struct rng_key *key, struct error *error)
{
    struct hasher *hasher = NULL;
    TRY(hasher_create(&hasher, error));
    hasher_string(hasher, sweep->models[spec->model].identity);
    hasher_string(hasher, sweep->models[spec->partner].identity);
    const struct hash128 hash = hasher_digest128(hasher);
    hasher_destroy(&hasher);
    *key = (struct rng_key){{hash.low, hash.high}};
    return STATUS_OK;
}

/* What is compared is of one shape: so are networks of a group, unless their files lie. */
static enum status check_pair(const struct pair_cases *pairs, const struct case_spec *spec,
                              struct error *error)
{
    const struct network *const first = &pairs->networks[0];
    const struct network *const second = &pairs->networks[1];
    return first->cell.kind == second->cell.kind && first->n_hidden == second->n_hidden &&
                   first->n_in == second->n_in && first->n_out == second->n_out
               ? STATUS_OK
               : error_set(error, STATUS_JOB_MODEL, "%s and %s are of different shapes",
                           pairs->sweep->models[spec->model].path,
                           pairs->sweep->models[spec->partner].path);
}

enum status pair_cases_open(struct pair_cases *pairs, int case_index, enum comparison_needs needs,
                            struct network_pair *pair, struct error *error)
{
    const struct case_spec *const spec = &pairs->sweep->cases[case_index];
    const int models[] = {spec->model, spec->partner};
    TRY(find_key(pairs->sweep, spec, &pair->key, error));
    for (int i = 0; i < 2; i++) {
        const struct model_spec *const model = &pairs->sweep->models[models[i]];
        pair->networks[i] = (struct compared_network){.partitions = model->partitions,
                                                      .n_partitions = model->n_partitions};
    }
    for (int i = 0; i < 2 && needs != NEEDS_PARTITIONS; i++) {
        TRY(open_network(pairs, i, models[i], &spec->form, error));
    }
    TRY(needs != NEEDS_PARTITIONS ? check_pair(pairs, spec, error) : STATUS_OK);
    for (int i = 0; i < 2 && needs == NEEDS_DYNAMICS; i++) {
        TRY(find_dynamics(pairs, spec, i, error));
        pair->networks[i].dynamics = pairs->dynamics[models[i]];
    }
    for (int i = 0; i < 2 && needs != NEEDS_PARTITIONS; i++) {
        pair->networks[i].network = &pairs->networks[i];
    }
    return STATUS_OK;
}

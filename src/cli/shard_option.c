#include "cli/shard_option.h"

#include "store/model_file.h"
#include "study/shard.h"
#include "study/study.h"

#include <stdlib.h>

_Static_assert((int)STUDY_NAME_SIZE == (int)MODEL_NAME_SIZE, "labels are copied whole");

static enum status describe_trials(const char *path, struct trials_facts *facts,
                                   struct error *error)
{
    struct trials trials;
    *facts = (struct trials_facts){0};
    TRY(trials_file_read(path, &trials, error));
    facts->n_in = trials.n_in;
    facts->n_out = trials.n_out;
    facts->n_hidden = trials.n_hidden;
    facts->steps = (double)trials.n_steps * trials.n_trials;
    const enum status status = trials_hash(&trials, &facts->hash, error);
    trials_release(&trials);
    return status;
}

static enum status look_through(const char *path, struct model_facts *facts, struct error *error)
{
    struct network network;
    struct model_labels labels;
    *facts = (struct model_facts){0};
    TRY(model_file_survey(path, &network, &labels, &facts->weights_hash, error));
    facts->cell = network.cell;
    facts->n_hidden = network.n_hidden;
    facts->n_in = network.n_in;
    facts->n_out = network.n_out;
    facts->seed = labels.seed;
    facts->has_trials = labels.has_trials;
    (void)snprintf(facts->task, sizeof facts->task, "%s", labels.task);
    (void)snprintf(facts->construction, sizeof facts->construction, "%s", labels.construction);
    network_release(&network);
    return facts->has_trials ? describe_trials(path, &facts->trials, error) : STATUS_OK;
}

static enum status describe_model(const char *path, struct model_facts *facts, struct error *error)
{
    const int64_t held = model_file_hold(path);
    const enum status status = look_through(path, facts, error);
    model_file_let_go(held);
    return status;
}

/* How a study looks into model files and trials: through the store. */
static const struct study_sources STORE_SOURCES = {describe_model, describe_trials};

enum status shard_option_load(struct sweep *sweep, const char *study, const char *output,
                              const char *shard, FILE *notes, struct error *error)
{
    struct shard part = {1, 1};
    char *lines = NULL;
    if (shard != NULL) {
        TRY(shard_parse(&part, shard, error));
    }
    enum status status = study_load(sweep, study, output, &STORE_SOURCES, &lines, error);
    if (notes != NULL && lines != NULL) {
        (void)fputs(lines, notes);
    }
    free(lines);
    TRY(status);
    if (shard != NULL) {
        status = shard_keep_cases(sweep, &part, error);
    }
    if (status == STATUS_OK && shard != NULL && output == NULL) {
        status = shard_name_output(sweep, &part, error);
    }
    if (status != STATUS_OK) {
        sweep_release(sweep);
    }
    return status;
}

#include "cli/sources.h"

#include "store/model_file.h"

#include <stdio.h>

_Static_assert((int)STUDY_NAME_SIZE == (int)MODEL_NAME_SIZE, "labels are copied whole");

static enum status describe_trials(const char *path, struct trials_facts *facts,
                                   struct error *error)
{
    struct trials trials;
    *facts = (struct trials_facts){0};
    TRY(trials_file_read(path, &trials, error));
    facts->n_in = trials.n_in;
    facts->n_out = trials.n_out;
    const enum status status = trials_hash(&trials, &facts->hash, error);
    trials_release(&trials);
    return status;
}

static enum status describe_model(const char *path, struct model_facts *facts, struct error *error)
{
    struct network network;
    struct model_labels labels;
    *facts = (struct model_facts){0};
    TRY(model_file_survey(path, &network, &labels, &facts->weights_hash, error));
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

const struct study_sources STORE_SOURCES = {describe_model, describe_trials};

#include "support/study_fakes.h"

#include <stdio.h>
#include <string.h>

static enum status named_model(void *context, const char *path, struct model_facts *facts,
                               struct error *error)
{
    (void)context;
    const char *const slash = strrchr(path, '/');
    const char *const name = slash != NULL ? slash + 1 : path;
    *facts = (struct model_facts){
        .n_hidden = 10, .n_in = 3, .n_out = 3, .seed = -1, .weights_hash = strlen(name)};
    if (strncmp(name, "bad", 3) == 0) {
        return error_set(error, STATUS_INPUT, "%s: bad model", path);
    }
    if (strncmp(name, "flip", 4) == 0) {
        (void)snprintf(facts->task, sizeof facts->task, "flip_flop");
    }
    facts->has_trials = strstr(name, "own") != NULL;
    if (facts->has_trials) {
        facts->trials = (struct trials_facts){.n_in = 3, .n_out = 3, .hash = 77};
    }
    return STATUS_OK;
}

static enum status named_trials(const char *path, struct trials_facts *facts, struct error *error)
{
    if (strstr(path, "bad") != NULL) {
        return error_set(error, STATUS_INPUT, "%s: bad trials", path);
    }
    *facts = (struct trials_facts){.n_in = 3, .n_out = 3, .hash = 99};
    return STATUS_OK;
}

const struct study_sources NAMED_FILES = {.read_model = named_model, .read_trials = named_trials};

static enum status sine_model(void *context, const char *path, struct model_facts *facts,
                              struct error *error)
{
    (void)context;
    (void)path;
    (void)error;
    *facts = (struct model_facts){.n_hidden = 4,
                                  .n_in = 1,
                                  .n_out = 1,
                                  .task = "sine",
                                  .seed = -1,
                                  .has_trials = true,
                                  .trials = {.n_in = 1, .n_out = 1, .hash = 1}};
    return STATUS_OK;
}

static enum status sine_trials(const char *path, struct trials_facts *facts, struct error *error)
{
    (void)path;
    (void)error;
    *facts = (struct trials_facts){.n_in = 1, .n_out = 1, .hash = 2};
    return STATUS_OK;
}

const struct study_sources SINE_FILES = {.read_model = sine_model, .read_trials = sine_trials};

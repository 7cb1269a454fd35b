#include "cli/import_model.h"

#include "cli/screen.h"
#include "cli/versions.h"
#include "kernel/measures/measure.h"
#include "store/model_file.h"
#include "store/model_write.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* ---- replay ---- */

static void describe_replay(const struct replay *replay, char text[IMPORT_DESCRIPTION_SIZE])
{
    const size_t used = strlen(text);
    char accuracy[64] = "";
    char outputs[64] = "";
    if (!isnan(replay->accuracy)) {
        (void)snprintf(accuracy, sizeof accuracy, ", accuracy %.4g", replay->accuracy);
    }
    if (!isnan(replay->mismatch)) {
        (void)snprintf(outputs, sizeof outputs, ", outputs as given to %.2g", replay->mismatch);
    }
    (void)snprintf(text + used, IMPORT_DESCRIPTION_SIZE - used,
                   "; FVU of the full network %.4g%s%s", replay->fvu, accuracy, outputs);
}

/* A network that does not answer as it should is another one. */
static enum status refuse_replay(const struct import_settings *settings, const char *path,
                                 const struct replay *replay, const char *cause,
                                 struct error *error)
{
    const struct import_trials *const trials = settings->request.trials;
    const char *const likely = cause[0] != '\0' ? ": likely cause: " : "";
    if (replay->mismatch > REPLAY_TOLERANCE) {
        return error_set(error, STATUS_INPUT,
                         "%s: outputs of %s differ from those of the network by %.3g of their "
                         "standard deviation, expected at most %g%s%s",
                         path, trials->outputs_path != NULL ? trials->outputs_path : trials->path,
                         replay->mismatch, REPLAY_TOLERANCE, likely, cause);
    }
    return error_set(error, STATUS_INPUT,
                     "%s: FVU of the full network on %s is %.10g, expected %.10g%s%s", path,
                     trials->path, replay->fvu, settings->expected_fvu, likely, cause);
}

/* Of a network that does so well on its trials nobody asks how their axes are meant. */
static const double GOOD_FVU = 0.1;

/* Whether time or batch comes first the shapes of trials do not tell, but the answers of a trained
 * network do: where those are right only with the axes swapped, the user must say which it is. */
static enum status check_layout(const char *path, const struct imported *imported,
                                const char *trials_path, const struct replay *replay,
                                struct error *error)
{
    const struct trials *const trials = &imported->trials;
    struct replay swapped;
    struct error ignored; /* of axes that make no trials, which are not the right ones */
    if (!imported->trials_read.layout_is_open || replay->fvu < GOOD_FVU || trials->h0 != NULL ||
        trials->outputs != NULL ||
        replay_run_swapped(&imported->network, trials, &swapped, &ignored) != STATUS_OK) {
        return STATUS_OK;
    }
    return baseline_is_poor(swapped.fvu, swapped.accuracy) || !(swapped.fvu < replay->fvu / 2.0)
               ? STATUS_OK
               : error_set(error, STATUS_INPUT,
                           "%s: FVU of the full network on %s is %.4g with its axes as %d steps x "
                           "%d trials, and %.4g as %d trials x %d steps: say which they are, with "
                           "--time-first or --batch-first",
                           path, trials_path, replay->fvu, trials->n_steps, trials->n_trials,
                           swapped.fvu, trials->n_steps, trials->n_trials);
}

/* Runs the network on its trials. Refuses what is not as told, and warns of what looks wrong. */
static enum status replay_imported(const struct import_settings *settings, const char *path,
                                   struct imported *imported, struct replay *replay,
                                   struct error *error)
{
    const struct import_trials *const trials = settings->request.trials;
    char cause[REPLAY_CAUSE_SIZE] = "";
    const struct replay_goal goal = {settings->expected_fvu, imported->trials_read.batch_first};
    TRY(replay_run(&imported->network, &imported->trials, replay, error));
    const bool is_wrong = replay->mismatch > REPLAY_TOLERANCE ||
                          fabs(replay->fvu - goal.expected_fvu) > 1e-6 * goal.expected_fvu;
    const bool is_poor = imported->trials.outputs == NULL && isnan(goal.expected_fvu) &&
                         baseline_is_poor(replay->fvu, replay->accuracy);
    describe_replay(replay, imported->description);
    if (!is_wrong) {
        TRY(check_layout(path, imported, trials->path, replay, error));
    }
    if (!is_wrong && !is_poor) {
        return STATUS_OK;
    }
    if (settings->searches == NULL || (*settings->searches)-- > 0) { /* they take their time */
        TRY(replay_find_cause(&imported->network, &imported->trials, &goal, cause, error));
    }
    if (is_wrong) {
        return refuse_replay(settings, path, replay, cause, error);
    }
    screen_note("warning: %s: FVU of the full network on %s is %.4g, above %g: is it this network, "
                "are these its trials?%s%s",
                path, trials->path, replay->fvu, BASELINE_POOR_FVU,
                cause[0] != '\0' ? " Likely: " : "", cause);
    return STATUS_OK;
}

/* ---- models that are there ---- */

static enum status hashes_of(const struct network *network, const struct trials *trials,
                             uint64_t hashes[2], struct error *error)
{
    hashes[1] = 0;
    TRY(network_hash(network, &hashes[0], error));
    return trials != NULL ? trials_hash(trials, &hashes[1], error) : STATUS_OK;
}

/* The same numbers under the same labels, whatever else was written about them. */
static enum status is_there(const struct import_settings *settings, const struct imported *imported,
                            const char *output, int64_t seed, bool *same, struct error *error)
{
    struct network network;
    struct model_labels labels;
    struct trials trials = {0};
    uint64_t wanted[2] = {0};
    uint64_t found[2] = {0};
    TRY(hashes_of(&imported->network, imported->has_trials ? &imported->trials : NULL, wanted,
                  error));
    TRY(model_file_read(output, &network, &labels, error));
    enum status status = labels.has_trials ? trials_file_read(output, &trials, error) : STATUS_OK;
    THEN(status, hashes_of(&network, labels.has_trials ? &trials : NULL, found, error));
    trials_release(&trials);
    network_release(&network);
    *same = status == STATUS_OK && memcmp(wanted, found, sizeof wanted) == 0 &&
            labels.seed == seed && strcmp(labels.task, settings->task) == 0 &&
            strcmp(labels.construction, settings->construction) == 0;
    return status;
}

static enum status check_output(const struct import_settings *settings,
                                const struct imported *imported, const struct import_pair *pair,
                                bool *was_there, struct error *error)
{
    struct stat info;
    *was_there = false;
    if (!pair->may_be_there || lstat(pair->output, &info) != 0) {
        return STATUS_OK; /* writing says what is to be said */
    }
    TRY(is_there(settings, imported, pair->output, pair->seed, was_there, error));
    return *was_there
               ? STATUS_OK
               : error_set(error, STATUS_OUTPUT_TAKEN,
                           "%s exists and is another model: import replaces nothing", pair->output);
}

/* ---- models ---- */

static enum status write_model(const struct import_settings *settings,
                               const struct imported *imported, const struct import_pair *pair,
                               struct error *error)
{
    char versions[2048];
    version_list(versions, sizeof versions);
    const struct import_record record = {
        .task = settings->task,
        .construction = settings->construction,
        .seed = pair->seed,
        .source = pair->path,
        .description = imported->description,
        .versions = versions,
        .trials = imported->has_trials ? &imported->trials : NULL,
    };
    return model_file_write_imported(pair->output, &imported->network, &record, error);
}

static enum status take(const struct import_settings *settings, const struct import_pair *pair,
                        struct imported *imported, struct import_outcome *outcome,
                        struct error *error)
{
    const struct network *const network = &imported->network;
    outcome->shape =
        (struct network_shape){network->cell, network->n_hidden, network->n_in, network->n_out};
    TRY(network_hash(network, &outcome->weights_hash, error));
    if (imported->has_trials) {
        outcome->n_steps = imported->trials.n_steps;
        outcome->n_trials = imported->trials.n_trials;
        TRY(replay_imported(settings, pair->path, imported, &outcome->replay, error));
    }
    TRY(check_output(settings, imported, pair, &outcome->was_there, error));
    (void)snprintf(outcome->description, sizeof outcome->description, "%s", imported->description);
    return outcome->was_there ? STATUS_OK : write_model(settings, imported, pair, error);
}

enum status import_model(const struct import_settings *settings, const struct import_pair *pair,
                         struct import_outcome *outcome, struct error *error)
{
    struct imported imported;
    struct import_request request = settings->request;
    *outcome = (struct import_outcome){.description = ""};
    request.path = pair->path;
    TRY(import_read(&request, &imported, error));
    const enum status status = take(settings, pair, &imported, outcome, error);
    imported_release(&imported);
    return status;
}

/* ---- what is told ---- */

static void tell_cell(struct json *json, const struct cell *cell)
{
    const struct cell_parts *const parts = cell_parts(cell->kind);
    json_text(json, "cell", parts->name);
    if (parts->has_activation) {
        json_text(json, "activation", activation_name(cell->activation));
        json_real(json, "leak", cell->leak);
        json_text(json, "leak_form", leak_form_name(cell->leak_form));
    } else {
        json_null(json, "activation");
        json_null(json, "leak");
        json_null(json, "leak_form");
    }
}

static void tell_trials(struct json *json, const struct import_outcome *outcome)
{
    if (outcome->n_trials == 0) {
        json_null(json, "trials");
        return;
    }
    json_object(json, "trials");
    json_integer(json, "trials", outcome->n_trials);
    json_integer(json, "steps", outcome->n_steps);
    json_real(json, "fvu", outcome->replay.fvu);
    json_real(json, "accuracy", outcome->replay.accuracy);
    json_real(json, "mismatch", outcome->replay.mismatch);
    json_end_object(json);
}

static void tell_network(struct json *json, const struct import_outcome *outcome)
{
    char hash[17];
    (void)snprintf(hash, sizeof hash, "%016" PRIx64, outcome->weights_hash);
    json_object(json, "network");
    json_integer(json, "hidden", outcome->shape.n_hidden);
    json_integer(json, "inputs", outcome->shape.n_in);
    json_integer(json, "outputs", outcome->shape.n_out);
    tell_cell(json, &outcome->shape.cell);
    json_text(json, "weights_hash", hash);
    json_end_object(json);
}

static void tell_json(struct json *json, const struct import_pair *pair,
                      const struct import_outcome *outcome, const struct error *failure)
{
    if (json->depth == 0) {
        json_object(json, NULL);
        json_array(json, "files");
    }
    json_object(json, NULL);
    json_text(json, "file", pair->path);
    json_text(json, "output", pair->output);
    json_text(json, "state",
              failure != NULL      ? "failed"
              : outcome->was_there ? "there already"
                                   : "imported");
    json_text(json, "message", failure != NULL ? failure->text : NULL);
    if (failure != NULL) {
        json_null(json, "network");
        json_null(json, "trials");
        json_null(json, "description");
    } else {
        tell_network(json, outcome);
        tell_trials(json, outcome);
        json_text(json, "description", outcome->description);
    }
    json_end_object(json);
}

void import_tell(const struct import_settings *settings, const struct import_pair *pair,
                 const struct import_outcome *outcome, const struct error *failure)
{
    if (settings->json != NULL) {
        tell_json(settings->json, pair, outcome, failure);
    } else if (failure == NULL) {
        const struct screen screen = screen_of(stdout);
        screen_say(&screen, 2, "%s: %s%s", pair->output,
                   outcome->was_there ? "there already: " : "", outcome->description);
    }
}

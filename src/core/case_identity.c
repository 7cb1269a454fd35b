#include "core/case_identity.h"

#include "core/hash.h"

#include <string.h>

const char *const CASE_PART_NAMES[CASE_PARTS] = {
    [PART_MODEL] = "model",   [PART_TRIALS] = "trials",
    [PART_MATRIX] = "matrix", [PART_ORDER] = "order of modes",
    [PART_GAUGE] = "gauge",   [PART_PRECISION] = "precision",
    [PART_TEAM] = "team",     [PART_PARTNER] = "weights or profiles"};

static uint64_t hash_text(const char *text)
{
    return hash_bytes64(text, strlen(text));
}

/* The Schur forms of teams differ from those of one rank by rounding, and with their grid. */
static uint64_t hash_team(const struct sweep *sweep, int case_index)
{
    const struct team_spec *const team = &sweep->team;
    const int64_t grid[3] = {team->n_rows, team->n_cols, team->block};
    return sweep_needs_team(sweep, case_index) ? hash_bytes64(grid, sizeof grid) : 0;
}

static uint64_t hash_partner(const struct sweep *sweep, const struct case_spec *spec)
{
    const uint64_t parts[2] = {hash_text(sweep->models[spec->partner].identity), spec->inputs_hash};
    return hash_bytes64(parts, sizeof parts);
}

enum status case_identity_find(const struct sweep *sweep, int case_index,
                               const struct schema *schema, struct case_identity *identity,
                               struct error *error)
{
    const struct case_spec *const spec = &sweep->cases[case_index];
    const struct model_spec *const model = &sweep->models[spec->model];
    uint64_t trials = 0; /* its own are part of the model's identity */
    if (spec->task != CASE_TASK_OWN) {
        TRY(schema->identify_task(&sweep->tasks[spec->task], sweep->seed, &trials, error));
    }
    *identity =
        (struct case_identity){{[PART_MODEL] = hash_text(model->identity),
                                [PART_TRIALS] = trials,
                                [PART_MATRIX] = hash_text(spec->matrix),
                                [PART_ORDER] = (uint64_t)spec->form.order,
                                [PART_GAUGE] = (uint64_t)(int64_t)spec->form.gauge,
                                [PART_PRECISION] = (uint64_t)sweep->precision,
                                [PART_TEAM] = hash_team(sweep, case_index),
                                [PART_PARTNER] = sweep->of_pairs ? hash_partner(sweep, spec) : 0}};
    return STATUS_OK;
}

enum case_part case_identity_differs(const struct case_identity *a, const struct case_identity *b)
{
    int part = 0;
    while (part < CASE_PARTS && a->parts[part] == b->parts[part]) {
        part++;
    }
    return (enum case_part)part;
}

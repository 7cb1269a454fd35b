#include "kernel/dynamics/rollout.h"

#include "core/array.h"
#include "core/memory.h"
#include "kernel/dynamics/denormals.h"
#include "kernel/dynamics/rollout_block.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct rollout {
    const struct network *network;
    const struct packed_trials *packed;
    struct rollout_plan plan;
    size_t outputs_size; /* bytes of the outputs on one tile */
    void *recurrent;
    void *readout;
    void *h0;
    void *initial; /* [n_tiles, n_hidden, tile]: h0 of each trial; NULL: that of the network */
    void *state;
    void *next;
    void *c0;          /* of an lstm; else NULL */
    void *carried;     /* what units carry beside h; NULL where they carry nothing */
    void *sums;        /* where BLAS multiplies for a cell of several rows; else NULL */
    void *step_output; /* [n_out, tile] */
    void *reference;   /* [n_tiles, n_steps, n_out, tile], or NULL */
    struct tile_score *tile_scores; /* [tiles_per_block] */
};

/* Initial states of the trials, in the form that the network has. */
static void pack_initial(struct rollout *rollout, const struct trials *trials)
{
    const size_t n_hidden = rollout->plan.n_hidden;
    const size_t width = rollout->plan.tile_width;
    const double *const scale = rollout->network->h0_scale;
    assert(trials->n_hidden == rollout->network->n_hidden);
    for (size_t trial = 0; trial < (size_t)trials->n_trials; trial++) {
        for (size_t i = 0; i < n_hidden; i++) {
            precision_put(rollout->initial, rollout->plan.precision,
                          (trial / width * n_hidden + i) * width + trial % width,
                          trials->h0[trial * n_hidden + i] * (scale != NULL ? scale[i] : 1.0));
        }
    }
}

enum status rollout_create(struct rollout **out, const struct network *network,
                           const struct packed_trials *trials, enum isa path, struct error *error)
{
    return rollout_create_with(out, network, trials, path, PRODUCT_BY_WIDTH, error);
}

static enum status allocate_weights(struct rollout *rollout, struct error *error)
{
    const struct rollout_plan *const plan = &rollout->plan;
    const struct packed_trials *const packed = rollout->packed;
    const size_t size = precision_size(plan->precision);
    TRY(memory_array(&rollout->recurrent, rollout_plan_recurrent(plan), size, error));
    TRY(memory_array(&rollout->readout, rollout_plan_readout(plan), size, error));
    TRY(memory_array(&rollout->h0, plan->n_hidden, size, error));
    if (rollout->network->c0 != NULL) {
        TRY(memory_array(&rollout->c0, plan->n_hidden, size, error));
    }
    return packed->trials->h0 == NULL
               ? STATUS_OK
               : memory_array2(&rollout->initial, (size_t)packed->n_tiles * plan->n_hidden,
                               plan->tile_width, size, error);
}

static enum status allocate_states(struct rollout *rollout, struct error *error)
{
    const struct rollout_plan *const plan = &rollout->plan;
    const size_t size = precision_size(plan->precision);
    const size_t state = rollout_plan_state(plan);
    TRY(memory_array(&rollout->state, state, size, error));
    TRY(memory_array(&rollout->next, state, size, error));
    if (rollout->network->cell.leak_form == LEAK_CURRENT || rollout->network->c0 != NULL) {
        TRY(memory_array(&rollout->carried, state, size, error));
    }
    if (rollout_plan_sums(plan) > 0) {
        TRY(memory_array(&rollout->sums, rollout_plan_sums(plan), size, error));
    }
    TRY(memory_array(&rollout->step_output, plan->n_out, TILE_BYTES, error));
    return memory_array(&rollout->tile_scores, (size_t)plan->tiles_per_block,
                        sizeof *rollout->tile_scores, error);
}

enum status rollout_create_with(struct rollout **out, const struct network *network,
                                const struct packed_trials *trials, enum isa path,
                                enum rollout_product product, struct error *error)
{
    TRY(memory_array(out, 1, sizeof **out, error));
    struct rollout *const rollout = *out;
    rollout->network = network;
    rollout->packed = trials;
    rollout->plan = rollout_plan_make(network->cell.kind, network->n_hidden, trials->trials,
                                      trials->precision, path, product);
    rollout->outputs_size = (size_t)trials->trials->n_steps * rollout->plan.n_out * TILE_BYTES;
    const struct rollout_plan *const plan = &rollout->plan;
    enum status status = allocate_weights(rollout, error);
    THEN(status, allocate_states(rollout, error));
    if (status != STATUS_OK) {
        rollout_destroy(out);
        return status;
    }
    if (trials->trials->h0 != NULL) {
        pack_initial(rollout, trials->trials);
    }
    rollout_pack_readout(plan, network, rollout->readout);
    for (size_t i = 0; i < plan->n_hidden; i++) {
        precision_put(rollout->h0, trials->precision, i, network->h0[i]);
        if (network->c0 != NULL) {
            precision_put(rollout->c0, trials->precision, i, network->c0[i]);
        }
    }
    for (int gate = 0; gate < plan->parts->n_gates; gate++) {
        if (gate != network->matrix) {
            rollout_set_gate(rollout, gate, network_gate(network, gate), plan->n_hidden);
        }
    }
    if (network->weight_hh != NULL) {
        rollout_set_weights(rollout, network->weight_hh);
    }
    return STATUS_OK;
}

void rollout_destroy(struct rollout **rollout)
{
    struct rollout *const old = *rollout;
    if (old == NULL) {
        return;
    }
    free(old->recurrent);
    free(old->readout);
    free(old->h0);
    free(old->initial);
    free(old->state);
    free(old->next);
    free(old->c0);
    free(old->carried);
    free(old->sums);
    free(old->step_output);
    free(old->reference);
    free(old->tile_scores);
    free(old);
    *rollout = NULL;
}

void rollout_set_weights(struct rollout *rollout, const double *weight_hh)
{
    rollout_set_gate(rollout, rollout->network->matrix, weight_hh, rollout->plan.n_hidden);
}

void rollout_set_rows(struct rollout *rollout, int gate, int first, int count, const double *rows)
{
    for (int i = 0; i < count; i++, rows += rollout->plan.n_hidden) {
        rollout_pack_row(&rollout->plan, rollout->network, gate, (size_t)first + (size_t)i, rows,
                         rollout->recurrent);
    }
}

void rollout_set_gate(struct rollout *rollout, int gate, const double *weights, size_t stride)
{
    for (size_t i = 0; i < rollout->plan.n_hidden; i++, weights += stride) {
        rollout_pack_row(&rollout->plan, rollout->network, gate, i, weights, rollout->recurrent);
    }
}

static int trials_of_tile(const struct packed_trials *packed, int tile)
{
    const int left = packed->trials->n_trials - tile * packed->tile_width;
    return left < packed->tile_width ? left : packed->tile_width;
}

/* Of outputs[tiles, n_steps, n_out, tile_width] those of one tile; NULL of none. */
static char *outputs_of(const struct rollout *rollout, void *outputs, int tile)
{
    return outputs != NULL ? (char *)outputs + (size_t)tile * rollout->outputs_size : NULL;
}

/* Runs the block that begins with that tile and returns its number of tiles. `outputs` are those of
 * its first tile, followed by the others', or NULL. */
static int run_block(struct rollout *rollout, int first_tile, char *outputs)
{
    struct tile_job jobs[BLOCK_TILES_MOST];
    const struct packed_trials *const packed = rollout->packed;
    const struct rollout_plan *const plan = &rollout->plan;
    const int left = packed->n_tiles - first_tile;
    const int n_tiles = left < plan->tiles_per_block ? left : plan->tiles_per_block;
    for (int i = 0; i < n_tiles; i++) {
        const int tile = first_tile + i;
        const size_t rows = array_count(tile, packed->trials->n_steps);
        struct tile_score *const score = &rollout->tile_scores[i];
        *score = (struct tile_score){0};
        for (int c = 0; c < TILE_MOST; c++) {
            score->finite[c] = 1.0;
        }
        jobs[i] = (struct tile_job){
            .cell = &rollout->network->cell,
            .n_hidden = plan->n_hidden,
            .n_in = plan->n_in,
            .n_out = plan->n_out,
            .n_steps = (size_t)packed->trials->n_steps,
            .recurrent = rollout->recurrent,
            .readout = rollout->readout,
            .h0 = rollout->h0,
            .c0 = rollout->c0,
            .initial = rollout->initial != NULL
                           ? (const char *)rollout->initial +
                                 array_count(tile, rollout->network->n_hidden) * TILE_BYTES
                           : NULL,
            .inputs = (const char *)packed->inputs + rows * plan->n_in * TILE_BYTES,
            .targets = packed->targets + rows * plan->n_out * plan->tile_width,
            .mask = packed->mask + rows * plan->tile_width,
            .reference = outputs_of(rollout, rollout->reference, tile),
            .outputs = outputs_of(rollout, outputs, i),
            .state = rollout->state,
            .next = rollout->next,
            .carried = rollout->carried,
            .sums = rollout->sums,
            .step_output = rollout->step_output,
            .counts_signs = packed->trials->metric == METRIC_ACCURACY,
            .counts_largest = packed->trials->metric == METRIC_ARGMAX,
            .n_trials = trials_of_tile(packed, tile),
            .score = score};
    }
    rollout_run_block(plan, jobs, n_tiles);
    return n_tiles;
}

/* Runs the blocks with trials of the range; `outputs` are those of all tiles, or NULL. Blocks begin
 * at the same trials whatever the range, since BLAS rounds by the place in a block. */
static void run_range(struct rollout *rollout, struct trial_range range, char *outputs,
                      struct trial_score *scores)
{
    const int width = rollout->packed->tile_width;
    const int block = rollout->plan.tiles_per_block;
    const int range_end = range.first + range.count;
    int tile = range.first / width / block * block;
    while (tile * width < range_end) {
        const int begin = tile * width;
        tile += run_block(rollout, tile, outputs_of(rollout, outputs, tile));
        const int end = tile * width < range_end ? tile * width : range_end;
        for (int trial = begin > range.first ? begin : range.first; trial < end; trial++) {
            const struct tile_score *const score = &rollout->tile_scores[(trial - begin) / width];
            const int column = trial % width;
            scores[trial - range.first] =
                (struct trial_score){.squared_error = score->squared_error[column],
                                     .squared_change = score->squared_change[column],
                                     .n_right = (int64_t)score->n_right[column],
                                     .n_finite = (int)score->n_finite[column]};
        }
    }
}

void rollout_score(struct rollout *rollout, struct trial_range range, struct trial_score *scores)
{
    assert(range.first >= 0 && range.first + range.count <= rollout->packed->trials->n_trials);
    run_range(rollout, range, NULL, scores);
}

enum status rollout_keep_reference(struct rollout *rollout, struct trial_score *scores,
                                   struct error *error)
{
    const struct trial_range all = {0, rollout->packed->trials->n_trials};
    char *outputs = NULL;
    TRY(memory_array2(&outputs, (size_t)rollout->packed->n_tiles, rollout->outputs_size, 1, error));
    free(rollout->reference);
    rollout->reference = NULL;
    run_range(rollout, all, outputs, scores);
    rollout->reference = outputs;
    return STATUS_OK;
}

/* Outputs of one tile to their places in outputs[n_steps, n_trials, n_out]. */
static void unpack_tile(const struct rollout *rollout, int tile, const void *packed,
                        double *outputs)
{
    const struct trials *const trials = rollout->packed->trials;
    const size_t width = rollout->plan.tile_width;
    const size_t n_out = rollout->plan.n_out;
    const size_t first = (size_t)tile * width;
    const size_t count = (size_t)trials_of_tile(rollout->packed, tile);
    for (size_t row = 0; row < (size_t)trials->n_steps * n_out; row++) {
        const size_t place = row / n_out * (size_t)trials->n_trials + first;
        for (size_t c = 0; c < count; c++) {
            outputs[(place + c) * n_out + row % n_out] =
                precision_get(packed, rollout->plan.precision, row * width + c);
        }
    }
}

void rollout_reference(const struct rollout *rollout, double *outputs)
{
    assert(rollout->reference != NULL);
    for (int tile = 0; tile < rollout->packed->n_tiles; tile++) {
        unpack_tile(rollout, tile, outputs_of(rollout, rollout->reference, tile), outputs);
    }
}

enum status rollout_run(struct rollout *rollout, double *outputs, struct error *error)
{
    const struct trials *const trials = rollout->packed->trials;
    const int n_tiles = rollout->packed->n_tiles;
    const struct trial_range all = {0, trials->n_trials};
    struct trial_score *scores = NULL;
    char *packed = NULL;
    TRY(memory_array(&scores, (size_t)trials->n_trials, sizeof *scores, error));
    enum status status = memory_array2(&packed, (size_t)n_tiles, rollout->outputs_size, 1, error);
    if (status == STATUS_OK) {
        run_range(rollout, all, packed, scores);
        for (int tile = 0; tile < n_tiles; tile++) {
            unpack_tile(rollout, tile, outputs_of(rollout, packed, tile), outputs);
        }
        const struct trial_score sum = trial_scores_sum(scores, trials->n_trials);
        status = trial_score_check(&sum, trials->n_steps, error);
    }
    free(packed);
    free(scores);
    return status;
}

struct trial_score trial_scores_sum(const struct trial_score *scores, int count)
{
    struct trial_score sum = scores[0];
    for (int i = 1; i < count; i++) {
        sum.squared_error += scores[i].squared_error;
        sum.squared_change += scores[i].squared_change;
        sum.n_right += scores[i].n_right;
        sum.n_finite = scores[i].n_finite < sum.n_finite ? scores[i].n_finite : sum.n_finite;
    }
    return sum;
}

enum status trial_score_check(const struct trial_score *score, int n_steps, struct error *error)
{
    return score->n_finite == n_steps
               ? STATUS_OK
               : error_set(error, STATUS_JOB_ROLLOUT_NONFINITE, "output is NaN or Inf at step %d",
                           score->n_finite);
}

size_t rollout_memory(enum cell_kind kind, int n_hidden, const struct trials *trials,
                      enum precision precision)
{
    const struct rollout_plan plan =
        rollout_plan_make(kind, n_hidden, trials, precision, ISA_PORTABLE, PRODUCT_BY_WIDTH);
    const size_t values = rollout_plan_recurrent(&plan) + rollout_plan_readout(&plan) +
                          2 * plan.n_hidden + rollout_plan_sums(&plan) +
                          3 * rollout_plan_state(&plan); /* the third is what units carry */
    const size_t n_tiles = ((size_t)trials->n_trials + plan.tile_width - 1) / plan.tile_width;
    const size_t initial = trials->h0 != NULL ? n_tiles * plan.n_hidden : 0;
    return values * precision_size(precision) + initial * TILE_BYTES +
           (n_tiles * (size_t)trials->n_steps + 1) * plan.n_out * TILE_BYTES;
}

void rollout_tanh(void *values, size_t count, enum isa path, enum precision precision)
{
    const unsigned mode = denormals_flush();
    rollout_kernel_find(path, precision)->activate(values, count, ACTIVATION_TANH);
    denormals_restore(mode);
}

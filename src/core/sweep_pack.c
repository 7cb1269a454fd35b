/* A sweep as a message. One description serves both directions: a value goes through its function,
 * which packs it and gives it back, or gives what it unpacks. */
#include "core/memory.h"
#include "core/schema.h"
#include "core/sweep.h"

struct wire {
    struct packer *out;  /* NULL when unpacking */
    struct unpacker *in; /* NULL when packing */
};

static int wire_int(const struct wire *wire, int value)
{
    if (wire->in != NULL) {
        return unpack_i32(wire->in);
    }
    pack_i32(wire->out, value);
    return value;
}

/* An enumerator below `count`; of a malformed message 0. */
static int wire_choice(const struct wire *wire, int value, int count)
{
    const int choice = wire_int(wire, value);
    return choice >= 0 && choice < count ? choice : 0;
}

static bool wire_bool(const struct wire *wire, bool value)
{
    return wire_int(wire, value) != 0;
}

static int64_t wire_i64(const struct wire *wire, int64_t value)
{
    if (wire->in != NULL) {
        return unpack_i64(wire->in);
    }
    pack_i64(wire->out, value);
    return value;
}

static uint64_t wire_u64(const struct wire *wire, uint64_t value)
{
    return (uint64_t)wire_i64(wire, (int64_t)value);
}

static double wire_real(const struct wire *wire, double value)
{
    if (wire->in != NULL) {
        return unpack_f64(wire->in);
    }
    pack_f64(wire->out, value);
    return value;
}

static void wire_reals(const struct wire *wire, double *values, int count)
{
    for (int i = 0; i < count; i++) {
        values[i] = wire_real(wire, values[i]);
    }
}

static char *wire_string(const struct wire *wire, char *text)
{
    if (wire->in != NULL) {
        return unpack_string(wire->in);
    }
    pack_string(wire->out, text);
    return text;
}

static void wire_name(const struct wire *wire, char name[TRAINING_NAME_SIZE])
{
    if (wire->in == NULL) {
        pack_bytes(wire->out, name, TRAINING_NAME_SIZE);
        return;
    }
    unpack_bytes(wire->in, name, TRAINING_NAME_SIZE);
    name[TRAINING_NAME_SIZE - 1] = '\0';
}

/* Length of a list whose elements take at least `least` bytes each; its memory when unpacking.
 * `array` is the address of the list's pointer. */
static enum status wire_list(const struct wire *wire, void *array, int *count, size_t size,
                             size_t least, struct error *error)
{
    if (wire->in == NULL) {
        pack_i32(wire->out, *count);
        return STATUS_OK;
    }
    const int n = unpack_count(wire->in, least);
    TRY(memory_array(array, (size_t)n, size, error));
    *count = n;
    return STATUS_OK;
}

static void wire_recipe(const struct wire *wire, struct recipe_values *recipe)
{
    wire_name(wire, recipe->base);
    recipe->steps = wire_int(wire, recipe->steps);
    recipe->batch = wire_int(wire, recipe->batch);
    recipe->rate = wire_real(wire, recipe->rate);
    recipe->schedule = (enum schedule)wire_choice(wire, (int)recipe->schedule, SCHEDULE_COUNT);
    recipe->clip = wire_real(wire, recipe->clip);
    recipe->horizon = wire_int(wire, recipe->horizon);
    recipe->target = wire_real(wire, recipe->target);
    recipe->single = wire_bool(wire, recipe->single);
    recipe->input_scale = wire_real(wire, recipe->input_scale);
}

static void wire_training(const struct wire *wire, struct training_spec *spec)
{
    wire_name(wire, spec->construction);
    spec->task = wire_int(wire, spec->task);
    spec->seed = wire_i64(wire, spec->seed);
    wire_recipe(wire, &spec->recipe);
    spec->key[0] = wire_u64(wire, spec->key[0]);
    spec->key[1] = wire_u64(wire, spec->key[1]);
}

static void wire_task(const struct wire *wire, struct task_spec *task)
{
    task->name = wire_string(wire, task->name);
    task->path = wire_string(wire, task->path);
    task->trials_hash = wire_u64(wire, task->trials_hash);
    wire_reals(wire, task->params, PARAMS_MAX);
}

static void wire_model(const struct wire *wire, struct model_spec *model)
{
    model->path = wire_string(wire, model->path);
    model->label = wire_string(wire, model->label);
    model->task = wire_string(wire, model->task);
    model->construction = wire_string(wire, model->construction);
    model->identity = wire_string(wire, model->identity);
    model->n_hidden = wire_int(wire, model->n_hidden);
    model->n_in = wire_int(wire, model->n_in);
    model->n_out = wire_int(wire, model->n_out);
    model->seed = wire_i64(wire, model->seed);
    model->weights_hash = wire_u64(wire, model->weights_hash);
    model->trials_hash = wire_u64(wire, model->trials_hash);
    model->is_trained = wire_bool(wire, model->is_trained);
    wire_training(wire, &model->training);
}

static void wire_team(const struct wire *wire, struct team_spec *team)
{
    team->n_ranks = wire_int(wire, team->n_ranks);
    team->from_hidden = wire_int(wire, team->from_hidden);
    team->n_rows = wire_int(wire, team->n_rows);
    team->n_cols = wire_int(wire, team->n_cols);
    team->block = wire_int(wire, team->block);
    team->keep_schur = wire_bool(wire, team->keep_schur);
}

static void wire_head(const struct wire *wire, struct sweep *sweep)
{
    sweep->name = wire_string(wire, sweep->name);
    sweep->output = wire_string(wire, sweep->output);
    sweep->canonical = wire_string(wire, sweep->canonical);
    sweep->seed = wire_i64(wire, sweep->seed);
    sweep->epsilon = wire_real(wire, sweep->epsilon);
    sweep->precision = (enum precision)wire_choice(wire, (int)sweep->precision, PRECISION_COUNT);
    sweep->isa = (enum isa)wire_choice(wire, (int)sweep->isa, ISA_UNKNOWN + 1);
    wire_team(wire, &sweep->team);
}

static enum status wire_grid(const struct wire *wire, struct sweep *sweep, struct error *error)
{
    TRY(wire_list(wire, &sweep->alphas, &sweep->n_alphas, sizeof *sweep->alphas, sizeof(double),
                  error));
    wire_reals(wire, sweep->alphas, sweep->n_alphas);
    sweep->n_partitions = wire_int(wire, sweep->n_partitions);
    const int n_ablations = wire_int(wire, sweep->n_ablations);
    sweep->n_ablations = n_ablations >= 0 && n_ablations <= ABLATION_SET_COUNT ? n_ablations : 0;
    for (int i = 0; i < sweep->n_ablations; i++) {
        sweep->ablations[i] =
            (ablation_set)wire_choice(wire, (int)sweep->ablations[i], ABLATION_SET_COUNT);
    }
    return STATUS_OK;
}

static enum status wire_lists(const struct wire *wire, struct sweep *sweep, struct error *error)
{
    TRY(wire_list(wire, &sweep->diagnostics, &sweep->n_diagnostics, sizeof *sweep->diagnostics,
                  sizeof(double) * PARAMS_MAX, error));
    for (int i = 0; i < sweep->n_diagnostics; i++) {
        sweep->diagnostics[i].name = wire_string(wire, sweep->diagnostics[i].name);
        wire_reals(wire, sweep->diagnostics[i].params, PARAMS_MAX);
    }
    TRY(wire_list(wire, &sweep->tasks, &sweep->n_tasks, sizeof *sweep->tasks,
                  sizeof(double) * PARAMS_MAX, error));
    for (int i = 0; i < sweep->n_tasks; i++) {
        wire_task(wire, &sweep->tasks[i]);
    }
    TRY(wire_list(wire, &sweep->models, &sweep->n_models, sizeof *sweep->models, sizeof(int64_t),
                  error));
    for (int i = 0; i < sweep->n_models; i++) {
        wire_model(wire, &sweep->models[i]);
    }
    TRY(wire_list(wire, &sweep->cases, &sweep->n_cases, sizeof *sweep->cases, sizeof(int64_t),
                  error));
    for (int i = 0; i < sweep->n_cases; i++) {
        sweep->cases[i].model = wire_int(wire, sweep->cases[i].model);
        sweep->cases[i].task = wire_int(wire, sweep->cases[i].task);
        sweep->cases[i].task_label = wire_string(wire, sweep->cases[i].task_label);
    }
    return STATUS_OK;
}

static enum status wire_sweep(const struct wire *wire, struct sweep *sweep, struct error *error)
{
    wire_head(wire, sweep);
    TRY(wire_grid(wire, sweep, error));
    return wire_lists(wire, sweep, error);
}

void sweep_pack(const struct sweep *sweep, struct packer *packer)
{
    struct sweep same = *sweep;
    struct error ignored;
    const struct wire wire = {.out = packer};
    (void)!wire_sweep(&wire, &same, &ignored); /* only unpacking asks for memory */
}

static enum status malformed(const char *what, int index, struct error *error)
{
    return error_set(error, STATUS_INTERNAL, "%s %d of the sweep message is malformed", what,
                     index);
}

/* Indexes of a message are used without further checks later on. */
static enum status check_references(const struct sweep *sweep, struct error *error)
{
    const struct team_spec *const team = &sweep->team;
    if (team->n_ranks != 0 &&
        (team->n_rows < 1 || team->n_cols < 1 || team->block < 1 ||
         team->n_ranks / team->n_rows != team->n_cols || team->n_ranks % team->n_rows != 0)) {
        return malformed("team", team->n_ranks, error);
    }
    if (sweep->n_partitions != 0 && sweep->n_partitions != sweep_max_hidden(sweep)) {
        return malformed("number of partitions", sweep->n_partitions, error);
    }
    if (sweep->n_diagnostics > SCHEMA_TABLES_MAX) {
        return malformed("number of diagnostics", sweep->n_diagnostics, error);
    }
    for (int i = 0; i < sweep->n_models; i++) {
        const struct model_spec *const model = &sweep->models[i];
        if (model->is_trained &&
            (model->training.task < 0 || model->training.task >= sweep->n_tasks)) {
            return malformed("model", i, error);
        }
    }
    for (int i = 0; i < sweep->n_cases; i++) {
        const struct case_spec *const spec = &sweep->cases[i];
        if (spec->model < 0 || spec->model >= sweep->n_models || spec->task < CASE_TASK_OWN ||
            spec->task >= sweep->n_tasks) {
            return malformed("case", i, error);
        }
    }
    return STATUS_OK;
}

enum status sweep_unpack(struct sweep *sweep, const void *bytes, size_t size, struct error *error)
{
    *sweep = (struct sweep){0};
    struct unpacker unpacker = unpack_begin(bytes, size);
    const struct wire wire = {.in = &unpacker};
    enum status status = wire_sweep(&wire, sweep, error);
    if (status == STATUS_OK) {
        status = unpack_finish(&unpacker, "sweep", error);
    }
    if (status == STATUS_OK) {
        status = check_references(sweep, error);
    }
    if (status != STATUS_OK) {
        sweep_release(sweep);
    }
    return status;
}

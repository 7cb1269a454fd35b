/* A sweep as a message. One description serves both directions: a value is packed where it stands,
 * or overwritten by what is unpacked. */
#include "core/memory.h"
#include "core/schema.h"
#include "core/sweep.h"

struct wire {
    struct packer *out;  /* NULL when unpacking */
    struct unpacker *in; /* NULL when packing */
};

/* A value without pointers, as its bytes. */
static void wire_bytes(const struct wire *wire, void *value, size_t size)
{
    if (wire->in != NULL) {
        unpack_bytes(wire->in, value, size);
    } else {
        pack_bytes(wire->out, value, size);
    }
}

#define WIRE(value) wire_bytes(wire, &(value), sizeof(value))

/* An enumerator below `count`; of a malformed message 0. */
static int wire_choice(const struct wire *wire, int value, int count)
{
    WIRE(value);
    return value >= 0 && value < count ? value : 0;
}

static bool wire_bool(const struct wire *wire, bool value)
{
    int number = value;
    WIRE(number);
    return number != 0;
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
    wire_bytes(wire, name, TRAINING_NAME_SIZE);
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

static void wire_cell(const struct wire *wire, struct cell *cell)
{
    cell->kind = (enum cell_kind)wire_choice(wire, (int)cell->kind, CELL_KIND_COUNT);
    cell->activation = (enum activation)wire_choice(wire, (int)cell->activation, ACTIVATION_COUNT);
    cell->leak_form = (enum leak_form)wire_choice(wire, (int)cell->leak_form, LEAK_FORM_COUNT);
    WIRE(cell->leak);
}

static void wire_training(const struct wire *wire, struct training_spec *spec)
{
    struct recipe_values *const recipe = &spec->recipe;
    wire_cell(wire, &spec->cell);
    wire_name(wire, spec->construction);
    WIRE(spec->task);
    WIRE(spec->seed);
    wire_name(wire, recipe->base);
    WIRE(recipe->steps);
    WIRE(recipe->check);
    WIRE(recipe->batch);
    WIRE(recipe->rate);
    recipe->schedule = (enum schedule)wire_choice(wire, (int)recipe->schedule, SCHEDULE_COUNT);
    WIRE(recipe->clip);
    WIRE(recipe->horizon);
    WIRE(recipe->target);
    recipe->single = wire_bool(wire, recipe->single);
    recipe->bias = wire_bool(wire, recipe->bias);
    WIRE(recipe->input_scale);
    WIRE(spec->key);
}

static enum status wire_model(const struct wire *wire, struct model_spec *model,
                              struct error *error)
{
    model->path = wire_string(wire, model->path);
    model->label = wire_string(wire, model->label);
    model->task = wire_string(wire, model->task);
    model->construction = wire_string(wire, model->construction);
    model->identity = wire_string(wire, model->identity);
    wire_cell(wire, &model->cell);
    WIRE(model->n_hidden);
    WIRE(model->n_in);
    WIRE(model->n_out);
    WIRE(model->seed);
    WIRE(model->weights_hash);
    WIRE(model->trials_hash);
    WIRE(model->trial_steps);
    model->is_trained = wire_bool(wire, model->is_trained);
    wire_training(wire, &model->training);
    TRY(wire_list(wire, &model->partitions, &model->n_partitions, sizeof *model->partitions,
                  sizeof *model->partitions, error));
    wire_bytes(wire, model->partitions, (size_t)model->n_partitions * sizeof *model->partitions);
    return STATUS_OK;
}

static enum status wire_grid(const struct wire *wire, struct sweep *sweep, struct error *error)
{
    struct team_spec *const team = &sweep->team;
    sweep->of_pairs = wire_bool(wire, sweep->of_pairs);
    sweep->sources = wire_string(wire, sweep->sources);
    sweep->name = wire_string(wire, sweep->name);
    sweep->output = wire_string(wire, sweep->output);
    sweep->canonical = wire_string(wire, sweep->canonical);
    WIRE(sweep->seed);
    WIRE(sweep->epsilon);
    sweep->precision = (enum precision)wire_choice(wire, (int)sweep->precision, PRECISION_COUNT);
    sweep->gauss_newton =
        (enum gauss_newton_choice)wire_choice(wire, (int)sweep->gauss_newton, GAUSS_NEWTON_CHOICES);
    sweep->isa = (enum isa)wire_choice(wire, (int)sweep->isa, ISA_UNKNOWN + 1);
    WIRE(team->n_ranks);
    WIRE(team->from_hidden);
    WIRE(team->n_rows);
    WIRE(team->n_cols);
    WIRE(team->block);
    team->keep_schur = wire_bool(wire, team->keep_schur);
    TRY(wire_list(wire, &sweep->alphas, &sweep->n_alphas, sizeof *sweep->alphas, sizeof(double),
                  error));
    wire_bytes(wire, sweep->alphas, (size_t)sweep->n_alphas * sizeof *sweep->alphas);
    WIRE(sweep->n_partitions);
    sweep->screen = wire_bool(wire, sweep->screen);
    WIRE(sweep->n_ablations);
    if (sweep->n_ablations < 0 || sweep->n_ablations > ABLATION_SET_COUNT) {
        sweep->n_ablations = 0;
    }
    for (int i = 0; i < sweep->n_ablations; i++) {
        sweep->ablations[i] =
            (ablation_set)wire_choice(wire, (int)sweep->ablations[i], ABLATION_SET_COUNT);
    }
    return STATUS_OK;
}

static void wire_task(const struct wire *wire, struct task_spec *task)
{
    task->name = wire_string(wire, task->name);
    task->path = wire_string(wire, task->path);
    WIRE(task->trials_hash);
    WIRE(task->trial_steps);
    WIRE(task->params);
}

static enum status wire_sweep(const struct wire *wire, struct sweep *sweep, struct error *error)
{
    TRY(wire_grid(wire, sweep, error));
    TRY(wire_list(wire, &sweep->diagnostics, &sweep->n_diagnostics, sizeof *sweep->diagnostics,
                  sizeof(double) * PARAMS_MAX, error));
    for (int i = 0; i < sweep->n_diagnostics; i++) {
        sweep->diagnostics[i].name = wire_string(wire, sweep->diagnostics[i].name);
        WIRE(sweep->diagnostics[i].params);
    }
    TRY(wire_list(wire, &sweep->tasks, &sweep->n_tasks, sizeof *sweep->tasks,
                  sizeof(double) * PARAMS_MAX, error));
    for (int i = 0; i < sweep->n_tasks; i++) {
        wire_task(wire, &sweep->tasks[i]);
    }
    TRY(wire_list(wire, &sweep->oods, &sweep->n_oods, sizeof *sweep->oods,
                  sizeof(double) * PARAMS_MAX, error));
    for (int i = 0; i < sweep->n_oods; i++) {
        sweep->oods[i].label = wire_string(wire, sweep->oods[i].label);
        wire_task(wire, &sweep->oods[i].task);
    }
    TRY(wire_list(wire, &sweep->models, &sweep->n_models, sizeof *sweep->models, sizeof(int64_t),
                  error));
    for (int i = 0; i < sweep->n_models; i++) {
        TRY(wire_model(wire, &sweep->models[i], error));
    }
    TRY(wire_list(wire, &sweep->cases, &sweep->n_cases, sizeof *sweep->cases, sizeof(int64_t),
                  error));
    for (int i = 0; i < sweep->n_cases; i++) {
        WIRE(sweep->cases[i].model);
        WIRE(sweep->cases[i].partner);
        WIRE(sweep->cases[i].inputs_hash);
        WIRE(sweep->cases[i].task);
        struct network_form *const form = &sweep->cases[i].form;
        WIRE(form->gates);
        WIRE(form->gauge);
        form->order = (enum mode_order)wire_choice(wire, (int)form->order, ORDER_COUNT);
        sweep->cases[i].task_label = wire_string(wire, sweep->cases[i].task_label);
        sweep->cases[i].matrix = wire_string(wire, sweep->cases[i].matrix);
    }
    return STATUS_OK;
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
        if (spec->model < 0 || spec->model >= sweep->n_models || spec->partner < 0 ||
            spec->partner >= sweep->n_models || spec->task < CASE_TASK_OWN ||
            spec->task >= sweep->n_tasks || spec->matrix == NULL || spec->form.gates == 0 ||
            spec->form.gates >> cell_parts(sweep->models[spec->model].cell.kind)->n_gates != 0) {
            return malformed("case", i, error);
        }
    }
    if (sweep->n_partitions != 0 && sweep->n_partitions != sweep_max_modes(sweep)) {
        return malformed("number of partitions", sweep->n_partitions, error);
    }
    return STATUS_OK;
}

enum status sweep_unpack(struct sweep *sweep, const void *bytes, size_t size, struct error *error)
{
    *sweep = (struct sweep){0};
    struct unpacker unpacker = unpack_begin(bytes, size);
    const struct wire wire = {.in = &unpacker};
    enum status status = wire_sweep(&wire, sweep, error);
    THEN(status, unpack_finish(&unpacker, "sweep", error));
    THEN(status, check_references(sweep, error));
    if (status != STATUS_OK) {
        sweep_release(sweep);
    }
    return status;
}

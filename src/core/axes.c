#include "core/axes.h"

#include "core/sweep.h"

static int64_t count_cases(const struct sweep *sweep)
{
    return sweep->n_cases;
}

static int64_t count_alphas(const struct sweep *sweep)
{
    return sweep->n_alphas;
}

static int64_t count_ablations(const struct sweep *sweep)
{
    return sweep->n_ablations;
}

static int64_t count_couplings(const struct sweep *sweep)
{
    (void)sweep;
    return COUPLING_COUNT;
}

static int64_t count_modes(const struct sweep *sweep)
{
    return sweep_max_hidden(sweep);
}

static int64_t count_partitions(const struct sweep *sweep)
{
    return sweep->n_partitions;
}

static struct label number_from_0(const struct sweep *sweep, int64_t i)
{
    (void)sweep;
    return (struct label){.integer = i};
}

static struct label number_from_1(const struct sweep *sweep, int64_t i)
{
    (void)sweep;
    return (struct label){.integer = i + 1};
}

static struct label alpha_at(const struct sweep *sweep, int64_t i)
{
    return (struct label){.real = sweep->alphas[i]};
}

static struct label ablation_at(const struct sweep *sweep, int64_t i)
{
    return (struct label){.text = ablation_name(sweep->ablations[i])};
}

static struct label coupling_at(const struct sweep *sweep, int64_t i)
{
    (void)sweep;
    return (struct label){.text = coupling_name((enum coupling)i)};
}

const struct axis AXIS_CASE = {"case", "number of the (model, task, matrix)", VALUE_I64,
                               count_cases, number_from_0};
const struct axis AXIS_ALPHA = {"alpha",
                                "threshold of the sector split, relative to the spectral radius",
                                VALUE_F64, count_alphas, alpha_at};
const struct axis AXIS_ABLATION = {"ablation", "set of couplings removed from the Schur form",
                                   VALUE_TEXT, count_ablations, ablation_at};
const struct axis AXIS_COUPLING = {"coupling", "RR and CC within a sector, CR rows R and columns C",
                                   VALUE_TEXT, count_couplings, coupling_at};
const struct axis AXIS_MODE = {"mode", "position on the diagonal of the ordered Schur form",
                               VALUE_I64, count_modes, number_from_0};
const struct axis AXIS_PARTITION = {"partition",
                                    "number of a partition of the ordered spectrum, from 1",
                                    VALUE_I64, count_partitions, number_from_1};

static const struct model_spec *model_of(const struct sweep *sweep, int64_t case_index)
{
    return &sweep->models[sweep->cases[case_index].model];
}

static struct label model_label(const struct sweep *sweep, int64_t i)
{
    return (struct label){.text = model_of(sweep, i)->label};
}

static struct label task_label(const struct sweep *sweep, int64_t i)
{
    return (struct label){.text = sweep->cases[i].task_label};
}

static struct label matrix_label(const struct sweep *sweep, int64_t i)
{
    (void)sweep;
    (void)i;
    return (struct label){.text = "hh"};
}

static struct label cell_label(const struct sweep *sweep, int64_t i)
{
    (void)sweep;
    (void)i;
    return (struct label){.text = "rnn"};
}

static struct label activation_label(const struct sweep *sweep, int64_t i)
{
    (void)sweep;
    (void)i;
    return (struct label){.text = "tanh"};
}

static struct label construction_label(const struct sweep *sweep, int64_t i)
{
    return (struct label){.text = model_of(sweep, i)->construction};
}

static struct label hidden_label(const struct sweep *sweep, int64_t i)
{
    return (struct label){.integer = model_of(sweep, i)->n_hidden};
}

static struct label seed_label(const struct sweep *sweep, int64_t i)
{
    return (struct label){.integer = model_of(sweep, i)->seed};
}

static struct label identity_label(const struct sweep *sweep, int64_t i)
{
    return (struct label){.text = model_of(sweep, i)->identity};
}

const struct case_label CASE_LABELS[] = {
    {{"model", "1", "model file, relative to the study", VALUE_TEXT, FILL_ZERO, {NULL}},
     model_label},
    {{"task", "1", "task the model was evaluated on", VALUE_TEXT, FILL_ZERO, {NULL}}, task_label},
    {{"matrix", "1", "recurrent matrix that is taken apart", VALUE_TEXT, FILL_ZERO, {NULL}},
     matrix_label},
    {{"cell", "1", "recurrent update of the network", VALUE_TEXT, FILL_ZERO, {NULL}}, cell_label},
    {{"activation", "1", "activation of the network", VALUE_TEXT, FILL_ZERO, {NULL}},
     activation_label},
    {{"construction", "1", "construction of the recurrent matrix", VALUE_TEXT, FILL_ZERO, {NULL}},
     construction_label},
    {{"hidden", "1", "width of the network", VALUE_I32, FILL_ZERO, {NULL}}, hidden_label},
    {{"seed", "1", "seed of the model, -1 if unknown", VALUE_I64, FILL_ZERO, {NULL}}, seed_label},
    {{"model_identity",
      "1",
      "hash of what determines the model and its own trials",
      VALUE_TEXT,
      FILL_ZERO,
      {NULL}},
     identity_label},
    {{.name = NULL}, NULL}};

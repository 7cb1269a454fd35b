#include "core/axes.h"

#include "core/sweep.h"

#define LENGTH(name, value)                                                                        \
    static int64_t name(const struct sweep *sweep)                                                 \
    {                                                                                              \
        (void)sweep;                                                                               \
        return (value);                                                                            \
    }
LENGTH(n_cases, sweep->n_cases)
LENGTH(n_alphas, sweep->n_alphas)
LENGTH(n_ablations, sweep->n_ablations)
LENGTH(n_couplings, COUPLING_COUNT)
LENGTH(n_modes, sweep_max_modes(sweep))
LENGTH(n_partitions, sweep->n_partitions)
LENGTH(n_oods, sweep->n_oods)

/* The label of place, or case, i; `member` is that of its type. */
#define LABEL(name, member, value)                                                                 \
    static struct label name(const struct sweep *sweep, int64_t i)                                 \
    {                                                                                              \
        (void)sweep;                                                                               \
        (void)i;                                                                                   \
        return (struct label){.member = (value)};                                                  \
    }
LABEL(from_0, integer, i)
LABEL(from_1, integer, i + 1)
LABEL(alpha, real, sweep->alphas[i])
LABEL(ablation, text, ablation_name(sweep->ablations[i]))
LABEL(ood_label, text, sweep->oods[i].label)
LABEL(coupling_label, text, coupling_name((enum coupling)i))

const struct axis AXIS_CASE = {"case", "number of the (model, task, matrix)", VALUE_I64, n_cases,
                               from_0};
const struct axis AXIS_ALPHA = {"alpha",
                                "threshold of the sector split, relative to the spectral radius",
                                VALUE_F64, n_alphas, alpha};
const struct axis AXIS_ABLATION = {"ablation", "set of couplings removed from the Schur form",
                                   VALUE_TEXT, n_ablations, ablation};
const struct axis AXIS_COUPLING = {"coupling", "RR and CC within a sector, CR rows R and columns C",
                                   VALUE_TEXT, n_couplings, coupling_label};
const struct axis AXIS_MODE = {"mode", "position on the diagonal of the ordered Schur form",
                               VALUE_I64, n_modes, from_0};
const struct axis AXIS_OOD = {"ood", "task with changed parameters", VALUE_TEXT, n_oods, ood_label};
const struct axis AXIS_PARTITION = {"partition",
                                    "number of a partition of the ordered spectrum, from 1",
                                    VALUE_I64, n_partitions, from_1};

static const struct model_spec *model_of(const struct sweep *sweep, int64_t case_index)
{
    return &sweep->models[sweep->cases[case_index].model];
}

static const struct model_spec *partner_of(const struct sweep *sweep, int64_t case_index)
{
    return &sweep->models[sweep->cases[case_index].partner];
}

static const struct cell_parts *cell_of(const struct sweep *sweep, int64_t case_index)
{
    return cell_parts(model_of(sweep, case_index)->cell.kind);
}

LABEL(model, text, model_of(sweep, i)->label)
LABEL(task, text, sweep->cases[i].task_label)
LABEL(matrix, text, sweep->cases[i].matrix)
LABEL(gauge, integer, sweep->cases[i].form.gauge)
LABEL(order, text, mode_order_name(sweep->cases[i].form.order))
LABEL(leak, real, model_of(sweep, i)->cell.leak)
LABEL(leak_form, text, leak_form_name(model_of(sweep, i)->cell.leak_form))
LABEL(cell, text, cell_of(sweep, i)->name)
LABEL(activation, text, activation_name(model_of(sweep, i)->cell.activation))
LABEL(construction, text, model_of(sweep, i)->construction)
LABEL(hidden, integer, model_of(sweep, i)->n_hidden)
LABEL(seed, integer, model_of(sweep, i)->seed)
LABEL(identity, text, model_of(sweep, i)->identity)
LABEL(partner, text, partner_of(sweep, i)->label)
LABEL(partner_seed, integer, partner_of(sweep, i)->seed)
LABEL(inputs_hash, integer, (int64_t)sweep->cases[i].inputs_hash)
LABEL(partner_identity, text, partner_of(sweep, i)->identity)

#define CASE_LABEL(name, long_name, type, of)                                                      \
    {                                                                                              \
        {name, "1", long_name, type, FILL_ZERO, {NULL}}, false, of                                 \
    }
#define PARTNER_LABEL(name, long_name, type, of)                                                   \
    {                                                                                              \
        {name, "1", long_name, type, FILL_ZERO, {NULL}}, true, of                                  \
    }
const struct case_label CASE_LABELS[] = {
    CASE_LABEL("model", "model file, relative to the study", VALUE_TEXT, model),
    CASE_LABEL("task", "task the model was evaluated on", VALUE_TEXT, task),
    CASE_LABEL("matrix", "recurrent matrix that is taken apart, or several together", VALUE_TEXT,
               matrix),
    CASE_LABEL("gauge",
               "form of the network that was taken apart: 0 as its file has it, -1 with balanced "
               "units, from 1 on in another choice of signs of its units",
               VALUE_I32, gauge),
    CASE_LABEL("order", "order of the modes: by the step operator or by the recurrent matrix alone",
               VALUE_TEXT, order),
    CASE_LABEL("cell", "recurrent update of the network", VALUE_TEXT, cell),
    CASE_LABEL("activation", "activation of the network", VALUE_TEXT, activation),
    {{"leak", "1", "leak of the units, 1 for none", VALUE_F64, FILL_NAN, {NULL}}, false, leak},
    CASE_LABEL("leak_form", "of the leak: rate or current", VALUE_TEXT, leak_form),
    CASE_LABEL("construction", "construction of the recurrent matrix", VALUE_TEXT, construction),
    CASE_LABEL("hidden", "width of the network", VALUE_I32, hidden),
    CASE_LABEL("seed", "seed of the model, -1 if unknown", VALUE_I64, seed),
    CASE_LABEL("model_identity", "hash of what determines the model and its own trials", VALUE_TEXT,
               identity),
    PARTNER_LABEL("model_2", "model file of the second network of the pair", VALUE_TEXT, partner),
    PARTNER_LABEL("seed_2", "seed of the second network, -1 if unknown", VALUE_I64, partner_seed),
    PARTNER_LABEL("model_identity_2", "identity of the second network", VALUE_TEXT,
                  partner_identity),
    PARTNER_LABEL("inputs_hash", "hash of the weights and ablation profiles of both", VALUE_I64,
                  inputs_hash),
    {{.name = NULL}, false, NULL}};

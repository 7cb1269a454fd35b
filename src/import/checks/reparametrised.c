/* Weights that are stored as something from which a module computes them. */
#include "import/checks/check.h"

#include <stdio.h>
#include <string.h>

/* Two entries under one name, each with an end of its own: "weight_orig", "weight_mask"; an end
 * alone says enough when `other` is NULL. */
static const struct {
    const char *end;
    const char *other;
    const char *what;
    const char *call;
} KINDS[] = {
    {"_orig", "_mask", "pruned", "torch.nn.utils.prune.remove(module, name)"},
    {"_orig", "_u", "divided by its spectral norm", "torch.nn.utils.remove_spectral_norm(module)"},
    {"_bar", "_u", "divided by its spectral norm", "torch.nn.utils.remove_spectral_norm(module)"},
    {"_g", "_v", "given as size and direction (weight norm)",
     "torch.nn.utils.remove_weight_norm(module)"},
    {".g", ".v", "given as size and direction (weight norm)",
     "torch.nn.utils.remove_weight_norm(module)"},
    {".scale", ".zero_point", "quantised", "module.dequantize(), or save the model before"},
    {"_scale", "_zero_point", "quantised", "module.dequantize(), or save the model before"},
    {".qweight", NULL, "quantised", "model.dequantize(), or save the model before"},
    {".SCB", NULL, "quantised", "model.dequantize(), or save the model before"},
    {"weight_scale", NULL, "quantised", "model.dequantize(), or save the model before"},
    {"quant_state", NULL, "quantised", "model.dequantize(), or save the model before"},
};

/* Words anywhere in a name. */
static const struct {
    const char *part;
    const char *what;
    const char *call;
} WORDS[] = {
    {"parametrizations.", "parametrised", "torch.nn.utils.parametrize.remove_parametrizations"},
    {"_packed_params", "quantised", "module.dequantize(), or save the model before"},
    {"weight_fake_quant", "prepared to be quantised", "save the model before"},
    {"lora_", "adapted by LoRA", "model = model.merge_and_unload()"},
    {"hada_w", "adapted by LoHa", "model = model.merge_and_unload()"},
    {"lokr_w", "adapted by LoKr", "model = model.merge_and_unload()"},
    {".base_layer.", "adapted (PEFT)", "model = model.merge_and_unload()"},
    {"ia3_l", "adapted by IA3", "model = model.merge_and_unload()"},
    {"_flat_param", "flattened (FSDP)", "FSDP.summon_full_params(model)"},
};

static enum status refuse(const struct import_table *table, const char *name, const char *what,
                          const char *call, struct error *error)
{
    return error_set(error, STATUS_INPUT,
                     "%s: %s: its weights are %s: call %s before saving (--ignore %s if it is no "
                     "part of the network)",
                     table->path, name, what, call, name);
}

static bool has_other(const struct import_table *table, const char *name, size_t stem,
                      const char *end)
{
    for (size_t i = 0; i < table->n_arrays; i++) {
        const char *const other = table->arrays[i].name;
        if (strncmp(name, other, stem) == 0 && strcmp(other + stem, end) == 0) {
            return true;
        }
    }
    return false;
}

static enum status check_name(const struct import_table *table, const char *name,
                              struct error *error)
{
    const size_t length = strlen(name);
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
        const size_t end = strlen(KINDS[i].end);
        if (length > end && strcmp(name + length - end, KINDS[i].end) == 0 &&
            (KINDS[i].other == NULL || has_other(table, name, length - end, KINDS[i].other))) {
            return refuse(table, name, KINDS[i].what, KINDS[i].call, error);
        }
    }
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        if (strstr(name, WORDS[i].part) != NULL) {
            return refuse(table, name, WORDS[i].what, WORDS[i].call, error);
        }
    }
    return STATUS_OK;
}

static enum status check(const struct import_table *table, const struct import_parts *parts,
                         struct import_findings *findings, struct error *error)
{
    (void)parts;
    (void)findings;
    for (size_t i = 0; i < table->n_arrays; i++) {
        if (!table->arrays[i].ignored) {
            TRY(check_name(table, table->arrays[i].name, error));
        }
    }
    return STATUS_OK;
}

const struct import_check IMPORT_CHECK_REPARAMETRISED = {
    .name = "weights that are computed", .stage = STAGE_NAMES, .run = check};

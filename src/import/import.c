#include "import/import.h"

#include "core/text.h"
#include "import/compose.h"
#include "import/matlab_view.h"
#include "import/weights.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { UNUSED_SHOWN = 4 };

/* ---- description ---- */

__attribute__((format(printf, 2, 3))) static void append(char *text, const char *format, ...)
{
    const size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text + used, IMPORT_DESCRIPTION_SIZE - used, format, arguments);
    va_end(arguments);
}

static void append_part(char *text, const char *title, const char *separator,
                        const struct import_part *part)
{
    static const char *const TURNS[] = {
        [TURN_NONE] = "",
        [TURN_BY_SHAPE] = " (transposed)",
        [TURN_BY_NAME] = " (transposed, as its name asks)",
        [TURN_BY_USER] = " (transposed)",
        [TURN_NONE_ASSUMED] = " (taken as [to, from])",
    };
    append(text, "%s", title);
    for (int i = 0; i < part->n_arrays; i++) {
        append(text, "%s%s", i > 0 ? separator : "", part->arrays[i]->name);
    }
    append(text, "%s", TURNS[part->turn]);
}

static void describe_parts(const struct import_part *part, bool h0_before_tanh, char *text)
{
    append_part(text, "; W_hh from ", "", &part[IMPORT_RECURRENT]);
    append_part(text, ", W_ih from ", "", &part[IMPORT_INPUT]);
    append_part(text, part[IMPORT_BIAS].n_arrays > 0 ? ", b_h = " : ", no bias b_h", " + ",
                &part[IMPORT_BIAS]);
    append_part(text, ", readout ", " over ", &part[IMPORT_READOUT]);
    append_part(text, part[IMPORT_READOUT_BIAS].n_arrays > 0 ? " + " : "",
                part[IMPORT_READOUT].n_arrays > 1 ? " over " : " + ", &part[IMPORT_READOUT_BIAS]);
    if (part[IMPORT_INITIAL_STATE].n_arrays == 0) {
        append(text, "; no initial state (zeros)");
    } else {
        append(text, h0_before_tanh ? "; h_0 = tanh(%s)" : "; h_0 from %s",
               part[IMPORT_INITIAL_STATE].arrays[0]->name);
    }
    append_part(text, part[IMPORT_CELL_STATE].n_arrays > 0 ? ", c_0 from " : "", "",
                &part[IMPORT_CELL_STATE]);
    append_part(text, part[IMPORT_DALE_SIGN].n_arrays > 0 ? ", signs of Dale's law from " : "", "",
                &part[IMPORT_DALE_SIGN]);
}

static void describe_mask(const struct import_findings *findings, char *text)
{
    if (findings->mask != NULL && findings->n_masked > 0) {
        append(text, "; W_hh multiplied by the mask %s, which has set %zu weights to 0",
               findings->mask->name, findings->n_masked);
    } else if (findings->mask != NULL) {
        append(text, "; the mask %s fits W_hh", findings->mask->name);
    }
}

static void describe_unused(const struct import_table *table, char *text)
{
    int count = 0;
    for (size_t i = 0; i < table->n_arrays; i++) {
        if (!table->arrays[i].used && !table->arrays[i].ignored && count++ < UNUSED_SHOWN) {
            append(text, "%s%s", count == 1 ? "; not used: " : ", ", table->arrays[i].name);
        }
    }
    if (count > UNUSED_SHOWN) {
        append(text, " and %d more", count - UNUSED_SHOWN);
    }
}

static void describe_cell(const struct import_findings *findings, char *text)
{
    const struct cell_parts *const parts = cell_parts(findings->cell.kind);
    if (!parts->has_activation) {
        append(text, "; %s with gates", parts->name);
        for (int i = 0; i < parts->n_gates; i++) {
            for (int gate = 0; gate < parts->n_gates; gate++) { /* as they stand in the file */
                if (findings->gate_in_file[gate] == i) {
                    append(text, " %s", parts->gates[gate]);
                }
            }
        }
        return;
    }
    append(text, "; %s%s",
           findings->activation_is_stated && findings->leak_is_stated ? "" : "taken as ",
           activation_name(findings->cell.activation));
    if (findings->cell.leak == 1.0) {
        append(text, " without leak");
    } else {
        append(text, " with a leak of %g, %s form", findings->cell.leak,
               leak_form_name(findings->cell.leak_form));
    }
}

/* ---- import ---- */

static enum status read_network(struct import_table *table, const struct import_request *request,
                                struct imported *imported, struct error *error)
{
    struct import_parts parts = {0};
    struct import_findings findings = {.cell = CELL_DEFAULT,
                                       .activation_is_told = request->tells_activation,
                                       .leak_is_told = request->tells_leak};
    findings.cell_is_told = request->tells_kind;
    if (request->tells_kind) {
        findings.cell.kind = request->cell.kind;
    }
    if (request->tells_activation) {
        findings.cell.activation = request->cell.activation;
    }
    if (request->tells_leak) {
        findings.cell.leak = request->cell.leak;
        findings.cell.leak_form = request->cell.leak_form;
    }
    struct import_names told = request->names;
    told.ignored_may_be_elsewhere = request->trials != NULL;
    const struct import_names *const names = &told;
    char *const text = imported->description;
    TRY(import_ignore(table, names, error));
    TRY(import_checks_run(STAGE_NAMES, table, &parts, &findings, error));
    TRY(import_compose_low_rank(table, names, &findings, error));
    TRY(import_compose_gates(table, error));
    TRY(import_choose_recurrent(table, names, &parts, error));
    TRY(import_checks_run(STAGE_RECURRENT, table, &parts, &findings, error));
    TRY(import_choose_others(table, names, &parts, error));
    TRY(import_checks_run(STAGE_PARTS, table, &parts, &findings, error));
    const enum orientation square =
        import_matlab_view(table, &parts, request->square, &findings.remark);
    TRY(import_weights(table, &findings, square, &parts, &imported->network, error));
    append(text, "%d units, %d inputs, %d outputs", imported->network.n_hidden,
           imported->network.n_in, imported->network.n_out);
    describe_parts(parts.part, findings.h0_before_tanh, text);
    describe_cell(&findings, text);
    if (findings.remark != NULL) {
        append(text, "; %s", findings.remark);
    }
    describe_mask(&findings, text);
    describe_unused(table, text);
    return STATUS_OK;
}

enum status import_read(const struct import_request *request, struct imported *imported,
                        struct error *error)
{
    struct import_table table;
    const struct trials *const trials = &imported->trials;
    *imported = (struct imported){0};
    TRY(import_table_open(&table, request->path, error));
    enum status status = read_network(&table, request, imported, error);
    import_table_release(&table);
    if (status == STATUS_OK && request->trials != NULL) {
        struct import_trials from = *request->trials;
        from.ignored = request->names.ignored;
        from.is_of_weights = strcmp(from.path, request->path) == 0;
        status = import_trials(&from, &imported->network, &imported->trials, &imported->trials_read,
                               error);
        imported->has_trials = status == STATUS_OK;
        append(imported->description, "; %d trials of %d steps%s from %s%s%s, metric %s",
               trials->n_trials, trials->n_steps, trials->h0 != NULL ? ", each with its h_0," : "",
               from.path, imported->trials_read.batch_first ? " (batch first)" : "",
               imported->trials_read.has_no_targets ? ", whose outputs are the targets" : "",
               metric_kind_name(trials->metric));
    }
    if (status != STATUS_OK) {
        imported_release(imported);
    }
    text_clean(imported->description); /* names come from files: the line stays one line */
    return status;
}

void imported_release(struct imported *imported)
{
    network_release(&imported->network);
    trials_release(&imported->trials);
    imported->has_trials = false;
}

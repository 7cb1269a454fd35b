#include "import/import.h"

#include "import/weights.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { UNUSED_SHOWN = 4 };

/* ---- description --------------------------------------------------------------------------------
 */

static void append(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void append(char *text, const char *format, ...)
{
    const size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text + used, IMPORT_DESCRIPTION_SIZE - used, format, arguments);
    va_end(arguments);
}

/* Names come from files: the line stays one line. */
static void replace_control_characters(char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) {
            *text = '?';
        }
    }
}

static const char *turn_text(enum import_turn turn)
{
    static const char *const TEXTS[] = {
        [TURN_NONE] = "",
        [TURN_BY_SHAPE] = " (transposed)",
        [TURN_BY_NAME] = " (transposed, as its name asks)",
        [TURN_BY_USER] = " (transposed)",
        [TURN_NONE_ASSUMED] = " (taken as [to, from])",
    };
    return TEXTS[turn];
}

static void append_sum(char *text, const struct import_part *part)
{
    for (int i = 0; i < part->n_arrays; i++) {
        append(text, "%s%s", i > 0 ? " + " : "", part->arrays[i]->name);
    }
}

static void describe_parts(const struct import_parts *parts, const enum import_turn *turns,
                           bool is_psychrnn, char *text)
{
    const struct import_part *const part = parts->part;
    append(text, "; W_hh from %s%s", part[IMPORT_RECURRENT].arrays[0]->name,
           turn_text(turns[IMPORT_RECURRENT]));
    append(text, ", W_ih from %s%s", part[IMPORT_INPUT].arrays[0]->name,
           turn_text(turns[IMPORT_INPUT]));
    append(text, part[IMPORT_BIAS].n_arrays > 0 ? ", b_h = " : ", no bias b_h");
    append_sum(text, &part[IMPORT_BIAS]);
    append(text, ", readout %s%s%s", part[IMPORT_READOUT].arrays[0]->name,
           turn_text(turns[IMPORT_READOUT]), part[IMPORT_READOUT_BIAS].n_arrays > 0 ? " + " : "");
    append_sum(text, &part[IMPORT_READOUT_BIAS]);
    if (part[IMPORT_INITIAL_STATE].n_arrays == 0) {
        append(text, "; no initial state (zeros)");
    } else {
        append(text, is_psychrnn ? "; h_0 = tanh(%s)" : "; h_0 from %s",
               part[IMPORT_INITIAL_STATE].arrays[0]->name);
    }
}

static void describe_dynamics(const struct import_dynamics *dynamics, char *text)
{
    const bool is_stated = dynamics->nonlinearity_is_stated && dynamics->leak_is_stated;
    append(text, is_stated ? "; tanh without leak" : "; taken as tanh without leak");
    if (dynamics->is_psychrnn) {
        append(text, "; PsychRNN: its weights have masks and Dale signs applied");
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

static void describe_trials(const struct import_request *request, const struct imported *imported,
                            char *text)
{
    const struct trials *const trials = &imported->trials;
    if (imported->has_trials) {
        append(text, "; %d trials of %d steps from %s%s, metric %s", trials->n_trials,
               trials->n_steps, request->trials->path,
               request->trials->batch_first ? " (batch first)" : "",
               metric_kind_name(trials->metric));
    }
}

/* ---- import -------------------------------------------------------------------------------------
 */

static enum status choose_parts(struct import_table *table, const struct import_request *request,
                                struct import_parts *parts, struct import_dynamics *dynamics,
                                struct error *error)
{
    *parts = (struct import_parts){0};
    TRY(import_ignore(table, &request->names, error));
    TRY(import_choose_recurrent(table, &request->names, parts, error));
    TRY(import_check_cell(table, parts, error));
    TRY(import_check_dynamics(table, request->assume_tanh, dynamics, error));
    TRY(import_choose_others(table, &request->names, parts, error));
    return import_check_readout(table, parts, error);
}

static enum status read_network(struct import_table *table, const struct import_request *request,
                                struct imported *imported, struct error *error)
{
    struct import_parts parts;
    struct import_dynamics dynamics;
    enum import_turn turns[IMPORT_READOUT + 1] = {TURN_NONE};
    char *const text = imported->description;
    TRY(choose_parts(table, request, &parts, &dynamics, error));
    TRY(import_weights(table, &parts, &dynamics, request->square, &imported->network, turns,
                       error));
    append(text, "%d units, %d inputs, %d outputs", imported->network.n_hidden,
           imported->network.n_in, imported->network.n_out);
    describe_parts(&parts, turns, dynamics.is_psychrnn, text);
    describe_dynamics(&dynamics, text);
    describe_unused(table, text);
    return STATUS_OK;
}

static enum status read_trials(const struct import_request *request, struct imported *imported,
                               struct error *error)
{
    if (request->trials == NULL) {
        return STATUS_OK;
    }
    TRY(import_trials(request->trials, &imported->network, &imported->trials, error));
    imported->has_trials = true;
    return STATUS_OK;
}

enum status import_read(const struct import_request *request, struct imported *imported,
                        struct error *error)
{
    struct import_table table;
    *imported = (struct imported){0};
    TRY(import_table_open(&table, request->path, error));
    enum status status = read_network(&table, request, imported, error);
    import_table_release(&table);
    if (status == STATUS_OK) {
        status = read_trials(request, imported, error);
    }
    if (status != STATUS_OK) {
        imported_release(imported);
        return status;
    }
    describe_trials(request, imported, imported->description);
    replace_control_characters(imported->description);
    return STATUS_OK;
}

void imported_release(struct imported *imported)
{
    network_release(&imported->network);
    trials_release(&imported->trials);
    imported->has_trials = false;
}

#include "core/cell.h"

#include "core/cells/cell_list.h"

#include <stdio.h>
#include <string.h>

const struct cell CELL_DEFAULT = {.leak = 1.0};

static const struct cell_parts *const PARTS[] = {
#define CELL(id) &CELL_PARTS_##id,
#include "core/cells/cells.def"
#undef CELL
};

static const char *const ACTIVATIONS[] = {
#define ACTIVATION_NAME(id, name) name,
    ACTIVATION_LIST(ACTIVATION_NAME)
#undef ACTIVATION_NAME
};

static const char *const LEAK_FORMS[] = {"rate", "current"};

bool cell_is_default(const struct cell *cell)
{
    return cell->kind == CELL_DEFAULT.kind && cell->activation == CELL_DEFAULT.activation &&
           cell->leak == CELL_DEFAULT.leak && cell->leak_form == CELL_DEFAULT.leak_form;
}

const struct cell_parts *cell_parts(enum cell_kind kind)
{
    return PARTS[kind];
}

gate_set cell_candidate(enum cell_kind kind)
{
    return 1u << PARTS[kind]->matrix;
}

static const char *const MODE_ORDERS[] = {"step", "recurrent"};

const char *mode_order_name(enum mode_order order)
{
    return MODE_ORDERS[order];
}

int cell_gauge(const struct cell *cell)
{
    return PARTS[cell->kind]->has_activation && cell->activation == ACTIVATION_RELU ? GAUGE_BALANCED
                                                                                    : GAUGE_STORED;
}

int gate_set_count(gate_set gates)
{
    return __builtin_popcount(gates);
}

const char *gate_set_name(enum cell_kind kind, gate_set gates, char text[GATE_SET_NAME_SIZE])
{
    size_t length = 0;
    text[0] = '\0';
    for (int gate = 0; gate < PARTS[kind]->n_gates; gate++) {
        if ((gates >> gate & 1) != 0) {
            const int printed = snprintf(text + length, GATE_SET_NAME_SIZE - length, "%s%s",
                                         length > 0 ? "+" : "", PARTS[kind]->gates[gate]);
            length += (size_t)printed;
        }
    }
    return text;
}

bool gate_set_from_name(enum cell_kind kind, const char *name, gate_set *gates)
{
    gate_set found = 0;
    while (true) {
        const size_t length = strcspn(name, "+");
        int gate = 0;
        while (gate < PARTS[kind]->n_gates &&
               (strlen(PARTS[kind]->gates[gate]) != length ||
                strncmp(PARTS[kind]->gates[gate], name, length) != 0)) {
            gate++;
        }
        if (gate == PARTS[kind]->n_gates || (found >> gate & 1) != 0) {
            return false;
        }
        found |= 1u << gate;
        if (name[length] == '\0') {
            *gates = found;
            return true;
        }
        name += length + 1;
    }
}

int cell_gate_apart(enum cell_kind kind)
{
    const struct cell_parts *const parts = PARTS[kind];
    return parts->has_bias_hn ? parts->rows[parts->n_rows - 1].gate : -1;
}

bool cell_is_sound(const struct cell *cell)
{
    return PARTS[cell->kind]->has_activation ||
           (cell->activation == CELL_DEFAULT.activation && cell->leak == CELL_DEFAULT.leak &&
            cell->leak_form == CELL_DEFAULT.leak_form);
}

const char *activation_name(enum activation activation)
{
    return ACTIVATIONS[activation];
}

const char *leak_form_name(enum leak_form form)
{
    return LEAK_FORMS[form];
}

static int find(const char *const *names, int count, const char *name)
{
    int i = 0;
    while (i < count && strcmp(names[i], name) != 0) {
        i++;
    }
    return i;
}

bool cell_kind_from_name(const char *name, enum cell_kind *kind)
{
    for (int i = 0; i < CELL_KIND_COUNT; i++) {
        if (strcmp(name, PARTS[i]->name) == 0) {
            *kind = (enum cell_kind)i;
            return true;
        }
    }
    return false;
}

bool mode_order_from_name(const char *name, enum mode_order *order)
{
    *order = (enum mode_order)find(MODE_ORDERS, ORDER_COUNT, name);
    return *order < ORDER_COUNT;
}

bool activation_from_name(const char *name, enum activation *activation)
{
    *activation = (enum activation)find(ACTIVATIONS, ACTIVATION_COUNT, name);
    return *activation < ACTIVATION_COUNT;
}

bool leak_form_from_name(const char *name, enum leak_form *form)
{
    *form = (enum leak_form)find(LEAK_FORMS, LEAK_FORM_COUNT, name);
    return *form < LEAK_FORM_COUNT;
}

bool cell_is_unbounded(const struct cell *cell)
{
    return PARTS[cell->kind]->has_activation &&
           (cell->activation == ACTIVATION_RELU || cell->activation == ACTIVATION_SOFTPLUS ||
            cell->activation == ACTIVATION_IDENTITY);
}

/* The update of a recurrent network from step to step. An rnn has an activation f and a leak a in
 * (0, 1]:
 *
 *     rate       h_t = (1 - a) h_{t-1} + a f(W_hh h_{t-1} + W_ih x_t + b_h)
 *                y_t = W_hy h_t + b_y
 *     current    v_t = (1 - a) v_{t-1} + a (W_hh f(v_{t-1}) + W_ih x_t + b_h)
 *                y_t = W_hy f(v_t) + b_y
 *
 * The initial state is h_0 or v_0. With a = 1 nothing is remembered beside W_hh, and the two differ
 * by it alone: the first product takes h_0, or f(v_0).
 *
 * Gated cells are those of PyTorch (Cho et al. 2014, as nn.GRU; Hochreiter and Schmidhuber 1997, as
 * nn.LSTM): with s(x) = 1 / (1 + e^-x), products of vectors entry by entry, and a matrix W_g, an
 * input matrix U_g and a bias b_g for each gate g,
 *
 *     gru     r = s(W_r h_{t-1} + U_r x_t + b_r),    z = s(W_z h_{t-1} + U_z x_t + b_z)
 *             n = tanh(U_n x_t + b_n + r (W_n h_{t-1} + b_hn)),    h_t = (1 - z) n + z h_{t-1}
 *     lstm    i, f, o = s(W_g h_{t-1} + U_g x_t + b_g),    g = tanh(W_g h_{t-1} + U_g x_t + b_g)
 *             c_t = f c_{t-1} + i g,    h_t = o tanh(c_t)
 *
 * and y_t = W_hy h_t + b_y, from h_0 and c_0. */
#pragma once

#include <stdbool.h>

#define ACTIVATION_LIST(X)                                                                         \
    X(TANH, "tanh")                                                                                \
    X(RELU, "relu")                                                                                \
    X(SOFTPLUS, "softplus")                                                                        \
    X(SIGMOID, "sigmoid")                                                                          \
    X(RETANH, "retanh")                                                                            \
    X(IDENTITY, "identity")

/* For messages that tell what was expected. */
#define CELL_KIND_NAMES "rnn, gru or lstm"
#define ACTIVATION_NAMES "tanh, relu, softplus, sigmoid, retanh or identity"

/* softplus is log(1 + e^x), sigmoid 1 / (1 + e^-x), retanh tanh(max(x, 0)). */
enum activation {
#define ACTIVATION_ENUM(id, name) ACTIVATION_##id,
    ACTIVATION_LIST(ACTIVATION_ENUM)
#undef ACTIVATION_ENUM
        ACTIVATION_COUNT
};

enum leak_form { LEAK_RATE, LEAK_CURRENT, LEAK_FORM_COUNT };

/* All kinds of cells: CELL_RNN, CELL_GRU, ... */
enum cell_kind {
#define CELL(id) CELL_##id,
#include "core/cells/cells.def"
#undef CELL
    CELL_KIND_COUNT
};

enum { CELL_MAX_GATES = 4, CELL_MAX_ROWS = 4, CELL_MAX_WORK = 5 };

/* One sum of a unit, b + U x + W h. */
struct cell_row {
    int gate;       /* whose weights these are */
    bool of_inputs; /* it has U x, and b of bias_h */
    bool of_units;  /* it has W h; without inputs the bias is bias_hn */
};

/* What a cell is made of: a const struct CELL_PARTS_<KIND> in a file of its own; cells.def names
 * them all. */
struct cell_parts {
    const char *name;
    int n_gates;
    const char *gates[CELL_MAX_GATES]; /* also the names of their recurrent matrices; in the order
                                          in which files stack their rows, as PyTorch does */
    int matrix; /* the gate whose matrix is taken apart unless another is asked for */
    /* The sums of one unit in the order in which rollouts keep them: those without units, then
     * those with both, then those without inputs. */
    int n_rows;
    struct cell_row rows[CELL_MAX_ROWS];
    int n_work; /* values that a step of one unit works with: its sums, and what follows them */
    bool has_activation; /* and a leak */
    bool has_bias_hn;    /* a second bias, inside of a product with a gate: that of the last row */
    bool has_c0;         /* a second state */
};

struct cell {
    enum cell_kind kind;
    enum activation activation; /* tanh where the kind has none */
    enum leak_form leak_form;
    double leak; /* a; 1 where the kind has none */
};

/* An rnn of tanh without a leak. */
extern const struct cell CELL_DEFAULT;

bool cell_is_default(const struct cell *cell);

const struct cell_parts *cell_parts(enum cell_kind kind);

/* A set of gates, bit g for gate g: whose recurrent matrices are taken apart together. */
typedef unsigned gate_set;
enum { GATE_SET_NAME_SIZE = 32 };

/* The one that is taken apart unless others are asked for. */
gate_set cell_candidate(enum cell_kind kind);

int gate_set_count(gate_set gates);

/* "n", "r+z"; returns text. */
const char *gate_set_name(enum cell_kind kind, gate_set gates, char text[GATE_SET_NAME_SIZE]);

/* The set of that name, gates in any order; false when it is none. */
bool gate_set_from_name(enum cell_kind kind, const char *name, gate_set *gates);

/* By which modulus of an eigenvalue modes are ordered, in a network with a leak: that of the step
 * operator (1 - a) I + a W, or of W itself. Without a leak they are the same. */
enum mode_order { ORDER_STEP, ORDER_RECURRENT, ORDER_COUNT };
const char *mode_order_name(enum mode_order order);
bool mode_order_from_name(const char *name, enum mode_order *order);

/* In which of its equivalent forms a network is taken apart, where couplings depend on it: as its
 * file has it, with balanced units (kernel/balance.h), or in another choice of signs
 * (kernel/gauge.h), from 1 on. */
enum { GAUGE_BALANCED = -1, GAUGE_STORED = 0 };

/* The form that a network has unless another is asked for: of ReLU GAUGE_BALANCED. */
int cell_gauge(const struct cell *cell);

/* How a network is taken apart. */
struct network_form {
    gate_set gates; /* whose recurrent matrices */
    int gauge;
    enum mode_order order;
};

/* The gate whose bias of units (bias_hn) is kept apart from its bias of inputs; -1 when none is. */
int cell_gate_apart(enum cell_kind kind);

/* Whether the kind has such an activation and leak. */
bool cell_is_sound(const struct cell *cell);

/* "tanh", ...; "rate" or "current". */
const char *activation_name(enum activation activation);
const char *leak_form_name(enum leak_form form);

/* The one of that name; false when there is none. */
bool cell_kind_from_name(const char *name, enum cell_kind *kind);
bool activation_from_name(const char *name, enum activation *activation);
bool leak_form_from_name(const char *name, enum leak_form *form);

/* Whether outputs can grow without bound where weights have been changed: infinity is a result of
 * such a network, and no failure. */
bool cell_is_unbounded(const struct cell *cell);

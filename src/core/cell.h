/* The update of a recurrent network from step to step: an activation f and a leak a in (0, 1].
 *
 *     rate       h_t = (1 - a) h_{t-1} + a f(W_hh h_{t-1} + W_ih x_t + b_h)
 *                y_t = W_hy h_t + b_y
 *     current    v_t = (1 - a) v_{t-1} + a (W_hh f(v_{t-1}) + W_ih x_t + b_h)
 *                y_t = W_hy f(v_t) + b_y
 *
 * The initial state is h_0 or v_0. With a = 1 nothing is remembered beside W_hh, and the two differ
 * by it alone: the first product takes h_0, or f(v_0). */
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
#define ACTIVATION_NAMES "tanh, relu, softplus, sigmoid, retanh or identity"

/* softplus is log(1 + e^x), sigmoid 1 / (1 + e^-x), retanh tanh(max(x, 0)). */
enum activation {
#define ACTIVATION_ENUM(id, name) ACTIVATION_##id,
    ACTIVATION_LIST(ACTIVATION_ENUM)
#undef ACTIVATION_ENUM
        ACTIVATION_COUNT
};

enum leak_form { LEAK_RATE, LEAK_CURRENT, LEAK_FORM_COUNT };

struct cell {
    enum activation activation;
    enum leak_form leak_form;
    double leak; /* a */
};

/* tanh without a leak. */
extern const struct cell CELL_DEFAULT;

bool cell_is_default(const struct cell *cell);

/* "tanh", ...; "rate" or "current". */
const char *activation_name(enum activation activation);
const char *leak_form_name(enum leak_form form);

/* The one of that name; false when there is none. */
bool activation_from_name(const char *name, enum activation *activation);
bool leak_form_from_name(const char *name, enum leak_form *form);

/* Whether outputs can grow without bound where weights have been changed: infinity is a result of
 * such a network, and no failure. */
bool activation_is_unbounded(enum activation activation);

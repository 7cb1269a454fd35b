/* What names and texts say of a network's dynamics, read as whole words. */
#pragma once

#include "core/cell.h"

#include <stdbool.h>

enum dynamics_key {
    DYNAMICS_NOTHING,
    DYNAMICS_NONLINEARITY,
    DYNAMICS_READOUT_NONLINEARITY, /* of what stands on the units */
    DYNAMICS_GATE_NONLINEARITY,    /* of the gates */
    DYNAMICS_LEAK,                 /* a name from which a value is known to be a leak */
    DYNAMICS_STEP,                 /* a time step */
    DYNAMICS_TIME,                 /* a time constant */
    DYNAMICS_LEAK_FORM,
    DYNAMICS_LIKE_LEAK, /* a name that may mean a leak */
    DYNAMICS_LIKE_TIME, /* a name that may mean a time constant, or what a leak leaves */
    DYNAMICS_SLOPE,     /* by which the activation's argument is multiplied, or shifted */
    DYNAMICS_BACKWARDS  /* whether the input is read from its end */
};

/* What the value under a name is about. */
enum dynamics_key dynamics_key(const char *name);

enum activation_word {
    ACTIVATION_NO_WORD, /* the text is no name of an activation, or more than a name */
    ACTIVATION_OURS,
    ACTIVATION_FOREIGN /* a known one that networks here cannot have */
};

/* Reads a text that is a name and nothing else: "Tanh()", "torch.nn.functional.relu",
 * "<function tanh at 0x7f00>", "RNN_RELU", "nn.ReLU(inplace=True)"; not "rectified tanh", "tanh +
 * 1". *activation is set for ACTIVATION_OURS. */
enum activation_word activation_word(const char *text, enum activation *activation);

/* A whole number or fraction, such as "0.2", " 2e-1 " or "1/5"; false for all else. */
bool number_word(const char *text, double *value);

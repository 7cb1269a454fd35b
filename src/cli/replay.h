/* An imported network on its trials: what it answers here, against what is known of it. */
#pragma once

#include "core/network.h"
#include "core/trials.h"

enum { REPLAY_CAUSE_SIZE = 320 };

/* Outputs of a network that was saved in float32 differ by no more of their scale. */
#define REPLAY_TOLERANCE 1e-4

struct replay {
    double fvu;      /* infinite when the outputs are no numbers */
    double accuracy; /* NaN for trials that are measured by fvu alone */
    double mismatch; /* largest distance from trials->outputs, in standard deviations of those; NaN
                      * without them */
};

/* Runs the network in float64 with the program's own rollout. Local. */
MUST_CHECK enum status replay_run(const struct network *network, const struct trials *trials,
                                  struct replay *replay, struct error *error);

/* The same on trials whose steps and trials stand in each other's place, on some of them when they
 * are many; trials without h0. Local. */
MUST_CHECK enum status replay_run_swapped(const struct network *network,
                                          const struct trials *trials, struct replay *replay,
                                          struct error *error);

/* What an import should have come to. */
struct replay_goal {
    double expected_fvu; /* NaN when nobody knows */
    bool batch_first;    /* how the axes of the trials were read */
};

/* Looks for what would explain a replay that is not as it should be, by trying: trials with the
 * other axis first, transposed matrices, other activations, leaks, no biases, no initial state, and
 * some of them together. The best is where outputs fit, else where the FVU is the expected one,
 * else where it is small. cause is "" when nothing explains it. Takes seconds at most. Local. */
MUST_CHECK enum status replay_find_cause(const struct network *network, const struct trials *trials,
                                         const struct replay_goal *goal,
                                         char cause[REPLAY_CAUSE_SIZE], struct error *error);

/* What is known of the training of a model. */
#pragma once

#include <math.h>
#include <stdint.h>

struct training_facts {
    int8_t converged; /* 1 reached its target, 0 did not, -1 not trained by this program */
    double metric;
    double loss;
    int32_t steps; /* -1 unknown */
    double seconds;
};

/* Facts of a model that came from elsewhere. */
static inline struct training_facts training_facts_missing(void)
{
    return (struct training_facts){
        .converged = -1, .metric = NAN, .loss = NAN, .steps = -1, .seconds = NAN};
}

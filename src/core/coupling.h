/* Couplings between the two sectors, and the sets of them that an ablation removes. */
#pragma once

#include <stdbool.h>

/* CR: rows R, columns C, the paper's T_{C->R}. The order is that of the axis `coupling`. */
enum coupling { COUPLING_RR, COUPLING_CR, COUPLING_CC, COUPLING_COUNT };

/* A set is a bit mask of 1 << coupling. */
typedef unsigned ablation_set;

enum {
    ABLATION_NONE = 0,
    ABLATION_ALL = (1 << COUPLING_COUNT) - 1,
    ABLATION_SET_COUNT = 1 << COUPLING_COUNT
};

/* The fixed order: none, RR, CR, CC, RR+CR, RR+CC, CR+CC, RR+CR+CC. */
extern const ablation_set ABLATION_ORDER[ABLATION_SET_COUNT];

static inline bool ablation_has(ablation_set set, enum coupling coupling)
{
    return (set >> coupling & 1u) != 0;
}

/* "RR", "CR" or "CC". */
const char *coupling_name(enum coupling coupling);

/* "none", "RR", ..., "RR+CR+CC". */
const char *ablation_name(ablation_set set);

/* Finds a set by its name; false when there is none of that name. */
bool ablation_from_name(const char *name, ablation_set *set);

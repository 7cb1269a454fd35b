#include "core/coupling.h"

#include <string.h>

#define RR (1u << COUPLING_RR)
#define CR (1u << COUPLING_CR)
#define CC (1u << COUPLING_CC)

const ablation_set ABLATION_ORDER[ABLATION_SET_COUNT] = {
    ABLATION_NONE, RR, CR, CC, RR | CR, RR | CC, CR | CC, RR | CR | CC};

static const char *const SET_NAMES[ABLATION_SET_COUNT] = {[ABLATION_NONE] = "none",
                                                          [RR] = "RR",
                                                          [CR] = "CR",
                                                          [CC] = "CC",
                                                          [RR | CR] = "RR+CR",
                                                          [RR | CC] = "RR+CC",
                                                          [CR | CC] = "CR+CC",
                                                          [RR | CR | CC] = "RR+CR+CC"};

const char *coupling_name(enum coupling coupling)
{
    return SET_NAMES[1u << coupling];
}

const char *ablation_name(ablation_set set)
{
    return SET_NAMES[set];
}

bool ablation_from_name(const char *name, ablation_set *set)
{
    for (ablation_set i = 0; i < ABLATION_SET_COUNT; i++) {
        if (strcmp(SET_NAMES[i], name) == 0) {
            *set = i;
            return true;
        }
    }
    return false;
}

/* Programs of which this is a source are linked with --wrap=rollout_create. */
#ifndef SCHURSWEEP_TESTS_SUPPORT_ROLLOUT_FAULT_H
#define SCHURSWEEP_TESTS_SUPPORT_ROLLOUT_FAULT_H

#include <stdbool.h>

/* True: rollouts find no memory. */
extern bool rollouts_lack_memory;

#endif

/* Programs of which this is a source are linked with --wrap=rollout_create. */
#pragma once

#include <stdbool.h>

/* True: rollouts find no memory. */
extern bool rollouts_lack_memory;

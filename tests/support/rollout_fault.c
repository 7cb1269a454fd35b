#include "support/rollout_fault.h"

#include "kernel/dynamics/rollout.h"

bool rollouts_lack_memory;

enum status __real_rollout_create(struct rollout **out, const struct network *network,
                                  const struct packed_trials *trials, enum isa path,
                                  struct error *error);
enum status __wrap_rollout_create(struct rollout **out, const struct network *network,
                                  const struct packed_trials *trials, enum isa path,
                                  struct error *error);

enum status __wrap_rollout_create(struct rollout **out, const struct network *network,
                                  const struct packed_trials *trials, enum isa path,
                                  struct error *error)
{
    return rollouts_lack_memory ? error_set(error, STATUS_INTERNAL, "out of memory: 9 elements")
                                : __real_rollout_create(out, network, trials, path, error);
}

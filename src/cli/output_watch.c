#include "cli/output_watch.h"

#include "core/clock.h"

static const double INTERVAL = 1.0;

static struct stop_wish ask(void *context)
{
    struct output_watch *const watch = context;
    const struct stop_wish wish = stop_ask(&watch->inner);
    const double now = clock_seconds();
    struct error ignored;
    if (!watch->is_lost && now >= watch->next_look) {
        watch->next_look = now + INTERVAL;
        watch->is_lost = lock_check(watch->lock, watch->output, &ignored) != STATUS_OK;
    }
    return wish.kind != STOP_NOW && watch->is_lost
               ? (struct stop_wish){STOP_NOW, "the results file is lost"}
               : wish;
}

struct stop_source output_watch_source(struct output_watch *watch)
{
    return (struct stop_source){ask, watch};
}

#include "worker/heartbeat.h"

#include "core/clock.h"
#include "store/crash_mark.h"

#include <stddef.h>

static const double INTERVAL = 1.0;

void heartbeat_watch(const struct heartbeat *heartbeat)
{
    if (heartbeat->self_watch > 0) {
        crash_mark_watch(heartbeat->self_watch);
    }
}

void heartbeat_unwatch(const struct heartbeat *heartbeat)
{
    if (heartbeat->self_watch > 0) {
        crash_mark_watch(0);
    }
}

void heartbeat_send(struct heartbeat *heartbeat)
{
    const double now = clock_seconds();
    if (now - heartbeat->last < INTERVAL) {
        return;
    }
    heartbeat->last = now;
    if (heartbeat->watcher != NULL && heartbeat->watcher->heartbeat != NULL) {
        heartbeat->watcher->heartbeat(heartbeat->watcher->context);
    }
    heartbeat_watch(heartbeat);
}

enum status heartbeat_check_stop(const struct heartbeat *heartbeat, struct error *error)
{
    if (heartbeat->watcher == NULL || !stop_is_urgent(&heartbeat->watcher->stop)) {
        return STATUS_OK;
    }
    return error_set(error, STATUS_STOPPED, "stopped early (%s), run the same command again",
                     stop_ask(&heartbeat->watcher->stop).reason);
}

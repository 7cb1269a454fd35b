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

enum status heartbeat_go_on(void *context, struct error *error)
{
    struct heartbeat *const heartbeat = context;
    const struct work_watcher *const watcher = heartbeat->watcher;
    const double now = clock_seconds();
    enum status status = STATUS_OK;
    if (watcher != NULL && stop_is_urgent(&watcher->stop)) {
        status = error_set(error, STATUS_STOPPED, "stopped early (%s), run the same command again",
                           stop_ask(&watcher->stop).reason);
    }
    if (now - heartbeat->last >= INTERVAL) {
        heartbeat->last = now;
        if (watcher != NULL && watcher->heartbeat != NULL) {
            watcher->heartbeat(watcher->context);
        }
        heartbeat_watch(heartbeat);
    }
    return status;
}

#include "worker/heartbeat.h"

#include "core/clock.h"
#include "store/crash_mark.h"

#include <stddef.h>

static const double INTERVAL = 1.0;

void heartbeat_watch(const struct heartbeat *signs)
{
    if (signs->self_watch > 0) {
        crash_mark_watch(signs->self_watch);
    }
}

void heartbeat_unwatch(const struct heartbeat *signs)
{
    if (signs->self_watch > 0) {
        crash_mark_watch(0);
    }
}

void heartbeat_send(struct heartbeat *signs)
{
    const double now = clock_seconds();
    if (now - signs->last < INTERVAL) {
        return;
    }
    signs->last = now;
    if (signs->watcher != NULL && signs->watcher->alive != NULL) {
        signs->watcher->alive(signs->watcher->context);
    }
    heartbeat_watch(signs);
}

enum status heartbeat_check_stop(const struct heartbeat *signs, struct error *error)
{
    if (signs->watcher == NULL || !stop_is_urgent(&signs->watcher->stop)) {
        return STATUS_OK;
    }
    return error_set(error, STATUS_STOPPED, "stopped early (%s), run the same command again",
                     stop_ask(&signs->watcher->stop).reason);
}

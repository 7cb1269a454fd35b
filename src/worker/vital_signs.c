#include "worker/vital_signs.h"

#include "store/crash_mark.h"
#include "worker/cell_buffer.h"

#include <stddef.h>

static const double INTERVAL = 1.0;

void vital_signs_wind(const struct vital_signs *signs)
{
    if (signs->self_watch > 0) {
        crash_mark_watch(signs->self_watch);
    }
}

void vital_signs_rest(const struct vital_signs *signs)
{
    if (signs->self_watch > 0) {
        crash_mark_watch(0);
    }
}

void vital_signs_give(struct vital_signs *signs)
{
    const double now = worker_clock();
    if (now - signs->last < INTERVAL) {
        return;
    }
    signs->last = now;
    if (signs->watcher != NULL && signs->watcher->alive != NULL) {
        signs->watcher->alive(signs->watcher->context);
    }
    vital_signs_wind(signs);
}

enum status vital_signs_check_stop(const struct vital_signs *signs, struct error *error)
{
    if (signs->watcher == NULL || !stop_is_urgent(&signs->watcher->stop)) {
        return STATUS_OK;
    }
    return error_set(error, STATUS_STOPPED, "stopped early (%s), run the same command again",
                     stop_ask(&signs->watcher->stop).reason);
}

#include "support/untouched.h"

#include "support/check.h"

#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

int untouched_begin(const char *path)
{
    const int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    assert_true(watch >= 0);
    assert_true(inotify_add_watch(watch, path, IN_ALL_EVENTS) >= 0);
    return watch;
}

void untouched_end(int watch)
{
    struct inotify_event event;
    errno = 0;
    const ssize_t got = read(watch, &event, sizeof event);
    const int reason = errno;
    (void)close(watch);
    assert_int_equal(got, -1);
    assert_int_equal(reason, EAGAIN);
}

/* Preloaded into the program: CLOCK_STEP_AFTER seconds after its start the time of day steps by
 * CLOCK_STEP seconds, for it alone. The clock of intervals goes on as it does. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static struct timespec begin;

__attribute__((constructor)) static void note_begin(void)
{
    (void)syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &begin);
}

static long step_of(const char *name)
{
    const char *const value = getenv(name);
    return value != NULL ? strtol(value, NULL, 10) : 0;
}

int clock_gettime(clockid_t id, struct timespec *now)
{
    struct timespec monotonic;
    const int result = (int)syscall(SYS_clock_gettime, id, now);
    (void)syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &monotonic);
    if (result == 0 && id == CLOCK_REALTIME &&
        monotonic.tv_sec - begin.tv_sec >= step_of("CLOCK_STEP_AFTER")) {
        now->tv_sec += step_of("CLOCK_STEP");
    }
    return result;
}

time_t time(time_t *out)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (out != NULL) {
        *out = now.tv_sec;
    }
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    *out = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    return 0;
}

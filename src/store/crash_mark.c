#include "store/crash_mark.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { STACK_SIZE = 64 * 1024 };

static const int SIGNALS[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
enum { N_SIGNALS = sizeof SIGNALS / sizeof SIGNALS[0] };

/* A signal handler has no argument of ours, so what it needs lies here. */
static struct {
    volatile off_t place;
    volatile int descriptor;
    volatile sig_atomic_t ticks_left; /* of the watch */
    struct sigaction before[N_SIGNALS];
    char stack[STACK_SIZE]; /* a crash may be for lack of stack */
} mark = {.place = -1, .descriptor = -1};

/* Only calls that are safe in a handler. */
static void add_one(off_t place)
{
    unsigned char count = 0;
    if (mark.place >= 0 && pread(mark.descriptor, &count, 1, place) == 1 && count < 255) {
        count++;
        (void)!pwrite(mark.descriptor, &count, 1, place);
    }
}

static void on_crash(int number)
{
    add_one(mark.place);
    for (int i = 0; i < N_SIGNALS; i++) {
        if (SIGNALS[i] == number) {
            (void)sigaction(number, &mark.before[i], NULL);
        }
    }
    (void)raise(number); /* delivered when this handler returns */
}

/* A tick of the watch, once a second. Of those of a process that is suspended one is kept and no
 * more: time in which it cannot run does not count. */
static void on_tick(int number)
{
    static const char message[] =
        "schursweep: a work unit took longer than --stall-timeout, stopped: "
        "run the same command again\n";
    (void)number;
    if (--mark.ticks_left > 0) {
        return;
    }
    add_one(mark.place + 1);
    (void)!write(STDERR_FILENO, message, sizeof message - 1);
    _exit(STATUS_STOPPED);
}

enum status crash_mark_begin(const char *path, struct error *error)
{
    const stack_t stack = {.ss_sp = mark.stack, .ss_size = STACK_SIZE};
    struct sigaction action = {.sa_handler = on_crash, .sa_flags = SA_ONSTACK};
    mark.descriptor = open(path, O_RDWR | O_CLOEXEC);
    if (mark.descriptor < 0) {
        return error_set(error, STATUS_IO, "%s: cannot open: %s", path, strerror(errno));
    }
    (void)sigaltstack(&stack, NULL);
    (void)sigemptyset(&action.sa_mask);
    for (int i = 0; i < N_SIGNALS; i++) {
        (void)sigaction(SIGNALS[i], &action, &mark.before[i]);
    }
    return STATUS_OK;
}

void crash_mark_end(void)
{
    if (mark.descriptor < 0) {
        return;
    }
    crash_mark_watch(0);
    crash_mark_disarm();
    for (int i = 0; i < N_SIGNALS; i++) {
        (void)sigaction(SIGNALS[i], &mark.before[i], NULL);
    }
    (void)close(mark.descriptor);
    mark.descriptor = -1;
}

void crash_mark_arm(off_t place)
{
    mark.place = place;
}

void crash_mark_disarm(void)
{
    mark.place = -1;
}

void crash_mark_watch(unsigned seconds)
{
    static const struct itimerval never = {{0, 0}, {0, 0}};
    static const struct itimerval every_second = {{1, 0}, {1, 0}};
    if (seconds > 0) {
        const struct sigaction action = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
        mark.ticks_left = seconds < SIG_ATOMIC_MAX ? (sig_atomic_t)seconds : SIG_ATOMIC_MAX;
        (void)sigaction(SIGALRM, &action, NULL);
    }
    (void)setitimer(ITIMER_REAL, seconds > 0 ? &every_second : &never, NULL);
}

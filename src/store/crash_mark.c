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
    volatile off_t attempts; /* byte of the armed work unit in the in-flight journal */
    volatile int descriptor;
    volatile sig_atomic_t ticks_left;   /* of the watch; 0: none */
    volatile sig_atomic_t urgent_ticks; /* since an urgent wish was first seen */
    struct stop_source stop;            /* that the process obeys; zeros: none */
    struct sigaction before[N_SIGNALS];
    char stack[STACK_SIZE]; /* a crash may be for lack of stack */
} mark = {.place = -1, .attempts = -1, .descriptor = -1};

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

static void say(const char *text)
{
    (void)!write(STDERR_FILENO, text, strlen(text));
}

/* It was no fault of the work unit: of the ends that it counts this one is none, but it comes last
 * from now on. */
static void give_back(off_t attempts)
{
    unsigned char count = 0;
    if (attempts >= 0 && pread(mark.descriptor, &count, 1, attempts) == 1 && count > 1) {
        count--;
        (void)!pwrite(mark.descriptor, &count, 1, attempts);
    }
}

/* Once a second. Of the ticks of a process that is suspended one is kept and no more: time in which
 * it cannot run does not count. */
static void on_tick(int number)
{
    (void)number;
    const struct stop_wish wish = stop_ask(&mark.stop);
    if (wish.kind == STOP_NOW && ++mark.urgent_ticks > 1) {
        give_back(mark.attempts);
        say("schursweep: stopped early (");
        say(wish.reason);
        say(") in the middle of a work unit, run the same command again\n");
        _exit(STATUS_STOPPED);
    }
    if (mark.ticks_left > 0 && --mark.ticks_left == 0) {
        add_one(mark.place + 1);
        say("schursweep: a work unit took longer than --stall-timeout, stopped: "
            "run the same command again\n");
        _exit(STATUS_STOPPED);
    }
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
    crash_mark_obey(NULL);
    crash_mark_disarm();
    for (int i = 0; i < N_SIGNALS; i++) {
        (void)sigaction(SIGNALS[i], &mark.before[i], NULL);
    }
    (void)close(mark.descriptor);
    mark.descriptor = -1;
}

void crash_mark_arm(off_t place, off_t attempts)
{
    mark.place = place;
    mark.attempts = attempts;
}

void crash_mark_disarm(void)
{
    mark.place = -1;
    mark.attempts = -1;
}

static void tick_if_needed(void)
{
    static const struct itimerval never = {{0, 0}, {0, 0}};
    static const struct itimerval every_second = {{1, 0}, {1, 0}};
    const struct sigaction action = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
    const bool is_needed = mark.ticks_left > 0 || mark.stop.ask != NULL;
    if (is_needed) {
        (void)sigaction(SIGALRM, &action, NULL);
    }
    (void)setitimer(ITIMER_REAL, is_needed ? &every_second : &never, NULL);
}

void crash_mark_watch(unsigned seconds)
{
    const bool was_on = mark.ticks_left > 0;
    mark.ticks_left = seconds < SIG_ATOMIC_MAX ? (sig_atomic_t)seconds : SIG_ATOMIC_MAX;
    if (mark.stop.ask == NULL || was_on != (seconds > 0)) {
        tick_if_needed();
    }
}

void crash_mark_obey(const struct stop_source *stop)
{
    mark.stop = stop != NULL ? *stop : (struct stop_source){0};
    mark.urgent_ticks = 0;
    tick_if_needed();
}

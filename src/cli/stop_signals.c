#include "cli/stop_signals.h"

#include "core/status.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

static const struct {
    int number;
    struct stop_wish wish;
} SIGNALS[] = {{SIGUSR1, {STOP_AFTER_UNIT, "SIGUSR1"}},
               {SIGUSR2, {STOP_NOW, "SIGUSR2"}},
               {SIGTERM, {STOP_NOW, "SIGTERM"}},
               {SIGINT, {STOP_NOW, "SIGINT"}}};

/* The only thing a handler may touch: 1 + index of the most urgent signal, 0 none. */
static volatile sig_atomic_t received;

/* Of the first TERM or INT, 0 before; coarse, since a launcher sends the same one twice. */
static volatile sig_atomic_t first_end;

/* What the process ends with, once nothing is left to stop. */
enum { STILL_AT_WORK = -1 };
static volatile sig_atomic_t code_at_end = STILL_AT_WORK;

/* Whoever asks again after a second means it: the process may be inside a library that never comes
 * back. Only calls that are safe in a handler. */
static void end_if_asked_again(void)
{
    static const char message[] = "schursweep: told to stop twice, ended at once: "
                                  "run the same command again\n";
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    const sig_atomic_t second = (sig_atomic_t)now.tv_sec + 1;
    if (first_end == 0) {
        first_end = second;
    } else if (second - first_end > 1) {
        if (code_at_end == STILL_AT_WORK) {
            (void)!write(STDERR_FILENO, message, sizeof message - 1);
            _exit(STATUS_STOPPED);
        }
        _exit(code_at_end);
    }
}

static void note(int number)
{
    if (number == SIGTERM || number == SIGINT) {
        end_if_asked_again();
    }
    for (int i = 0; i < (int)(sizeof SIGNALS / sizeof SIGNALS[0]); i++) {
        if (SIGNALS[i].number == number &&
            (received == 0 || SIGNALS[i].wish.kind > SIGNALS[received - 1].wish.kind)) {
            received = i + 1;
        }
    }
}

void stop_signals_install(void)
{
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof SIGNALS / sizeof SIGNALS[0]; i++) {
        (void)sigaddset(&action.sa_mask, SIGNALS[i].number);
    }
    for (size_t i = 0; i < sizeof SIGNALS / sizeof SIGNALS[0]; i++) {
        (void)sigaction(SIGNALS[i].number, &action, NULL);
    }
}

void stop_signals_leave(int code)
{
    code_at_end = code;
}

static struct stop_wish ask(void *context)
{
    (void)context;
    const int index = received;
    return index == 0 ? (struct stop_wish){STOP_NEVER, ""} : SIGNALS[index - 1].wish;
}

struct stop_source stop_signals_source(void)
{
    return (struct stop_source){ask, NULL};
}

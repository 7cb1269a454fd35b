#include "comm/backoff.h"

#include <time.h>

enum { LOOKS = 20, FIRST_SLEEP_NS = 1000, LONGEST_SLEEP_NS = 1000000 };

void backoff_reset(struct backoff *backoff)
{
    *backoff = (struct backoff){0};
}

void backoff_wait(struct backoff *backoff)
{
    if (backoff->looks < LOOKS) {
        backoff->looks++;
        return;
    }
    backoff->sleep_ns = backoff->sleep_ns == 0 ? FIRST_SLEEP_NS : 2 * backoff->sleep_ns;
    if (backoff->sleep_ns > LONGEST_SLEEP_NS) {
        backoff->sleep_ns = LONGEST_SLEEP_NS;
    }
    const struct timespec time = {0, backoff->sleep_ns};
    (void)nanosleep(&time, NULL);
}

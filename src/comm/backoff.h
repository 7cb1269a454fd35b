/* Waiting without burning a core: a few microseconds of looking again, then sleeps that double from
 * 1 us to a limit. No yields: where other programs compute, each would cost a time slice, while a
 * sleeper is woken before them. */
#pragma once

struct backoff {
    int looks;     /* without sleep so far */
    long sleep_ns; /* next sleep; 0 before the first */
};

/* Something happened: the next wait begins short again. */
void backoff_reset(struct backoff *backoff);

/* Wait once, longer each time, at most a millisecond; the first times not at all. */
void backoff_wait(struct backoff *backoff);

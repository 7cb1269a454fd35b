/* Waiting without burning a core: some yields, then sleeps that double from 1 us to a limit. */
#ifndef SCHURSWEEP_COMM_BACKOFF_H
#define SCHURSWEEP_COMM_BACKOFF_H

struct backoff {
    int yields;    /* done so far */
    long sleep_ns; /* next sleep; 0 before the first */
};

/* Something happened: the next wait begins short again. */
void backoff_reset(struct backoff *backoff);

/* Wait once, longer each time, at most a millisecond. */
void backoff_wait(struct backoff *backoff);

#endif

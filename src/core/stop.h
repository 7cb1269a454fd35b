/* A wish to stop early, asked for often and from the middle of the work. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum stop_kind {
    STOP_NEVER,
    STOP_AFTER_UNIT, /* finish what is in flight, begin nothing */
    STOP_NOW         /* there is about a second */
};

struct stop_wish {
    enum stop_kind kind;
    const char *reason; /* "SIGTERM"; a constant */
};

/* Where the wish comes from. A struct of zeros never wishes. */
struct stop_source {
    struct stop_wish (*ask)(void *context);
    void *context;
};

static inline struct stop_wish stop_ask(const struct stop_source *source)
{
    return source->ask != NULL ? source->ask(source->context) : (struct stop_wish){STOP_NEVER, ""};
}

static inline bool stop_is_urgent(const struct stop_source *source)
{
    return stop_ask(source).kind == STOP_NOW;
}

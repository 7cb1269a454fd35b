/* Why outputs move, or do not, without a coupling: whether its subspace explains it or the coupling
 * does, by the factors of the diagnostic `factors` over the networks of a group that have the
 * coupling. The first rule that holds for the medians, with their intervals, is the verdict:
 *
 *     idle        exposure < 1/4          the states that it reads are small
 *     unseen      visibility < 1/4        what it writes to hardly moves the outputs
 *     tolerated   coordination < 1/2      it moves them less than its subspace says
 *     fragile     coordination > 2        it moves them more
 *     subspace    none of these: it moves them as its subspace says
 *
 * and none where an interval crosses the limit of a rule that would come first, or fewer than
 * REASON_LEAST networks have the coupling. */
#pragma once

#include "report/groups.h"

enum { REASON_LEAST = 5 };

enum reason {
    REASON_UNKNOWN, /* no network has factors */
    REASON_UNDECIDED,
    REASON_IDLE,
    REASON_UNSEEN,
    REASON_TOLERATED,
    REASON_FRAGILE,
    REASON_SUBSPACE,
    REASON_COUNT
};

struct factor {
    double median; /* over networks */
    double low;    /* of its interval, statistics_median_interval */
    double high;
};

struct reasons {
    int n; /* networks that have the coupling */
    struct factor exposure;
    struct factor visibility;
    struct factor coordination;
    enum reason reason;
};

/* "idle", ...; "" for unknown. */
const char *reason_text(enum reason reason);

/* "subspace" or "coupling"; "" where neither is said. */
const char *reason_explanation(enum reason reason);

/* The verdict by n and the factors. Pure. */
enum reason reason_of(const struct reasons *reasons);

/* Of a set at an alpha over the cases of a group. STATUS_INTERNAL without memory. Local. */
MUST_CHECK enum status reasons_find(struct reasons *reasons, const struct study_data *data,
                                    const struct group *group, int alpha, int set,
                                    struct error *error);

/* What was found, said in sentences: which couplings can be removed in which group. */
#pragma once

#include "report/report.h"

enum { FINDING_TEXT_SIZE = 1024 };

/* What the seeds of a group say of an ablation set at an alpha. */
enum finding_verdict {
    FINDING_UNKNOWN,   /* no job is done, or the study does not have the set */
    FINDING_EMPTY,     /* no network has the couplings */
    FINDING_NEEDED,    /* without them the outputs change, in all seeds that have them */
    FINDING_MIXED,     /* in some of these seeds */
    FINDING_REMOVABLE, /* in none */
    FINDING_COUNT
};

/* "empty", "needed", "removable in some seeds", "removable"; "" for unknown. */
const char *finding_verdict_text(enum finding_verdict verdict);

/* Number of the set in the study; -1: it does not have it. */
int finding_set(const struct report *report, ablation_set set);

/* By the number of a set in the study; -1 is unknown. Never of `none`. */
enum finding_verdict finding_of(const struct report *report, int group, int alpha, int set);

/* text[FINDING_TEXT_SIZE]: "copy, dense_orthogonal, 72 units, 5 seeds: only CC can be removed; RR
 * and CR are needed." What differs between seeds has its counts. */
void finding_sentence(const struct report *report, int group, int alpha, char *text);

/* text[FINDING_TEXT_SIZE]: how the verdicts at this alpha stand to those at the others of the
 * study: "The same at all 3 thresholds." or "Other verdicts at alpha = 0.95."; "" with one alpha.
 */
void finding_over_alphas(const struct report *report, int group, int alpha, char *text);

/* Calls `tell` with one line per group at the main alpha, its two texts one after the other. */
void findings_tell(const struct report *report, void (*tell)(void *context, const char *line),
                   void *context);

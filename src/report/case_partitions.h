/* All partitions of a case: what each coupling is worth in every partition of its spectrum. */
#pragma once

#include "report/study_data.h"

/* What matters in a partition: the coupling whose removal alone moves the outputs
 * furthest, or one of these. */
enum dominant {
    DOMINANT_NONE = COUPLING_COUNT, /* no removal of one coupling moves them beyond epsilon */
    DOMINANT_KNOWN_COUNT,
    DOMINANT_UNKNOWN = DOMINANT_KNOWN_COUNT, /* not all three distances are known */
    DOMINANT_COUNT
};

/* One partition; it holds for alpha in (alpha_low, alpha_high]. */
struct case_partition {
    double alpha_low;
    double alpha_high;
    int n_r;                         /* n_R */
    double distance[COUPLING_COUNT]; /* without one coupling; NaN unless done */
    int dominant;                    /* enum coupling or enum dominant */
};

struct case_partitions {
    struct case_partition *list; /* [n] in order, R growing, alpha falling */
    int n;                       /* 0: the file has no partitions, or the case is not divided yet */
};

/* Thresholds from low to high. */
struct alpha_window {
    double low;
    double high;
};

/* Over which shares are taken, and that of the usual thresholds. */
extern const struct alpha_window WIDE_WINDOW;
extern const struct alpha_window USUAL_WINDOW;

/* Partitions narrower than this, and thresholds nearer than this to a break point, both as parts of
 * the spectral radius, are near-ties. */
#define NEAR_TIE 0.01

/* "RR", "CR", "CC", "none"; "" when unknown. */
const char *dominant_name(int dominant);

/* The coupling with the largest of the distances. Of equal ones the first, which only happens when
 * nothing is removed. */
int dominant_of(const double distance[COUPLING_COUNT], double epsilon);

/* Number of the study's ablation set that is one coupling alone, or -1. */
int partitions_set_of(const struct study_data *data, enum coupling coupling);

/* Released by partitions_release. Local. */
MUST_CHECK enum status partitions_create(struct case_partitions *partitions,
                                         const struct study_data *data, int case_index,
                                         struct error *error);
void partitions_release(struct case_partitions *partitions);

/* The partition that a threshold makes, as split_at() divides; -1 for n = 0. */
int partitions_at(const struct case_partitions *partitions, double alpha);

/* Distance of a threshold to the nearest break point, a place where the partition changes; NaN when
 * there is none. */
double partitions_break_distance(const struct case_partitions *partitions, double alpha);

/* Whether a partition is narrower than NEAR_TIE. */
bool partition_is_narrow(const struct case_partition *point);

/* Partitions that reach into the window, and how many of them are near-ties. */
int partitions_count(const struct case_partitions *partitions, struct alpha_window window,
                     int *n_narrow);

/* Parts of the window over which each coupling (or none, or unknown) dominates; their sum is 1. An
 * case without partitions is unknown. */
void partitions_shares(const struct case_partitions *partitions, struct alpha_window window,
                       double shares[DOMINANT_COUNT]);

/* What dominates over the longest part of the window, the first of equally long ones;
 * DOMINANT_UNKNOWN when any part of it is. */
int partitions_main_dominant(const struct case_partitions *partitions, struct alpha_window window);

/* Partitions in numbers. */
struct partitions_summary {
    int n;                         /* partitions */
    int n_wide;                    /* of them reach into WIDE_WINDOW, */
    int n_narrow;                  /* and of these are near-ties */
    double shares[DOMINANT_COUNT]; /* of WIDE_WINDOW */
};
struct partitions_summary partitions_summarise(const struct case_partitions *partitions);

/* Different partitions that ascending thresholds make; 0 without partitions. */
int partitions_count_distinct(const struct case_partitions *partitions, const double *alphas,
                              int n_alphas);

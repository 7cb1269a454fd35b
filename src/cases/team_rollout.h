/* One rank's part of the rollouts of a shared case. */
#pragma once

#include "core/trials.h"
#include "kernel/dynamics/packed_trials.h"
#include "kernel/dynamics/rollout.h"
#include "kernel/experiment.h"

struct team_case;

struct team_rollout {
    struct team_case *team_case; /* borrowed */
    struct trials trials;        /* all of them; on the root, elsewhere released */
    int n_trials;                /* of all */
    int n_shares;                /* ranks that roll out one matrix together */
    int n_groups;                /* matrices that are rolled out at once */
    int group;                   /* of this rank */
    struct trial_range range;    /* its trials */
    struct trials mine;          /* these */
    struct packed_trials packed;
    struct rollout *rollout;
    struct trial_score *scores; /* [range.count] */
    struct trial_score *all;    /* [n_groups, n_trials] on the root */
    double *masses;             /* [n_groups] removed from each matrix */
    int *counts;                /* [ranks] bytes of scores from each, on the root */
    int *places;                /* [ranks] where they go */
};

/* How the ranks of a team divide rollouts: each matrix goes to n_shares ranks, each with its part
 * of the trials, so that n_ranks / n_shares matrices are rolled out at once. Every share has at
 * least tile_width trials, or there is one share. Pure. */
int team_share_count(int n_ranks, int n_trials, int tile_width);

/* Loads the trials of the case and rolls out the full network, whose weights are
 * team_case->weights; sets n_at_once, baseline and reference_seconds of the experiment. Released by
 * team_rollout_release. Collective over the team; the same status on all ranks. */
MUST_CHECK enum status team_rollout_create(struct team_rollout *part, struct team_case *team_case,
                                           int case_index, struct error *error);
void team_rollout_release(struct team_rollout *part);

/* Rolls out what is left by removals[count], up to n_groups at once; results[count] on the root.
 * Collective over the team. */
MUST_CHECK enum status team_rollout_run(struct team_rollout *part, const struct removal *removals,
                                        int count, struct job_result *results, struct error *error);

/* experiment_ops.measure_weights: the root's weights, on all of its trials by the first n_shares
 * ranks. Collective over the team. */
MUST_CHECK enum status team_rollout_weights(struct team_rollout *part, const double *weights,
                                            double removed_mass, struct job_result *result,
                                            struct error *error);

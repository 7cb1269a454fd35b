/* Where the jobs of a study stand in an older results file: equal jobs have equal values, so they
 * need not be computed again. Knows no file: both studies are told as sweeps. */
#pragma once

#include "core/schema.h"
#include "core/status.h"
#include "core/sweep.h"

/* For cases, rows, ablation sets and tables of the new study their numbers in the old one, or -1. A
 * removal is there when its case, row and set are, a record when its case and table are. */
struct keep_map {
    int *case_of;     /* [n_cases] */
    int *namesake_of; /* [n_cases] where case_of is -1: the old case of the same model, task and
                         matrix by name, which is another one; else -1 */
    int *row_of;      /* [rows per case] */
    int set_of[ABLATION_SET_COUNT];
    int table_of[SCHEMA_TABLES_MAX];
    bool keeps_predicted; /* what a prediction has decided, it decides again */
    bool is_whole;        /* the same jobs, but for tables that only one of them has */
    bool is_in_place;     /* and all of them, with all labels, where they are */
};

/* One study, and what its file has. */
struct keep_side {
    const struct sweep *sweep;
    const struct schema *schema; /* tables in the order of the sweep's diagnostics */
};

/* Released by keep_map_release, also after a failure, which only a lack of memory is. Local. */
MUST_CHECK enum status keep_map_create(struct keep_map *map, const struct keep_side *now,
                                       const struct keep_side *old, struct error *error);
void keep_map_release(struct keep_map *map);

/* Where place i of an axis is in the old study: labels that are counted go by their number, since a
 * case has the first of them in any study; all others by what they are. -1: nowhere. */
int keep_map_place(const struct axis *axis, const struct sweep *now, int i,
                   const struct sweep *old);

/* The state of the queue, shared by its making and its running. */
#ifndef SCHURSWEEP_DRIVER_QUEUE_STATE_H
#define SCHURSWEEP_DRIVER_QUEUE_STATE_H

#include "driver/queue.h"

enum { NOBODY = 0, REPORTED = -1, NOTHING = -1 };

/* Parts that may be made more, in the whole run. */
enum { QUEUE_SPLITS_PER_WORKER = 4 };

/* An item to be: the jobs of a sweep are read off `final` when it is handed out. */
struct entry {
    enum item_kind kind;
    int index;    /* case or model */
    int holder;   /* worker that has it, NOBODY or REPORTED */
    int attempts; /* runs that ended while it was in flight */
    double cost;
    int64_t handed_as; /* number of items handed out before it */
    int first_lane;    /* of a sweep: the lanes whose jobs it has */
    int end_lane;
    double share; /* of its case, 1 unless the case was split */
};

/* Why a model could not be trained. */
struct failed_model {
    enum status failure; /* STATUS_OK: it could, or has not been tried */
    char *message;
};

/* Entries stand in the order trainings, then sweeps, each by cost. */
struct queue {
    int jobs_per_case;
    int n_lanes;
    int *lane_of_job; /* [jobs_per_case] own copy */
    int n_workers;
    int n_cases;
    int n_models;
    unsigned char *final; /* own copy, NULL without sweeps */
    int *model_of_case;   /* own copy */
    struct entry *entries;
    int64_t n_trainings;
    int64_t next_training;
    int64_t n_trainings_handed;
    int64_t *ready; /* entries of sweeps that can begin, first come first */
    int64_t n_ready;
    int64_t next_ready;
    int64_t *first_of_model;     /* [n_models] first entry that sweeps the model, or NOTHING */
    int64_t *next_of_entry;      /* [n_items] next entry of the same model, or NOTHING */
    struct failed_model *models; /* [n_models] */
    enum status *case_failure;   /* [n_cases] why a case is not tried */
    int *in_flight;              /* [n_workers + 1] items of each worker */
    bool *is_training;           /* [n_workers + 1] its only item is a training */
    int *last_model;             /* [n_workers + 1] that the worker has at hand, or NOTHING */
    bool has_suspect_in_flight;
    double cost_limit[2];  /* of the kinds of item */
    double n_waiting;      /* cases that are ready and with nobody; parts count as such */
    int64_t n_splits_left; /* entries that there is room for */
    struct queue_counts counts;
};

/* Cells of a case. */
static inline const unsigned char *queue_cells(const struct queue *queue, int case_index)
{
    return queue->final + (size_t)case_index * (size_t)queue->jobs_per_case;
}

#endif

/* What the model's file tells of its training. */
#include "kernel/diagnostics/diagnostic.h"

static const struct variable VARIABLES[] = {
    {"converged", "1", "1 when training reached its target", VALUE_I8, FILL_MARKED, {NULL}},
    VARIABLE_REAL("train_metric", "final metric of training", NULL),
    VARIABLE_REAL("train_loss", "final loss of training", NULL),
    {"train_steps", "1", "steps of training", VALUE_I32, FILL_MARKED, {NULL}},
    {"train_seconds", "s", "time of training", VALUE_F64, FILL_NAN, {NULL}},
    {.name = NULL}};

static enum status run(struct experiment *experiment, const double *params, struct record *record,
                       struct error *error)
{
    const struct training_facts *const facts = &experiment->training;
    (void)params;
    (void)error;
    *record_i8(record, "converged") = facts->converged;
    *record_f64(record, "train_metric") = facts->metric;
    *record_f64(record, "train_loss") = facts->loss;
    *record_i32(record, "train_steps") = facts->steps;
    *record_f64(record, "train_seconds") = facts->seconds;
    return STATUS_OK;
}

const struct diagnostic_ops DIAGNOSTIC_TRAINING = {
    .name = "training",
    .long_name = "what is known of the training of the model",
    .is_always = true,
    .variables = VARIABLES,
    .run = run,
};

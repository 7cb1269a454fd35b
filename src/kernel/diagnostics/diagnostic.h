/* Diagnostics: values of a case beyond its removals. A diagnostic is one const struct in one file,
 * diagnostics.def names them all; it is one more job of every case, with a state and a checksum of
 * its own. */
#pragma once

#include "core/param.h"
#include "core/record.h"
#include "core/schema.h"
#include "core/sweep.h"
#include "kernel/experiment.h"

/* What must be open before it can run. */
enum diagnostic_stage { DIAGNOSTIC_OF_MODEL, DIAGNOSTIC_OF_REFERENCE };

struct diagnostic_ops {
    const char *name;
    const char *long_name; /* one line */
    bool is_always;        /* of every study; others run when the study names them */
    enum diagnostic_stage stage;
    struct param_spec params[PARAMS_MAX];
    int n_params;
    const struct variable *variables; /* ends with a NULL name */
    bool needs_gauss_newton;          /* whose price comes beside its own, once for all of a case */
    /* Its price in rollouts of the full network on those trials, for plan and queue; `width` is
     * that of the Schur form. NULL: next to nothing. */
    double (*rollouts)(const struct sweep *sweep, const struct trials *trials, int width,
                       const double *params);
    /* Fills the record, which arrives with missing values; it is only looked at on the root. A job
     * failure leaves the diagnostic failed. Collective over the ranks that share the experiment. */
    enum status (*run)(struct experiment *experiment, const double *params, struct record *record,
                       struct error *error);
};

/* All diagnostics, NULL at the end; at most SCHEMA_TABLES_MAX. */
extern const struct diagnostic_ops *const DIAGNOSTICS[];

/* What the study key `ood` asks for. */
extern const struct diagnostic_ops DIAGNOSTIC_OOD;

/* The diagnostic of that name, or NULL. */
const struct diagnostic_ops *diagnostic_find(const char *name);

/* Adds those that belong to every study to a sweep that has none. Local. */
MUST_CHECK enum status diagnostics_add_always(struct sweep *sweep, struct error *error);

/* What the diagnostics of a sweep cost a case, in rollouts of its full network. Local. */
double diagnostics_rollouts(const struct sweep *sweep, const struct trials *trials, int width);

/* What they need of memory beside it, in bytes. Local. */
size_t diagnostics_memory(const struct sweep *sweep, int width);

/* What results files hold: of a sweep its own diagnostics, or comparisons if it is one of pairs; of
 * NULL all that there are. Local. */
struct schema diagnostics_schema(const struct sweep *sweep);

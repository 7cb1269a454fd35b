/* The axes that most variables share. A diagnostic with an axis of its own declares it beside its
 * variables. */
#pragma once

#include "core/variable.h"

extern const struct axis AXIS_CASE;     /* (model, task, matrix), in the order of the study */
extern const struct axis AXIS_ALPHA;    /* thresholds, ascending */
extern const struct axis AXIS_ABLATION; /* removed sets, `none` first */
extern const struct axis AXIS_COUPLING; /* RR, CR, CC */
extern const struct axis AXIS_MODE;     /* positions on T's diagonal, as many as the widest model */
extern const struct axis AXIS_OOD;      /* changed trials, in the order of the study */
extern const struct axis AXIS_PARTITION; /* from 1, as many as the widest model has units */

/* What every case says of itself, for good: model, task, matrix, ... Ends with a NULL name. */
struct case_label {
    struct variable variable;
    bool of_pairs; /* of the second network of a pair: only there where cases are pairs */
    struct label (*of)(const struct sweep *sweep, int64_t case_index);
};
extern const struct case_label CASE_LABELS[];

#include "report/figure.h"

extern const struct figure_ops FIGURE_HEAT_MAP;
extern const struct figure_ops FIGURE_MASS;
extern const struct figure_ops FIGURE_SECTOR_SIZE;
extern const struct figure_ops FIGURE_SECTOR_MASS;
extern const struct figure_ops FIGURE_PROFILE;
extern const struct figure_ops FIGURE_ACCURACY_PROFILE;
extern const struct figure_ops FIGURE_ALPHA;
extern const struct figure_ops FIGURE_ACCURACY_ALPHA;
extern const struct figure_ops FIGURE_CURVE;
extern const struct figure_ops FIGURE_DOMINANCE;
extern const struct figure_ops FIGURE_MODEL_CURVE;
extern const struct figure_ops FIGURE_EIGENVALUES;
extern const struct figure_ops FIGURE_SCHUR;
extern const struct figure_ops FIGURE_OUTPUTS;

const struct figure_ops *const FIGURES[] = {
    &FIGURE_HEAT_MAP,    &FIGURE_PROFILE,        &FIGURE_ACCURACY_PROFILE,
    &FIGURE_ALPHA,       &FIGURE_ACCURACY_ALPHA, &FIGURE_CURVE,
    &FIGURE_DOMINANCE,   &FIGURE_MODEL_CURVE,    &FIGURE_SECTOR_SIZE,
    &FIGURE_SECTOR_MASS, &FIGURE_MASS,           &FIGURE_EIGENVALUES,
    &FIGURE_SCHUR,       &FIGURE_OUTPUTS,        NULL};

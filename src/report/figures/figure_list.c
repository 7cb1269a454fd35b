#include "report/figures/figure.h"

#define FIGURE(name, kind) extern const struct figure_ops FIGURE_##kind;
#define FIGURE_OF(name, kind, measure)                                                             \
    FIGURE(name, kind) extern const struct measure_ops MEASURE_##measure;
#include <report/figures/figures.def>
#undef FIGURE
#undef FIGURE_OF

#define FIGURE(name, kind) {name, &FIGURE_##kind, NULL},
#define FIGURE_OF(name, kind, measure) {name, &FIGURE_##kind, &MEASURE_##measure},
const struct figure_entry FIGURES[] = {
#include <report/figures/figures.def>
    {NULL, NULL, NULL}};

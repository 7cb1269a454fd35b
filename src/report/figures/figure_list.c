#include "report/figures/figure.h"

#define FIGURE(name) extern const struct figure_ops FIGURE_##name;
#include <report/figures/figures.def>
#undef FIGURE

#define FIGURE(name) &FIGURE_##name,
const struct figure_ops *const FIGURES[] = {
#include <report/figures/figures.def>
    NULL};

#include "kernel/training/construction.h"

extern const struct construction_ops CONSTRUCTION_DENSE_DEFAULT;
extern const struct construction_ops CONSTRUCTION_DENSE_ORTHOGONAL;
extern const struct construction_ops CONSTRUCTION_DENSE_NORMAL;
extern const struct construction_ops CONSTRUCTION_DENSE_NORMAL_MATRIX;
extern const struct construction_ops CONSTRUCTION_CAYLEY;

const struct construction_ops *const CONSTRUCTIONS[] = {
    &CONSTRUCTION_DENSE_DEFAULT,       &CONSTRUCTION_DENSE_ORTHOGONAL, &CONSTRUCTION_DENSE_NORMAL,
    &CONSTRUCTION_DENSE_NORMAL_MATRIX, &CONSTRUCTION_CAYLEY,           NULL,
};

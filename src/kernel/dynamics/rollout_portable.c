/* The isa of every processor: vectors of 16 bytes, as the compiler finds best. */
#define VECTOR_BYTES 16
#define PANEL_ROWS 3
#define EXP_VECTORS 4
#define KERNELS ROLLOUT_PORTABLE
#include "kernel/dynamics/rollout_path.inc"

/* Back-propagation through time for every processor: vectors of 16 bytes, as the compiler finds
 * best. */
#define VECTOR_BYTES 16
#define EXP_VECTORS 4
#define GROUP_STRIPS 1
#define MAIN_ROWS 2
#define REST_ROWS 1
#define TILE_A 4
#define TILE_B 2
#define KERNELS BPTT_PORTABLE
#include "kernel/training/bptt_path.inc"

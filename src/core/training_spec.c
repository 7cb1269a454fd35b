#include "core/training_spec.h"

const char *schedule_name(enum schedule schedule)
{
    static const char *const names[SCHEDULE_COUNT] = {
        [SCHEDULE_CONSTANT] = "constant", [SCHEDULE_TAIL] = "tail", [SCHEDULE_COSINE] = "cosine"};
    return names[schedule];
}

#include "cli/shard_option.h"

#include "cli/sources.h"
#include "study/shard.h"

#include <stdlib.h>

enum status shard_option_load(struct sweep *sweep, const char *study, const char *output,
                              const char *shard, FILE *notes, struct error *error)
{
    struct shard part = {1, 1};
    char *lines = NULL;
    if (shard != NULL) {
        TRY(shard_parse(&part, shard, error));
    }
    enum status status = study_load(sweep, study, output, &STORE_SOURCES, &lines, error);
    if (notes != NULL && lines != NULL) {
        (void)fputs(lines, notes);
    }
    free(lines);
    TRY(status);
    if (shard != NULL) {
        status = shard_keep_cases(sweep, &part, error);
    }
    if (status == STATUS_OK && shard != NULL && output == NULL) {
        status = shard_name_output(sweep, &part, error);
    }
    if (status != STATUS_OK) {
        sweep_release(sweep);
    }
    return status;
}

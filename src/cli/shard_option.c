#include "cli/shard_option.h"

#include "cli/sources.h"
#include "study/shard.h"

#include <stdlib.h>

static enum status load(struct sweep *sweep, const char *study, const char *output, FILE *notes,
                        struct error *error)
{
    char *lines = NULL;
    const enum status status = study_load(sweep, study, output, &STORE_SOURCES, &lines, error);
    if (notes != NULL && lines != NULL) {
        (void)fputs(lines, notes);
    }
    free(lines);
    return status;
}

enum status shard_option_load(struct sweep *sweep, const char *study, const char *output,
                              const char *shard, FILE *notes, struct error *error)
{
    struct shard part = {1, 1};
    if (shard == NULL) {
        return load(sweep, study, output, notes, error);
    }
    TRY(shard_parse(&part, shard, error));
    TRY(load(sweep, study, output, notes, error));
    enum status status = shard_keep_cases(sweep, &part, error);
    if (status == STATUS_OK && output == NULL) {
        status = shard_name_output(sweep, &part, error);
    }
    if (status != STATUS_OK) {
        sweep_release(sweep);
    }
    return status;
}

#include "cli/shard_option.h"

#include "cli/sources.h"
#include "study/shard.h"

static enum status keep(struct sweep *sweep, const struct shard *shard, bool names_output,
                        struct error *error)
{
    TRY(shard_keep_cases(sweep, shard, error));
    return names_output ? shard_name_output(sweep, shard, error) : STATUS_OK;
}

enum status shard_option_load(struct sweep *sweep, const char *study, const char *output,
                              const char *shard, struct error *error)
{
    struct shard part = {1, 1};
    if (shard != NULL) {
        TRY(shard_parse(&part, shard, error));
    }
    TRY(study_load(sweep, study, output, &STORE_SOURCES, error));
    const enum status status =
        shard != NULL ? keep(sweep, &part, output == NULL, error) : STATUS_OK;
    if (status != STATUS_OK) {
        sweep_release(sweep);
    }
    return status;
}

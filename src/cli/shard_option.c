#include "cli/shard_option.h"

#include "study/shard.h"
#include "study/study.h"

#include <stdlib.h>

enum status shard_option_load(struct sweep *sweep, const char *study, const char *output,
                              const char *shard, FILE *notes, struct model_survey *survey,
                              struct error *error)
{
    struct shard part = {1, 1};
    struct model_survey alone = {0};
    char *lines = NULL;
    if (shard != NULL) {
        TRY(shard_parse(&part, shard, error));
    }
    const struct study_sources sources = model_survey_sources(survey != NULL ? survey : &alone);
    enum status status = study_load(sweep, study, output, &sources, &lines, error);
    model_survey_release(&alone);
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

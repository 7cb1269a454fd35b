/* One of several independent parts of a study: every n-th case, into a results file of its own.
 * Local. */
#pragma once

#include "core/status.h"
#include "core/sweep.h"

struct shard {
    int number; /* 1..count */
    int count;
};

/* "2/8", the second of eight. STATUS_USAGE tells what was found. */
MUST_CHECK enum status shard_parse(struct shard *shard, const char *text, struct error *error);

/* Keeps the cases i with i % count == number - 1, in their order, possibly none. The canonical
 * study gets a line of the shard. All models stay, so that the files of all shards have the same
 * axes but for the cases. */
MUST_CHECK enum status shard_keep_cases(struct sweep *sweep, const struct shard *shard,
                                        struct error *error);

/* The sweep's results file becomes the shard's: study.h5 -> study.shard-2-of-8.h5. */
MUST_CHECK enum status shard_name_output(struct sweep *sweep, const struct shard *shard,
                                         struct error *error);

/* The shard whose line a canonical study ends with; {1, 1} of one without. */
struct shard shard_of_canonical(const char *canonical);

/* True when `path` is what shard_name_output makes of `output`, for any shard. */
bool shard_is_output(const char *path, const char *output);

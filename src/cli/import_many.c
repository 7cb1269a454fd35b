#include "cli/import_many.h"

#include "cli/screen.h"
#include "core/memory.h"
#include "core/text.h"

#include <errno.h>
#include <glob.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REASON_SIZE = 256, SEARCHES = 8 };

struct batch {
    const struct import_many *many;
    glob_t found;
    const char **paths; /* [n] of these, each once, by name */
    size_t n;
    size_t common;   /* bytes of the folder that all patterns have in common */
    regex_t regex;   /* of the seed */
    char **outputs;  /* [n] */
    char **failures; /* [n_failed] */
    size_t n_failed;
    int searches; /* for causes that may still be made */
};

/* ---- names ---- */

/* A name that stands there is no pattern, whatever letters it has; one that does not stay missing.
 */
static enum status expand(struct batch *batch, struct error *error)
{
    const struct import_many *const many = batch->many;
    for (int i = 0; i < many->n_patterns; i++) {
        const int flags = (i > 0 ? GLOB_APPEND : 0) |
                          (strpbrk(many->patterns[i], "*?[") == NULL ? GLOB_NOCHECK : 0);
        const int code = glob(many->patterns[i], flags, NULL, &batch->found);
        if (code != 0) {
            return error_set(error, code == GLOB_NOSPACE ? STATUS_INTERNAL : STATUS_INPUT,
                             "%s: no such file", many->patterns[i]);
        }
    }
    return STATUS_OK;
}

static int compare_paths(const void *a, const void *b)
{
    const char *const *const left = a;
    const char *const *const right = b;
    return strcmp(*left, *right);
}

static enum status find_files(struct batch *batch, struct error *error)
{
    TRY(expand(batch, error));
    char **const paths = batch->found.gl_pathv;
    if (paths == NULL) {
        return error_set(error, STATUS_INTERNAL, "import: no list of files");
    }
    qsort(paths, batch->found.gl_pathc, sizeof *paths, compare_paths);
    TRY(memory_array(&batch->paths, batch->found.gl_pathc, sizeof *batch->paths, error));
    for (size_t i = 0; i < batch->found.gl_pathc; i++) {
        if (i == 0 || strcmp(paths[i - 1], paths[i]) != 0) {
            batch->paths[batch->n++] = paths[i];
        }
    }
    return STATUS_OK;
}

/* The length up to the last '/' that is the same in all patterns and before any sign of one: so a
 * file keeps its name when there are others. */
static size_t common_folder(const char *const *patterns, int n)
{
    const size_t plain = strcspn(patterns[0], "*?[");
    size_t length = 0;
    for (size_t i = 0; i < plain; i++) {
        for (int k = 1; k < n; k++) {
            if (patterns[k][i] != patterns[0][i]) {
                return length;
            }
        }
        length = patterns[0][i] == '/' ? i + 1 : length;
    }
    return length;
}

static enum status name_output(const struct batch *batch, const char *path, char **output,
                               struct error *error)
{
    char *name = NULL;
    const char *const own = path + batch->common;
    const char *const slash = strrchr(own, '/');
    const char *const point = strrchr(slash != NULL ? slash : own, '.');
    const size_t length = point != NULL && point > own ? (size_t)(point - own) : strlen(own);
    TRY(memory_array(&name, length + sizeof ".h5", 1, error));
    (void)snprintf(name, length + sizeof ".h5", "%.*s.h5", (int)length, own);
    for (char *at = strchr(name, '/'); at != NULL; at = strchr(at, '/')) {
        *at = '-';
    }
    const enum status status = path_join(output, batch->many->folder, name, error);
    free(name);
    return status;
}

/* Also that no two files would be one. */
static enum status name_outputs(struct batch *batch, struct error *error)
{
    batch->common = common_folder(batch->many->patterns, batch->many->n_patterns);
    TRY(memory_array(&batch->outputs, batch->n, sizeof *batch->outputs, error));
    TRY(memory_array(&batch->failures, batch->n, sizeof *batch->failures, error));
    for (size_t i = 0; i < batch->n; i++) {
        TRY(name_output(batch, batch->paths[i], &batch->outputs[i], error));
        for (size_t k = 0; k < i; k++) {
            if (strcmp(batch->outputs[i], batch->outputs[k]) == 0) {
                return error_set(error, STATUS_USAGE, "import: %s and %s would both be %s",
                                 batch->paths[k], batch->paths[i], batch->outputs[i]);
            }
        }
    }
    return STATUS_OK;
}

/* ---- seeds ---- */

static enum status compile_regex(struct batch *batch, struct error *error)
{
    char reason[REASON_SIZE];
    const char *const text = batch->many->seed_from;
    if (text == NULL) {
        return STATUS_OK;
    }
    const int code = regcomp(&batch->regex, text, REG_EXTENDED);
    if (code != 0) {
        (void)regerror(code, &batch->regex, reason, sizeof reason);
        batch->regex = (regex_t){0};
        return error_set(error, STATUS_USAGE, "import: --seed-from is '%s': %s", text, reason);
    }
    return batch->regex.re_nsub >= 1
               ? STATUS_OK
               : error_set(error, STATUS_USAGE,
                           "import: --seed-from is '%s', expected a group such as ([0-9]+)", text);
}

static enum status seed_of(const struct batch *batch, const char *path, int64_t *seed,
                           struct error *error)
{
    regmatch_t matches[2];
    char *end = NULL;
    *seed = batch->many->seed;
    if (batch->many->seed_from == NULL) {
        return STATUS_OK;
    }
    if (regexec(&batch->regex, path, 2, matches, 0) != 0 || matches[1].rm_so < 0) {
        return error_set(error, STATUS_INPUT, "%s: its name has nothing for --seed-from '%s'", path,
                         batch->many->seed_from);
    }
    errno = 0;
    *seed = strtoll(path + matches[1].rm_so, &end, 10);
    return errno == 0 && end == path + matches[1].rm_eo && end > path + matches[1].rm_so &&
                   *seed >= 0
               ? STATUS_OK
               : error_set(error, STATUS_INPUT,
                           "%s: the group of --seed-from is '%.*s', expected a whole number", path,
                           (int)(matches[1].rm_eo - matches[1].rm_so), path + matches[1].rm_so);
}

/* ---- imports ---- */

static enum status import_one(struct batch *batch, size_t i, struct error *error)
{
    struct import_outcome outcome = {.description = ""};
    struct import_pair pair = {batch->paths[i], batch->outputs[i], -1, true};
    struct import_settings settings = *batch->many->settings;
    settings.searches = &batch->searches;
    enum status status = seed_of(batch, pair.path, &pair.seed, error);
    THEN(status, import_model(&settings, &pair, &outcome, error));
    import_tell(&settings, &pair, &outcome, status == STATUS_OK ? NULL : error);
    return status;
}

/* Without memory there is no use in going on. */
static enum status import_all(struct batch *batch, struct error *error)
{
    TRY(path_make_folder(batch->many->folder, error));
    for (size_t i = 0; i < batch->n; i++) {
        const enum status status = import_one(batch, i, error);
        if (status == STATUS_INTERNAL) {
            return status;
        }
        if (status != STATUS_OK) {
            TRY(memory_string(&batch->failures[batch->n_failed++], error->text, error));
        }
    }
    (void)fflush(stdout); /* the list of failures stands after all lines */
    for (size_t i = 0; i < batch->n_failed; i++) {
        screen_note("failed: %s", batch->failures[i]);
    }
    return batch->n_failed == 0
               ? STATUS_OK
               : error_set(error, STATUS_JOBS_FAILED, "import: %zu of %zu files were not imported",
                           batch->n_failed, batch->n);
}

enum status import_many(const struct import_many *many, struct error *error)
{
    struct batch batch = {.many = many, .searches = SEARCHES};
    enum status status = compile_regex(&batch, error);
    THEN(status, find_files(&batch, error));
    THEN(status, name_outputs(&batch, error));
    THEN(status, import_all(&batch, error));
    for (size_t i = 0; batch.outputs != NULL && i < batch.n; i++) {
        free(batch.outputs[i]);
    }
    for (size_t i = 0; i < batch.n_failed; i++) {
        free(batch.failures[i]);
    }
    free(batch.outputs);
    free(batch.failures);
    free(batch.paths);
    globfree(&batch.found);
    regfree(&batch.regex);
    return status;
}

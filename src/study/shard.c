#include "study/shard.h"

#include "core/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char SUFFIX[] = ".h5";

/* A number without sign, blank or leading zero; 0 when there is none of at most 9 digits. */
static int read_number(const char **text)
{
    const size_t digits = strspn(*text, "0123456789");
    const int value = digits > 0 && digits <= 9 && **text != '0' ? (int)strtol(*text, NULL, 10) : 0;
    *text += digits;
    return value;
}

enum status shard_parse(struct shard *shard, const char *text, struct error *error)
{
    const char *end = text;
    shard->number = read_number(&end);
    const bool has_slash = *end == '/';
    end += has_slash;
    shard->count = read_number(&end);
    if (!has_slash || *end != '\0' || shard->number < 1 || shard->number > shard->count) {
        return error_set(error, STATUS_USAGE, "--shard is '%s', expected K/N with K from 1 to N",
                         text);
    }
    return STATUS_OK;
}

/* Replaces *text by a new one, printed after a format. */
static enum status replace(char **text, struct error *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static enum status replace(char **text, struct error *error, const char *format, ...)
{
    char *printed = NULL;
    va_list arguments;
    va_start(arguments, format);
    const int length = vasprintf(&printed, format, arguments);
    va_end(arguments);
    if (length < 0) {
        return error_set(error, STATUS_INTERNAL, "out of memory: a shard of the study");
    }
    free(*text);
    *text = printed;
    return STATUS_OK;
}

static const char LINE[] = "shard = \"";

struct shard shard_of_canonical(const char *canonical)
{
    struct shard shard = {1, 1};
    const char *line = canonical;
    for (const char *end = strchr(line, '\n'); end != NULL && end[1] != '\0';
         end = strchr(line, '\n')) {
        line = end + 1;
    }
    if (text_begins(line, LINE)) {
        char text[32] = "";
        struct error ignored;
        line += sizeof LINE - 1;
        (void)snprintf(text, sizeof text, "%.*s", (int)strcspn(line, "\""), line);
        if (shard_parse(&shard, text, &ignored) != STATUS_OK) {
            shard = (struct shard){1, 1};
        }
    }
    return shard;
}

enum status shard_keep_cases(struct sweep *sweep, const struct shard *shard, struct error *error)
{
    TRY(replace(&sweep->canonical, error, "%s%s%d/%d\"\n", sweep->canonical, LINE, shard->number,
                shard->count));
    int kept = 0;
    for (int i = 0; i < sweep->n_cases; i++) {
        if (i % shard->count == shard->number - 1) {
            sweep->cases[kept++] = sweep->cases[i];
        } else {
            free(sweep->cases[i].task_label);
            free(sweep->cases[i].matrix);
        }
    }
    sweep->n_cases = kept;
    return STATUS_OK;
}

enum status shard_name_output(struct sweep *sweep, const struct shard *shard, struct error *error)
{
    return replace(&sweep->output, error, "%.*s.shard-%d-of-%d%s",
                   (int)text_stem_length(sweep->output, SUFFIX), sweep->output, shard->number,
                   shard->count, SUFFIX);
}

static bool skip(const char **text, const char *word)
{
    const bool found = strncmp(*text, word, strlen(word)) == 0;
    *text += found ? strlen(word) : 0;
    return found;
}

bool shard_is_output(const char *path, const char *output)
{
    const size_t stem = text_stem_length(output, SUFFIX);
    if (strncmp(path, output, stem) != 0) {
        return false;
    }
    const char *rest = path + stem;
    return skip(&rest, ".shard-") && read_number(&rest) > 0 && skip(&rest, "-of-") &&
           read_number(&rest) > 0 && strcmp(rest, SUFFIX) == 0;
}

#include "cli/model_choice.h"

#include "core/text.h"

#include <string.h>

static const char ENDING[] = ".h5";
enum { HEX_IN_LABEL = 8 };

/* A trained model is labelled name-hex8. */
static size_t length_without_hash(const char *label)
{
    const size_t length = strlen(label);
    const size_t stem = length > HEX_IN_LABEL + 1 ? length - HEX_IN_LABEL - 1 : 0;
    const bool has_hash = stem > 0 && label[stem] == '-' &&
                          strspn(label + stem + 1, "0123456789abcdef") == HEX_IN_LABEL;
    return has_hash ? stem : length;
}

static bool ends_with(const char *text, size_t length, const char *word)
{
    const size_t size = strlen(word);
    return size <= length && memcmp(text + length - size, word, size) == 0;
}

/* How well a word names a model: 2 exactly, 1 by its end, 0 not. */
static int match(const char *label, const char *name, const char *word)
{
    if (strcmp(label, word) == 0 || strcmp(name, word) == 0) {
        return 2;
    }
    return ends_with(label, strlen(label), word) ||
           ends_with(label, text_stem_length(label, ENDING), word) ||
           ends_with(label, length_without_hash(label), word);
}

static enum status unknown_model(const struct model_words *models, const char *command,
                                 const char *word, struct error *error)
{
    const char *nearest = NULL;
    for (int i = 0; i < models->n; i++) {
        const char *const words[] = {nearest != NULL ? nearest : models->names[i], models->names[i],
                                     models->labels[i]};
        const char *const found = text_nearest(word, words, 3);
        nearest = found != NULL ? found : nearest;
    }
    return nearest != NULL
               ? error_set(error, STATUS_USAGE, "%s: no model '%s', did you mean '%s'?", command,
                           word, nearest)
               : error_set(error, STATUS_USAGE, "%s: no model '%s' among %d cases, e.g. '%s'",
                           command, word, models->n, models->n > 0 ? models->names[0] : "");
}

enum status model_choose(const struct model_words *models, const char *command, const char *word,
                         unsigned char *wanted, struct error *error)
{
    int best = 0;
    int first = -1;
    for (int i = 0; i < models->n; i++) {
        const int found = match(models->labels[i], models->names[i], word);
        best = found > best ? found : best;
    }
    for (int i = 0; i < models->n && best > 0; i++) {
        wanted[i] = match(models->labels[i], models->names[i], word) == best;
        first = first < 0 && wanted[i] != 0 ? i : first;
        if (wanted[i] != 0 && strcmp(models->labels[i], models->labels[first]) != 0) {
            return error_set(error, STATUS_USAGE,
                             "%s: '%s' is the end of several models, of '%s' "
                             "and '%s'",
                             command, word, models->labels[first], models->labels[i]);
        }
    }
    return best > 0 ? STATUS_OK : unknown_model(models, command, word, error);
}

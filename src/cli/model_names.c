#include "cli/model_names.h"

#include "core/memory.h"
#include "core/text.h"

#include <stdlib.h>
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

static const char *last_part(const char *label)
{
    const char *const slash = strrchr(label, '/');
    return slash != NULL && slash[1] != '\0' ? slash + 1 : label;
}

/* A model with its name. */
struct entry {
    const char *label;
    char **name;
};

static int compare_entries(const void *a, const void *b)
{
    const struct entry *const first = a;
    const struct entry *const second = b;
    const int order = strcmp(*first->name, *second->name);
    return order != 0 ? order : strcmp(first->label, second->label);
}

/* Models that would have one name keep their labels. */
static enum status tell_apart(struct entry *entries, int n, struct error *error)
{
    qsort(entries, (size_t)n, sizeof *entries, compare_entries);
    for (int first = 0, end = 0; first < n; first = end) {
        while (end < n && strcmp(*entries[end].name, *entries[first].name) == 0) {
            end++;
        }
        if (strcmp(entries[first].label, entries[end - 1].label) == 0) {
            continue; /* all of them one model */
        }
        for (int i = first; i < end; i++) {
            free(*entries[i].name);
            *entries[i].name = NULL;
            TRY(memory_string(entries[i].name, entries[i].label, error));
        }
    }
    return STATUS_OK;
}

enum status model_names_create(struct model_names *names, const char *const *labels, int n,
                               struct error *error)
{
    struct entry *entries = NULL;
    *names = (struct model_names){.n = n};
    TRY(memory_array(&names->labels, (size_t)n, sizeof *names->labels, error));
    TRY(memory_array(&names->names, (size_t)n, sizeof *names->names, error));
    TRY(memory_array(&entries, (size_t)n, sizeof *entries, error));
    enum status status = STATUS_OK;
    for (int i = 0; i < n && status == STATUS_OK; i++) {
        const char *const part = last_part(labels[i]);
        names->labels[i] = labels[i];
        status = memory_string(&names->names[i], part, error);
        if (status == STATUS_OK) {
            names->names[i][length_without_hash(part)] = '\0';
        }
        entries[i] = (struct entry){labels[i], &names->names[i]};
    }
    THEN(status, tell_apart(entries, n, error));
    free(entries);
    return status;
}

enum status model_names_of_cases(struct model_names *names, const struct study_data *data,
                                 struct error *error)
{
    const char **labels = NULL;
    *names = (struct model_names){.n = 0};
    TRY(memory_array(&labels, (size_t)data->n_cases, sizeof *labels, error));
    for (int i = 0; i < data->n_cases; i++) {
        labels[i] = study_text(data, "model", i);
    }
    const enum status status = model_names_create(names, labels, data->n_cases, error);
    free(labels);
    return status;
}

void model_names_release(struct model_names *names)
{
    for (int i = 0; names->names != NULL && i < names->n; i++) {
        free(names->names[i]);
    }
    free(names->names);
    free(names->labels);
    *names = (struct model_names){0};
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

static enum status unknown_model(const struct model_names *names, const char *command,
                                 const char *word, struct error *error)
{
    const char *nearest = NULL;
    for (int i = 0; i < names->n; i++) {
        const char *const words[] = {nearest != NULL ? nearest : names->names[i], names->names[i]};
        const char *const found = text_nearest(word, words, 2);
        nearest = found != NULL ? found : nearest;
    }
    return nearest != NULL
               ? error_set(error, STATUS_USAGE, "%s: no model '%s', did you mean '%s'?", command,
                           word, nearest)
               : error_set(error, STATUS_USAGE, "%s: no model '%s' among %d cases, e.g. '%s'",
                           command, word, names->n, names->n > 0 ? names->names[0] : "");
}

enum status model_names_find(const struct model_names *names, const char *command, const char *word,
                             unsigned char *wanted, struct error *error)
{
    int best = 0;
    int first = -1;
    for (int i = 0; i < names->n; i++) {
        const int found = match(names->labels[i], names->names[i], word);
        best = found > best ? found : best;
    }
    for (int i = 0; i < names->n && best > 0; i++) {
        wanted[i] = match(names->labels[i], names->names[i], word) == best;
        first = first < 0 && wanted[i] != 0 ? i : first;
        if (wanted[i] != 0 && strcmp(names->labels[i], names->labels[first]) != 0) {
            return error_set(error, STATUS_USAGE,
                             "%s: '%s' is the end of several models, of '%s' "
                             "and '%s'",
                             command, word, names->labels[first], names->labels[i]);
        }
    }
    return best > 0 ? STATUS_OK : unknown_model(names, command, word, error);
}

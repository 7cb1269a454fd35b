/* Alphas, ablation sets and seeds: the lists of values that span a study. */
#include "study/study_parts.h"

#include "core/memory.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rounded to 15 digits, so that a label equals the literal that a user types. */
static double range_value(double from, double to, int i, int count)
{
    char text[40];
    (void)snprintf(text, sizeof text, "%.15g", from + (to - from) * i / (count - 1));
    return strtod(text, NULL);
}

static enum status read_range(struct study_reader *reader, const config_setting_t *group,
                              double **alphas, int *count)
{
    TRY(config_check(reader->config, group, &STUDY_GROUPS[GROUP_RANGE], reader->error));
    const double from = config_real(group, "from", 0.0);
    const double to = config_real(group, "to", 0.0);
    if (!(from < to)) {
        return config_error(reader->config, group, reader->error,
                            "alphas run from %.15g to %.15g, expected from < to", from, to);
    }
    *count = (int)config_integer(group, "count", 0);
    TRY(memory_array(alphas, (size_t)*count, sizeof **alphas, reader->error));
    for (int i = 0; i < *count; i++) {
        (*alphas)[i] = range_value(from, to, i, *count);
    }
    return STATUS_OK;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static enum status check_alphas(const struct study_reader *reader, const config_setting_t *setting)
{
    const struct sweep *const sweep = reader->sweep;
    if (sweep->n_alphas > STUDY_MAX_ALPHAS) {
        return config_error(reader->config, setting, reader->error,
                            "alphas has %d values, expected at most %d", sweep->n_alphas,
                            STUDY_MAX_ALPHAS);
    }
    for (int i = 0; i < sweep->n_alphas; i++) {
        if (!(sweep->alphas[i] > 0.0 && sweep->alphas[i] <= 1.0)) {
            return config_error(reader->config, setting, reader->error,
                                "alpha is %.15g, expected above 0 and at most 1", sweep->alphas[i]);
        }
        if (i > 0 && sweep->alphas[i] == sweep->alphas[i - 1]) {
            return config_error(reader->config, setting, reader->error,
                                "alpha %.15g stands twice, expected different values",
                                sweep->alphas[i]);
        }
    }
    return STATUS_OK;
}

enum status study_read_alphas(struct study_reader *reader, const config_setting_t *setting)
{
    struct sweep *const sweep = reader->sweep;
    if (setting == NULL) {
        static const double paper[] = {0.85, 0.90, 0.95};
        sweep->n_alphas = 3;
        TRY(memory_array(&sweep->alphas, 3, sizeof *sweep->alphas, reader->error));
        memcpy(sweep->alphas, paper, sizeof paper);
    } else if (config_setting_type(setting) == CONFIG_TYPE_GROUP) {
        TRY(read_range(reader, setting, &sweep->alphas, &sweep->n_alphas));
    } else {
        TRY(config_reals(reader->config, setting, &sweep->alphas, &sweep->n_alphas, reader->error));
    }
    qsort(sweep->alphas, (size_t)sweep->n_alphas, sizeof *sweep->alphas, compare_doubles);
    return check_alphas(reader, setting);
}

static enum status mark_sets(struct study_reader *reader, const config_setting_t *setting,
                             const char *const *words, int count, bool *wanted)
{
    const char *names[ABLATION_SET_COUNT];
    for (int i = 0; i < ABLATION_SET_COUNT; i++) {
        names[i] = ablation_name(ABLATION_ORDER[i]);
    }
    for (int i = 0; i < count; i++) {
        ablation_set set = ABLATION_NONE;
        if (!ablation_from_name(words[i], &set)) {
            return config_unknown_word(reader->config, setting, "ablation set", words[i], names,
                                       ABLATION_SET_COUNT, reader->error);
        }
        wanted[set] = true;
    }
    return STATUS_OK;
}

enum status study_read_ablations(struct study_reader *reader, const config_setting_t *setting)
{
    struct sweep *const sweep = reader->sweep;
    bool wanted[ABLATION_SET_COUNT] = {[ABLATION_NONE] = true};
    const char **words = NULL;
    int count = 0;
    if (setting != NULL) {
        TRY(config_words(reader->config, setting, &words, &count, reader->error));
    }
    if (count == 0 || (count == 1 && strcmp(words[0], "all") == 0)) {
        memset(wanted, true, sizeof wanted);
        count = 0;
    }
    const enum status status = mark_sets(reader, setting, words, count, wanted);
    free(words);
    TRY(status);
    for (int i = 0; i < ABLATION_SET_COUNT; i++) {
        if (wanted[ABLATION_ORDER[i]]) {
            sweep->ablations[sweep->n_ablations++] = ABLATION_ORDER[i];
        }
    }
    return STATUS_OK;
}

/* Seeds collected so far. */
struct seed_list {
    int64_t *values;
    size_t count;
    size_t capacity;
};

static enum status add_seeds(struct seed_list *list, const struct config *config,
                             const config_setting_t *setting, int64_t first, int64_t last,
                             struct error *error)
{
    if (first < 0 || last < first) {
        return config_error(config, setting, error,
                            "seeds run from %lld to %lld, expected 0 <= first <= last",
                            (long long)first, (long long)last);
    }
    if (last - first >= STUDY_MAX_CASES - (int64_t)list->count) {
        return config_error(config, setting, error, "seeds name %llu models, expected at most %d",
                            (unsigned long long)(last - first) + 1 + list->count, STUDY_MAX_CASES);
    }
    for (int64_t seed = first; seed <= last; seed++) {
        TRY(memory_reserve(&list->values, &list->capacity, list->count + 1, sizeof *list->values,
                           error));
        list->values[list->count++] = seed;
    }
    return STATUS_OK;
}

static const char *skip_spaces(const char *text)
{
    while (isspace((unsigned char)*text)) {
        text++;
    }
    return text;
}

static bool read_seed(const char **text, int64_t *seed)
{
    const char *const digits = skip_spaces(*text);
    char *end = NULL;
    if (!isdigit((unsigned char)*digits)) {
        return false;
    }
    errno = 0;
    *seed = strtoll(digits, &end, 10);
    *text = skip_spaces(end);
    return errno == 0;
}

/* first, or first..last */
static bool read_seed_range(const char **text, int64_t *first, int64_t *last)
{
    if (!read_seed(text, first)) {
        return false;
    }
    *last = *first;
    if (strncmp(*text, "..", 2) != 0) {
        return true;
    }
    *text += 2;
    return read_seed(text, last);
}

static enum status add_seed_text(struct seed_list *list, const struct config *config,
                                 const config_setting_t *setting, struct error *error)
{
    const char *text = config_setting_get_string(setting);
    for (;;) {
        int64_t first = 0;
        int64_t last = 0;
        if (!read_seed_range(&text, &first, &last) || (*text != ',' && *text != '\0')) {
            return config_error(config, setting, error,
                                "seeds is \"%s\", expected a form like \"0..4,7\"",
                                config_setting_get_string(setting));
        }
        TRY(add_seeds(list, config, setting, first, last, error));
        if (*text == '\0') {
            return STATUS_OK;
        }
        text++;
    }
}

static enum status add_seed_list(struct seed_list *list, const struct config *config,
                                 const config_setting_t *setting, struct error *error)
{
    double *values = NULL;
    int count = 0;
    TRY(config_reals(config, setting, &values, &count, error));
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < count; i++) {
        if (values[i] != floor(values[i]) || fabs(values[i]) > 0x1p53) {
            status = config_error(config, setting, error, "seed is %.15g, expected an integer",
                                  values[i]);
        } else {
            status =
                add_seeds(list, config, setting, (int64_t)values[i], (int64_t)values[i], error);
        }
    }
    free(values);
    return status;
}

static int compare_seeds(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static enum status check_unique(const struct seed_list *list, const struct config *config,
                                const config_setting_t *setting, struct error *error)
{
    int64_t *sorted = NULL;
    if (list->count < 2) {
        return STATUS_OK;
    }
    TRY(memory_array(&sorted, list->count, sizeof *sorted, error));
    memcpy(sorted, list->values, list->count * sizeof *sorted);
    qsort(sorted, list->count, sizeof *sorted, compare_seeds);
    enum status status = STATUS_OK;
    for (size_t i = 1; i < list->count && status == STATUS_OK; i++) {
        if (sorted[i] == sorted[i - 1]) {
            status = config_error(config, setting, error,
                                  "seed %lld stands twice, expected different seeds",
                                  (long long)sorted[i]);
        }
    }
    free(sorted);
    return status;
}

enum status study_read_seeds(const struct config *config, const config_setting_t *setting,
                             int64_t **seeds, int *count, struct error *error)
{
    struct seed_list list = {0};
    const bool is_text = config_setting_type(setting) == CONFIG_TYPE_STRING;
    enum status status = is_text ? add_seed_text(&list, config, setting, error)
                                 : add_seed_list(&list, config, setting, error);
    if (status == STATUS_OK) {
        status = check_unique(&list, config, setting, error);
    }
    if (status != STATUS_OK) {
        free(list.values);
        return status;
    }
    *seeds = list.values;
    *count = (int)list.count;
    return STATUS_OK;
}

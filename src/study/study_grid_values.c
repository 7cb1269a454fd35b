/* Alphas, ablation sets and seeds: the lists of values that span a study. */
#include "study/study_parts.h"

#include "core/memory.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum status read_range(struct study_reader *reader, const config_setting_t *group,
                              double **alphas, int *count)
{
    TRY(config_check(reader->config, group, &STUDY_GROUPS[GROUP_RANGE]));
    const double from = config_real(group, "from", 0.0);
    const double to = config_real(group, "to", 0.0);
    if (!(from < to)) {
        return config_error(reader->config, group,
                            "alphas run from %.15g to %.15g, expected from < to", from, to);
    }
    *count = (int)config_integer(group, "count", 0);
    TRY(memory_array(alphas, (size_t)*count, sizeof **alphas, reader->error));
    for (int i = 0; i < *count; i++) {
        /* Rounded to 15 digits, so that a label equals the literal that a user types. */
        char text[40];
        (void)snprintf(text, sizeof text, "%.15g", from + (to - from) * i / (*count - 1));
        (*alphas)[i] = strtod(text, NULL);
    }
    return STATUS_OK;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

enum status study_read_alphas(struct study_reader *reader, const config_setting_t *setting)
{
    static const double paper[] = {0.85, 0.90, 0.95};
    const struct config *const config = reader->config;
    struct sweep *const sweep = reader->sweep;
    if (setting == NULL) {
        sweep->n_alphas = 3;
        TRY(memory_array(&sweep->alphas, 3, sizeof *sweep->alphas, reader->error));
        memcpy(sweep->alphas, paper, sizeof paper);
    } else if (config_setting_is_group(setting)) {
        TRY(read_range(reader, setting, &sweep->alphas, &sweep->n_alphas));
    } else {
        TRY(config_reals(config, setting, &sweep->alphas, &sweep->n_alphas));
    }
    qsort(sweep->alphas, (size_t)sweep->n_alphas, sizeof *sweep->alphas, compare_doubles);
    if (sweep->n_alphas > STUDY_MAX_ALPHAS) {
        return config_error(config, setting, "alphas has %d values, expected at most %d",
                            sweep->n_alphas, STUDY_MAX_ALPHAS);
    }
    for (int i = 0; i < sweep->n_alphas; i++) {
        const double alpha = sweep->alphas[i];
        if (!(alpha > 0.0 && alpha <= 1.0)) {
            return config_error(config, setting, "alpha is %.15g, expected above 0 and at most 1",
                                alpha);
        }
        if (i > 0 && alpha == sweep->alphas[i - 1]) {
            return config_error(config, setting,
                                "alpha %.15g stands twice, expected different values", alpha);
        }
    }
    return STATUS_OK;
}

enum status study_read_ablations(struct study_reader *reader, const config_setting_t *setting)
{
    struct sweep *const sweep = reader->sweep;
    bool wanted[ABLATION_SET_COUNT] = {[ABLATION_NONE] = true};
    const char *names[ABLATION_SET_COUNT];
    const char **words = NULL;
    int count = 0;
    enum status status = STATUS_OK;
    if (setting != NULL) {
        TRY(config_words(reader->config, setting, &words, &count));
    }
    const bool all = count == 0 || (count == 1 && strcmp(words[0], "all") == 0);
    for (int i = 0; i < ABLATION_SET_COUNT; i++) {
        names[i] = ablation_name(ABLATION_ORDER[i]);
    }
    for (int i = 0; status == STATUS_OK && !all && i < count; i++) {
        ablation_set set = ABLATION_NONE;
        status = ablation_from_name(words[i], &set)
                     ? STATUS_OK
                     : config_unknown_word(reader->config, setting, "ablation set", words[i], names,
                                           ABLATION_SET_COUNT);
        wanted[set] = true;
    }
    free(words);
    for (int i = 0; i < ABLATION_SET_COUNT; i++) {
        if (all || wanted[ABLATION_ORDER[i]]) {
            sweep->ablations[sweep->n_ablations++] = ABLATION_ORDER[i];
        }
    }
    return status;
}

/* Seeds collected so far. */
struct seed_list {
    const struct config *config;
    const config_setting_t *setting;
    int64_t *values;
    size_t count;
    size_t capacity;
};

static enum status add_seeds(struct seed_list *list, int64_t first, int64_t last)
{
    if (first < 0 || last < first) {
        return config_error(list->config, list->setting,
                            "seeds run from %lld to %lld, expected 0 <= first <= last",
                            (long long)first, (long long)last);
    }
    if (last - first >= STUDY_MAX_CASES - (int64_t)list->count) {
        return config_error(list->config, list->setting,
                            "seeds name %llu models, expected at most %d",
                            (unsigned long long)(last - first) + 1 + list->count, STUDY_MAX_CASES);
    }
    for (int64_t seed = first; seed <= last; seed++) {
        TRY(memory_reserve(&list->values, &list->capacity, list->count + 1, sizeof *list->values,
                           list->config->error));
        list->values[list->count++] = seed;
    }
    return STATUS_OK;
}

/* Digits at *text, which may stand between blanks. */
static bool take_seed(const char **text, int64_t *seed)
{
    static const char blanks[] = " \t\n\v\f\r";
    char *end = NULL;
    const char *const digits = *text + strspn(*text, blanks);
    if (!isdigit((unsigned char)*digits)) {
        return false;
    }
    errno = 0;
    *seed = strtoll(digits, &end, 10);
    *text = end + strspn(end, blanks);
    return errno == 0;
}

/* "0..4,7" */
static enum status add_seed_text(struct seed_list *list)
{
    const char *const all = config_setting_get_string(list->setting);
    const char *text = all;
    do {
        int64_t first = 0;
        bool is_good = take_seed(&text, &first);
        int64_t last = first;
        if (is_good && strncmp(text, "..", 2) == 0) {
            text += 2;
            is_good = take_seed(&text, &last);
        }
        if (!is_good || (*text != ',' && *text != '\0')) {
            return config_error(list->config, list->setting,
                                "seeds is \"%s\", expected a form like \"0..4,7\"", all);
        }
        TRY(add_seeds(list, first, last));
    } while (*text++ == ',');
    return STATUS_OK;
}

static enum status add_seed_numbers(struct seed_list *list)
{
    double *values = NULL;
    int count = 0;
    TRY(config_reals(list->config, list->setting, &values, &count));
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < count; i++) {
        status = values[i] != floor(values[i]) || fabs(values[i]) > 0x1p53
                     ? config_error(list->config, list->setting,
                                    "seed is %.15g, expected an integer", values[i])
                     : add_seeds(list, (int64_t)values[i], (int64_t)values[i]);
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

enum status study_read_seeds(const struct study_reader *reader, const config_setting_t *setting,
                             int64_t **seeds, int *count)
{
    struct seed_list list = {.config = reader->config, .setting = setting};
    enum status status = config_setting_type(setting) == CONFIG_TYPE_STRING
                             ? add_seed_text(&list)
                             : add_seed_numbers(&list);
    int64_t *sorted = NULL;
    *seeds = list.values; /* the caller's also after a failure */
    *count = (int)list.count;
    TRY(status);
    TRY(memory_array(&sorted, list.count, sizeof *sorted, reader->error));
    if (list.values != NULL) {
        memcpy(sorted, list.values, list.count * sizeof *sorted);
    }
    qsort(sorted, list.count, sizeof *sorted, compare_seeds);
    for (size_t i = 1; i < list.count && status == STATUS_OK; i++) {
        if (sorted[i] == sorted[i - 1]) {
            status = config_error(reader->config, setting,
                                  "seed %lld stands twice, expected different seeds",
                                  (long long)sorted[i]);
        }
    }
    free(sorted);
    return status;
}

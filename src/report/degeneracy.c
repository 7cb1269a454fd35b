#include "report/degeneracy.h"

#include "core/array.h"
#include "core/index_map.h"
#include "core/memory.h"
#include "core/rng.h"
#include "kernel/measures/measure.h"
#include "report/effect.h"
#include "report/statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const DEGENERACY_NAMES[] = {
    "fvu_sd",  "ood_fvu_sd",   "dsa_distance",        "dsa_eigenvalue_distance", "weight_ratio",
    "profile", "profile_0.85", "stabilizer_distance", "dominance_entropy",       NULL};
const char *const DEGENERACY_TITLES[] = {"FVU, sd of log10",
                                         "FVU on changed trials, sd of log10",
                                         "dynamics, DSA",
                                         "eigenvalues of the dynamics",
                                         "weights, over their null",
                                         "profile, decades",
                                         "profile from 0.85",
                                         "stabilizers, Jaccard",
                                         "what dominates, bits"};

/* The mean over pairs of a variable of theirs, over another one if there is one. */
struct pair_level {
    enum degeneracy_level level;
    const char *variable;
    size_t place;
    const char *over;
};

static const struct pair_level PAIR_LEVELS[] = {
    {DEGENERACY_DSA, "dsa_distance", 0, NULL},
    {DEGENERACY_EIGENVALUES, "dsa_eigenvalue_distance", 0, NULL},
    {DEGENERACY_WEIGHT, "weight_distance", 0, "weight_distance_null"},
    {DEGENERACY_PROFILE, "profile_distance", 0, NULL},
    {DEGENERACY_PROFILE_USUAL, "profile_distance", 1, NULL}};
enum { N_PAIR_LEVELS = sizeof PAIR_LEVELS / sizeof PAIR_LEVELS[0] };

bool degeneracy_is_asked_for(const struct study_data *data)
{
    return data->n_pairs > 0 || study_has(data, "ood_fvu");
}

/* ---- pairs of the files ---- */

struct found_pair {
    const struct results_input *input;
    int row;
};

struct pair_list {
    struct found_pair *pairs; /* in the order of the files */
    struct index_map of_key;
};

/* Of two networks on a task, whichever comes first. */
static enum status hash_pair(const char *a, const char *b, const char *task, const char *matrix,
                             struct hash128 *key, struct error *error)
{
    const bool is_first = strcmp(a, b) <= 0;
    struct hasher *hasher = NULL;
    TRY(hasher_create(&hasher, error));
    hasher_string(hasher, is_first ? a : b);
    hasher_string(hasher, is_first ? b : a);
    hasher_string(hasher, task);
    hasher_string(hasher, matrix);
    *key = hasher_digest128(hasher);
    hasher_destroy(&hasher);
    return STATUS_OK;
}

static enum status list_pairs(struct pair_list *list, const struct study_data *data,
                              struct error *error)
{
    size_t n = 0;
    for (int i = 0; i < data->n_pairs; i++) {
        n += (size_t)data->pairs[i].sweep.n_cases;
    }
    TRY(memory_array(&list->pairs, n, sizeof *list->pairs, error));
    int count = 0;
    for (int i = 0; i < data->n_pairs; i++) {
        const struct results_input *const input = &data->pairs[i];
        for (int row = 0; row < input->sweep.n_cases; row++) {
            struct hash128 key;
            TRY(hash_pair(results_input_text(input, "model_identity", row),
                          results_input_text(input, "model_identity_2", row),
                          results_input_text(input, "task", row),
                          results_input_text(input, "matrix", row), &key, error));
            list->pairs[count] = (struct found_pair){input, row};
            TRY(index_map_put(&list->of_key, key, count++, error));
        }
    }
    return STATUS_OK;
}

static enum status find_pair(const struct pair_list *list, const struct study_data *data, int a,
                             int b, const struct found_pair **pair, struct error *error)
{
    struct hash128 key;
    TRY(hash_pair(study_text(data, "model_identity", a), study_text(data, "model_identity", b),
                  study_text(data, "task", a), study_text(data, "matrix", a), &key, error));
    const int index = index_map_find(&list->of_key, key);
    *pair = index >= 0 ? &list->pairs[index] : NULL;
    return STATUS_OK;
}

static double value_of(const struct found_pair *pair, const char *name, size_t place)
{
    const struct study_column *const column = results_input_column(pair->input, name);
    return column != NULL && place < column->lengths[0]
               ? *(const double *)study_column_at(column, pair->row, place, 0)
               : NAN;
}

/* ---- statistics of a resample ---- */

/* How often each of n networks counts. */
struct resample {
    const int *counts;
    int n;
};

/* sd of values[n] with n - 1; NaN ones do not count. */
static double weighted_sd(const struct resample *sample, const double *values)
{
    double sum = 0.0;
    double squares = 0.0;
    int n = 0;
    for (int i = 0; i < sample->n; i++) {
        if (!isnan(values[i])) {
            sum += sample->counts[i] * values[i];
            n += sample->counts[i];
        }
    }
    for (int i = 0; i < sample->n; i++) {
        const double off = values[i] - sum / n;
        squares += isnan(values[i]) ? 0.0 : sample->counts[i] * off * off;
    }
    return n > 1 ? sqrt(squares / (n - 1)) : NAN;
}

/* Mean over pairs of different networks of values[n, n], of which the upper half is looked at. */
static double weighted_pairs(const struct resample *sample, const double *values)
{
    double sum = 0.0;
    double n = 0.0;
    for (int i = 0; i < sample->n; i++) {
        for (int k = i + 1; k < sample->n && sample->counts[i] > 0; k++) {
            const double value = values[row_major(i, k, sample->n)];
            const double weight = (double)sample->counts[i] * sample->counts[k];
            sum += isnan(value) ? 0.0 : weight * value;
            n += isnan(value) ? 0.0 : weight;
        }
    }
    return n > 0.0 ? sum / n : NAN;
}

/* Entropy in bits of the mean of shares[n, DOMINANT_COUNT] of networks that are known. */
static double weighted_entropy(const struct resample *sample, const double *shares)
{
    double sums[DOMINANT_KNOWN_COUNT] = {0.0};
    double all = 0.0;
    for (int i = 0; i < sample->n; i++) {
        const double *const own = shares + array_count(i, DOMINANT_COUNT);
        for (int k = 0; k < DOMINANT_KNOWN_COUNT && own[DOMINANT_UNKNOWN] == 0.0; k++) {
            sums[k] += sample->counts[i] * own[k];
            all += sample->counts[i] * own[k];
        }
    }
    double entropy = 0.0;
    for (int k = 0; k < DOMINANT_KNOWN_COUNT && all > 0.0; k++) {
        entropy -= sums[k] > 0.0 ? sums[k] / all * log2(sums[k] / all) : 0.0;
    }
    return all > 0.0 ? entropy : NAN;
}

/* What the statistics of a group are made from. */
struct material {
    int n;               /* networks */
    double *fvu;         /* [n] log10 */
    int n_oods;          /* changed trials of the task */
    double *ood;         /* [n_oods, n] log10 */
    double *pairs;       /* [N_PAIR_LEVELS, n, n]; NULL: no files of pairs */
    double *stabilizers; /* [n, n] */
    double *shares;      /* [n, DOMINANT_COUNT] */
    int *counts;         /* [n] of a resample */
    double *draws;       /* [DEGENERACY_LEVELS, RESAMPLES] */
};

static double statistic(const struct material *material, const struct resample *sample,
                        enum degeneracy_level level)
{
    const size_t n = (size_t)material->n;
    if (level == DEGENERACY_FVU) {
        return weighted_sd(sample, material->fvu);
    }
    if (level == DEGENERACY_OOD) {
        double sum = 0.0;
        for (int i = 0; i < material->n_oods; i++) {
            sum += weighted_sd(sample, material->ood + (size_t)i * n);
        }
        return material->n_oods > 0 ? sum / material->n_oods : NAN;
    }
    if (level == DEGENERACY_STABILIZERS) {
        return weighted_pairs(sample, material->stabilizers);
    }
    if (level == DEGENERACY_DOMINANCE) {
        return weighted_entropy(sample, material->shares);
    }
    for (size_t k = 0; material->pairs != NULL && k < N_PAIR_LEVELS; k++) {
        if (PAIR_LEVELS[k].level == level) {
            return weighted_pairs(sample, material->pairs + k * n * n);
        }
    }
    return NAN;
}

/* ---- gathering ---- */

static double log_of(double value)
{
    return value > 0.0 && isfinite(value) ? log10(value) : NAN;
}

static void read_networks(struct material *material, const struct study_data *data,
                          const struct group *group, const struct case_partitions *partitions,
                          int n_oods)
{
    const int fvu = measure_number(MEASURE_FVU.variable.name);
    for (int i = 0; i < group->n_cases; i++) {
        const int c = group->cases[i];
        material->fvu[i] = log_of(study_measure(data, c, 0, 0, fvu));
        partitions_shares(&partitions[c], WIDE_WINDOW,
                          material->shares + array_count(i, DOMINANT_COUNT));
    }
    for (int place = 0; place < n_oods; place++) {
        double *const own = material->ood + array_count(material->n_oods, material->n);
        bool is_known = false;
        for (int i = 0; i < group->n_cases; i++) {
            own[i] = log_of(study_real(data, "ood_fvu", group->cases[i], (size_t)place));
            is_known = is_known || !isnan(own[i]);
        }
        material->n_oods += is_known; /* else of another task */
    }
}

/* 1 - of sets that can be removed in both to sets that can be in either; 0 where none can be. */
static double stabilizer_distance(const struct study_data *data, int a, int b, int alpha)
{
    int both = 0;
    int either = 0;
    for (int set = 1; set < data->n_sets; set++) {
        const bool x = effect_verdict(data, a, alpha, set) == 1;
        const bool y = effect_verdict(data, b, alpha, set) == 1;
        both += x && y;
        either += x || y;
    }
    return either > 0 ? 1.0 - (double)both / either : 0.0;
}

static enum status read_pairs(struct material *material, const struct study_data *data,
                              const struct group *group, const struct pair_list *list, int alpha,
                              struct degeneracy *out, struct error *error)
{
    const size_t square = array_count(material->n, material->n);
    for (int i = 0; i < group->n_cases; i++) {
        for (int k = i + 1; k < group->n_cases; k++) {
            const size_t place = row_major(i, k, material->n);
            const struct found_pair *pair = NULL;
            material->stabilizers[place] =
                stabilizer_distance(data, group->cases[i], group->cases[k], alpha);
            if (material->pairs == NULL) {
                continue;
            }
            TRY(find_pair(list, data, group->cases[i], group->cases[k], &pair, error));
            out->n_pairs += pair != NULL;
            for (size_t l = 0; l < N_PAIR_LEVELS; l++) {
                const struct pair_level *const level = &PAIR_LEVELS[l];
                double value = pair != NULL ? value_of(pair, level->variable, level->place) : NAN;
                if (pair != NULL && level->over != NULL) {
                    value /= value_of(pair, level->over, 0);
                }
                material->pairs[l * square + place] = value;
            }
        }
    }
    return STATUS_OK;
}

/* ---- all ---- */

enum { RESAMPLES = 1000, RESAMPLES_OF_MANY = 100, MANY_NETWORKS = 100 };
static const struct rng_key KEY = {{0x646567656e, 0}};

static enum status create(struct material *material, int n, int n_oods, bool has_pairs,
                          struct error *error)
{
    const size_t size = (size_t)n;
    material->n = n;
    TRY(memory_array(&material->fvu, size, sizeof(double), error));
    TRY(memory_array2(&material->ood, (size_t)n_oods + 1, size, sizeof(double), error));
    TRY(memory_array2(&material->stabilizers, size, size, sizeof(double), error));
    TRY(memory_array2(&material->shares, size, DOMINANT_COUNT, sizeof(double), error));
    TRY(memory_array(&material->counts, size, sizeof(int), error));
    TRY(memory_array2(&material->draws, DEGENERACY_LEVELS, RESAMPLES, sizeof(double), error));
    return has_pairs
               ? memory_array2(&material->pairs, size, size * N_PAIR_LEVELS, sizeof(double), error)
               : STATUS_OK;
}

static void release(struct material *material)
{
    free(material->fvu);
    free(material->ood);
    free(material->pairs);
    free(material->stabilizers);
    free(material->shares);
    free(material->counts);
    free(material->draws);
}

/* 2.5 % and 97.5 % quantiles over resamples of the networks. */
static void find_intervals(const struct material *material, struct degeneracy *out)
{
    const int n_draws = material->n > MANY_NETWORKS ? RESAMPLES_OF_MANY : RESAMPLES;
    const struct resample sample = {material->counts, material->n};
    int known[DEGENERACY_LEVELS] = {0};
    for (int draw = 0; draw < n_draws; draw++) {
        struct rng rng = rng_stream(KEY, (uint64_t)draw, (uint64_t)material->n);
        memset(material->counts, 0, (size_t)material->n * sizeof *material->counts);
        for (int i = 0; i < material->n; i++) {
            material->counts[rng_below(&rng, (uint64_t)material->n)]++;
        }
        for (int l = 0; l < DEGENERACY_LEVELS; l++) {
            const double value = isnan(out->levels[l].value)
                                     ? NAN
                                     : statistic(material, &sample, (enum degeneracy_level)l);
            if (!isnan(value)) {
                material->draws[l * RESAMPLES + known[l]++] = value;
            }
        }
    }
    for (int l = 0; l < DEGENERACY_LEVELS; l++) {
        double *const draws = material->draws + array_count(l, RESAMPLES);
        statistics_sort(draws, known[l]);
        out->levels[l].interval = (struct interval){statistics_quantile(draws, known[l], 0.025),
                                                    statistics_quantile(draws, known[l], 0.975)};
    }
}

static void summarise(const struct material *material, struct degeneracy *out)
{
    for (int i = 0; i < material->n; i++) {
        material->counts[i] = 1;
    }
    const struct resample all = {material->counts, material->n};
    for (int l = 0; l < DEGENERACY_LEVELS; l++) {
        out->levels[l] = (struct degeneracy_value){
            .value = statistic(material, &all, (enum degeneracy_level)l), .interval = {NAN, NAN}};
    }
    if (material->n >= BOOTSTRAP_LEAST) {
        find_intervals(material, out);
    }
}

static enum status find(struct degeneracy *out, const struct study_data *data,
                        const struct group *group, const struct case_partitions *partitions,
                        const struct pair_list *list, int alpha, struct error *error)
{
    const int n_oods = study_axis_length(data, "ood_fvu", group->cases[0], 0);
    struct material material = {.n = 0};
    *out = (struct degeneracy){.n_networks = group->n_cases};
    enum status status = create(&material, group->n_cases, n_oods, data->n_pairs > 0, error);
    if (status == STATUS_OK) {
        read_networks(&material, data, group, partitions, n_oods);
        status = read_pairs(&material, data, group, list, alpha, out, error);
    }
    if (status == STATUS_OK) {
        summarise(&material, out);
    }
    release(&material);
    return status;
}

enum status degeneracy_create(struct degeneracy **out, const struct study_data *data,
                              const struct grouping *grouping,
                              const struct case_partitions *partitions, int alpha,
                              struct error *error)
{
    struct pair_list list = {.pairs = NULL};
    int n_pairs = 0;
    TRY(memory_array(out, (size_t)grouping->n_groups, sizeof **out, error));
    enum status status = list_pairs(&list, data, error);
    for (int g = 0; g < grouping->n_groups && status == STATUS_OK; g++) {
        status = find(&(*out)[g], data, &grouping->groups[g], partitions, &list, alpha, error);
        n_pairs += (*out)[g].n_pairs;
    }
    free(list.pairs);
    index_map_release(&list.of_key);
    if (status == STATUS_OK && data->n_pairs > 0 && n_pairs == 0) {
        status = error_set(error, STATUS_MISMATCH, "%s: its pairs are of other networks than %s",
                           data->pairs[0].path, data->inputs[0].path);
    }
    return status;
}

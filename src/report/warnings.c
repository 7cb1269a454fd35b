#include "report/warnings.h"

#include "core/job_result.h"
#include "core/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LINE_SIZE = 1024, NAMES_SIZE = 640, MAX_NAMES = 6 };

struct teller {
    const struct report *report;
    void (*tell)(void *context, const char *line);
    void *context;
};

static void tell_line(const struct teller *teller, char *line)
{
    text_clean(line); /* a long name may have been cut within a character */
    teller->tell(teller->context, line);
}

/* Names of what a warning is about, the first few. */
struct names {
    char text[NAMES_SIZE];
    int count;
};

static void add_name(struct names *names, const char *name)
{
    const size_t used = strlen(names->text);
    if (names->count++ < MAX_NAMES) {
        (void)snprintf(names->text + used, sizeof names->text - used, "%s%.90s",
                       used > 0 ? ", " : "", name);
    } else if (names->count == MAX_NAMES + 1) {
        (void)snprintf(names->text + used, sizeof names->text - used, ", ...");
    }
}

static void warn_unfinished(const struct teller *teller)
{
    char line[LINE_SIZE];
    const struct job_counts counts = teller->report->counts;
    const int64_t n = counts.n_done + counts.n_failed + counts.n_pending;
    if (counts.n_pending > 0) {
        (void)snprintf(line, sizeof line,
                       "The study is not finished: %lld of %lld jobs are pending. What follows "
                       "tells what is there.",
                       (long long)counts.n_pending, (long long)n);
        tell_line(teller, line);
    }
    if (counts.n_failed > 0) {
        (void)snprintf(line, sizeof line,
                       "%lld of %lld jobs failed. They count in n_failed and in no other number.",
                       (long long)counts.n_failed, (long long)n);
        tell_line(teller, line);
    }
}

/* Error of the first failed job of a case, partitions last; false when it has none. */
static bool find_failure(const struct study_data *data, int c, int *code)
{
    const int n_rows = data->n_alphas + study_partitions(data, c);
    for (int row = 0; row < n_rows; row++) {
        for (int s = 0; s < data->n_sets; s++) {
            const int p = row - data->n_alphas;
            const int state =
                p < 0 ? study_job_state(data, c, row, s) : study_partition_job_state(data, c, p, s);
            if (state == JOB_FAILED) {
                *code = p < 0 ? study_job_error(data, c, row, s)
                              : study_partition_job_error(data, c, p, s);
                return true;
            }
        }
    }
    return false;
}

static void warn_failed_cases(const struct teller *teller)
{
    const struct study_data *const data = &teller->report->data;
    int shown = 0;
    for (int c = 0; c < data->n_cases && shown < MAX_NAMES; c++) {
        char line[LINE_SIZE];
        int code = 0;
        if (!find_failure(data, c, &code)) {
            continue;
        }
        const char *const message = study_message(data, c);
        (void)snprintf(line, sizeof line, "Failed: %.200s on %.60s: %.200s", study_model(data, c),
                       study_task(data, c),
                       message[0] != '\0' ? message : status_text((enum status)code));
        tell_line(teller, line);
        shown++;
    }
}

static void warn_unconverged(const struct teller *teller)
{
    const struct report *const report = teller->report;
    struct names names = {.count = 0};
    char line[LINE_SIZE];
    for (int c = 0; c < report->data.n_cases; c++) {
        if (study_converged(&report->data, c) == 0) {
            add_name(&names, study_model(&report->data, c));
        }
    }
    if (names.count > 0) {
        (void)snprintf(line, sizeof line, "%d network%s below the training target, %s: %s.",
                       names.count, names.count == 1 ? "" : "s",
                       report->options.converged_only
                           ? "left out of all statistics (--converged-only)"
                           : "counted like the others (n_not_converged; --converged-only leaves "
                             "them out)",
                       names.text);
        tell_line(teller, line);
    }
}

static void warn_fallbacks(const struct teller *teller)
{
    const struct study_data *const data = &teller->report->data;
    struct names names = {.count = 0};
    char line[LINE_SIZE];
    for (int c = 0; c < data->n_cases; c++) {
        if (study_schur_route(data, c) == SCHUR_ROUTE_FALLBACK) {
            add_name(&names, study_model(data, c));
        }
    }
    if (names.count > 0) {
        (void)snprintf(line, sizeof line,
                       "%d Schur form%s of teams failed the certificate and %s computed again on "
                       "one rank (schur_route 2): %s.",
                       names.count, names.count == 1 ? "" : "s", names.count == 1 ? "was" : "were",
                       names.text);
        tell_line(teller, line);
    }
}

static void warn_few_seeds(const struct teller *teller)
{
    const struct report *const report = teller->report;
    struct names names = {.count = 0};
    char line[LINE_SIZE];
    for (int g = 0; g < report->grouping.n_groups; g++) {
        char label[LINE_SIZE];
        char name[LINE_SIZE + 128];
        const struct group *const group = &report->grouping.groups[g];
        if (group->n_cases < FEW_SEEDS) {
            group_label(group, label, sizeof label);
            (void)snprintf(name, sizeof name, "%.80s %s", group->task, label);
            add_name(&names, name);
        }
    }
    if (names.count > 0) {
        (void)snprintf(line, sizeof line,
                       "%d group%s fewer than %d seeds, too few for a statement about their kind: "
                       "%s.",
                       names.count, names.count == 1 ? " has" : "s have", FEW_SEEDS, names.text);
        tell_line(teller, line);
    }
}

static void warn_near_ties(const struct teller *teller)
{
    const struct report *const report = teller->report;
    const struct study_data *const data = &report->data;
    struct names names = {.count = 0};
    char line[LINE_SIZE];
    for (int c = 0; c < data->n_cases; c++) {
        const double gap = study_split_real(data, VAR_ALPHA_GAP, c, report->main_alpha);
        if (gap < NEAR_TIE) {
            char name[LINE_SIZE];
            (void)snprintf(name, sizeof name, "%.70s (%.2g)", study_model(data, c), gap);
            add_name(&names, name);
        }
    }
    if (names.count > 0) {
        (void)snprintf(line, sizeof line,
                       "Near-ties at alpha = %g: in %d of %d cases an eigenvalue lies within %g of "
                       "the threshold (relative to the spectral radius), so that a slightly other "
                       "alpha is another partition: %s.",
                       data->alphas[report->main_alpha], names.count, data->n_cases, NEAR_TIE,
                       names.text);
        tell_line(teller, line);
    }
}

/* Files with and without a profile may be pooled. */
static void warn_missing_curves(const struct teller *teller)
{
    const struct report *const report = teller->report;
    const int n_cases = report->data.n_cases - report->n_excluded;
    char line[LINE_SIZE];
    if (report->n_curves > 0 && report->n_curves < n_cases) {
        (void)snprintf(line, sizeof line,
                       "%d of %d cases have a threshold curve; what is said about partitions and "
                       "dominance is about them alone.",
                       report->n_curves, n_cases);
        tell_line(teller, line);
    }
}

static void warn_equal_partitions(const struct teller *teller)
{
    const struct report *const report = teller->report;
    const struct study_data *const data = &report->data;
    struct names names = {.count = 0};
    char line[LINE_SIZE];
    for (int c = 0; c < data->n_cases; c++) {
        const int n = curve_count_distinct(&report->curves[c], data->alphas, data->n_alphas);
        if (report_has_curve(report, c) && n < data->n_alphas) {
            char name[LINE_SIZE];
            (void)snprintf(name, sizeof name, "%.70s (%d)", study_model(data, c), n);
            add_name(&names, name);
        }
    }
    if (names.count > 0) {
        (void)snprintf(
            line, sizeof line,
            "In %d of %d cases the %d thresholds are fewer different partitions, so that "
            "some of them say the same: %s.",
            names.count, report->n_curves, data->n_alphas, names.text);
        tell_line(teller, line);
    }
}

static void warn_narrow_partitions(const struct teller *teller)
{
    const struct report *const report = teller->report;
    struct names names = {.count = 0};
    char line[LINE_SIZE];
    for (int c = 0; c < report->data.n_cases; c++) {
        int n_narrow = 0;
        const int n = curve_count_points(&report->curves[c], WIDE_WINDOW, &n_narrow);
        if (report_has_curve(report, c) && n_narrow > 0) {
            char name[LINE_SIZE];
            (void)snprintf(name, sizeof name, "%.70s (%d of %d)", study_model(&report->data, c),
                           n_narrow, n);
            add_name(&names, name);
        }
    }
    if (names.count > 0) {
        (void)snprintf(line, sizeof line,
                       "Near-ties of moduli: in %d of %d cases there are partitions for alpha from "
                       "%g to %g that are narrower than %g of the spectral radius: %s.",
                       names.count, report->n_curves, WIDE_WINDOW.low, WIDE_WINDOW.high, NEAR_TIE,
                       names.text);
        tell_line(teller, line);
    }
}

static void warn_pooling(const struct teller *teller)
{
    const struct study_data *const data = &teller->report->data;
    char line[LINE_SIZE];
    if (data->n_duplicates > 0) {
        (void)snprintf(line, sizeof line,
                       "%d case%s in more than one file with equal values, counted once.",
                       data->n_duplicates, data->n_duplicates == 1 ? " is" : "s are");
        tell_line(teller, line);
    }
    if (data->seeds_differ) {
        teller->tell(teller->context, "The files come from studies with different seeds: their "
                                      "networks met different held-out trials.");
    }
}

/* Another network of the same name and task in an earlier file. */
static bool has_namesake(const struct study_data *data, int c)
{
    for (int k = 0; k < c; k++) {
        if (data->cases[k].source != data->cases[c].source &&
            strcmp(study_model(data, k), study_model(data, c)) == 0 &&
            strcmp(study_task(data, k), study_task(data, c)) == 0) {
            return true;
        }
    }
    return false;
}

static void warn_namesakes(const struct teller *teller)
{
    const struct study_data *const data = &teller->report->data;
    struct names names = {.count = 0};
    char line[LINE_SIZE];
    for (int c = 0; data->n_sources > 1 && c < data->n_cases; c++) {
        if (has_namesake(data, c)) {
            add_name(&names, study_model(data, c));
        }
    }
    if (names.count > 0) {
        (void)snprintf(line, sizeof line,
                       "%d model%s the name of another one in another file, with other weights; "
                       "both count: %s.",
                       names.count, names.count == 1 ? " has" : "s have", names.text);
        tell_line(teller, line);
    }
}

void report_warnings(const struct report *report, void (*tell)(void *context, const char *line),
                     void *context)
{
    const struct teller teller = {report, tell, context};
    warn_unfinished(&teller);
    warn_failed_cases(&teller);
    warn_unconverged(&teller);
    warn_fallbacks(&teller);
    warn_few_seeds(&teller);
    warn_near_ties(&teller);
    warn_missing_curves(&teller);
    warn_equal_partitions(&teller);
    warn_narrow_partitions(&teller);
    warn_pooling(&teller);
    warn_namesakes(&teller);
}

#include "report/warnings.h"

#include "core/job_result.h"
#include "core/text.h"
#include "kernel/experiment.h"
#include "kernel/measures/measure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LINE_SIZE = 1024, NAMES_SIZE = 640, MAX_NAMES = 6 };

struct teller {
    const struct report *report;
    void (*tell)(void *context, const char *line);
    void *context;
};

/* Gives the line on; a long name in it may have been cut within a character. */
__attribute__((format(printf, 2, 3))) static void tell(const struct teller *teller,
                                                       const char *format, ...)
{
    char line[LINE_SIZE];
    va_list values;
    va_start(values, format);
    (void)vsnprintf(line, sizeof line, format, values);
    va_end(values);
    text_clean(line);
    teller->tell(teller->context, line);
}

/* Names of what a warning is about, the first few. */
struct names {
    char text[NAMES_SIZE];
    int count;
};

__attribute__((format(printf, 2, 3))) static void add_name(struct names *names, const char *format,
                                                           ...)
{
    const size_t used = strlen(names->text);
    char name[LINE_SIZE] = "...";
    va_list values;
    va_start(values, format);
    if (names->count < MAX_NAMES) {
        (void)vsnprintf(name, sizeof name, format, values);
    }
    va_end(values);
    if (names->count++ <= MAX_NAMES) {
        (void)snprintf(names->text + used, sizeof names->text - used, "%s%.90s",
                       used > 0 ? ", " : "", name);
    }
}

static void warn_unfinished(const struct teller *teller)
{
    const struct job_counts counts = teller->report->counts;
    const long long n = counts.n_done + counts.n_failed + counts.n_pending;
    if (counts.n_pending > 0) {
        tell(teller,
             "The study is not finished: %lld of %lld jobs are pending. What follows tells what is "
             "there.",
             (long long)counts.n_pending, n);
    }
    if (counts.n_failed > 0) {
        tell(teller, "%lld of %lld jobs failed. They count in n_failed and in no other number.",
             (long long)counts.n_failed, n);
    }
}

/* The first few cases with a failed job, and why it failed. */
static void warn_failed_cases(const struct teller *teller)
{
    const struct study_data *const data = &teller->report->data;
    int shown = 0;
    for (int c = 0; c < data->n_cases && shown < MAX_NAMES; c++) {
        const char *const message = study_text(data, "message", c);
        const int n_jobs = (data->n_alphas + study_partitions(data, c)) * data->n_sets;
        int job = 0;
        while (job < n_jobs &&
               study_job_state(data, c, job / data->n_sets, job % data->n_sets) != JOB_FAILED) {
            job++;
        }
        if (job < n_jobs) {
            const int code = study_job_error(data, c, job / data->n_sets, job % data->n_sets);
            tell(teller, "Failed: %.200s on %.60s: %.200s", study_text(data, "model", c),
                 study_text(data, "task", c),
                 message[0] != '\0' ? message : status_text((enum status)code));
            shown++;
        }
    }
}

/* What concerns models for good. */
static void warn_models(const struct teller *teller)
{
    const struct report *const report = teller->report;
    const struct study_data *const data = &report->data;
    struct names unconverged = {.count = 0};
    struct names fallbacks = {.count = 0};
    for (int c = 0; c < data->n_cases; c++) {
        if ((int)study_integer(data, "converged", c, 0) == 0) {
            add_name(&unconverged, "%s", teller->report->names.of[c]);
        }
        if ((int)study_integer(data, "schur_route", c, 0) == SCHUR_ROUTE_FALLBACK) {
            add_name(&fallbacks, "%s", teller->report->names.of[c]);
        }
    }
    if (unconverged.count > 0) {
        tell(teller, "%d network%s below the training target, %s: %s.", unconverged.count,
             unconverged.count == 1 ? "" : "s",
             report->options.converged_only
                 ? "left out of all statistics (--converged-only)"
                 : "counted like the others (n_not_converged; --converged-only leaves them out)",
             unconverged.text);
    }
    if (fallbacks.count > 0) {
        tell(teller,
             "%d Schur form%s of teams failed the certificate and %s computed again on one rank "
             "(schur_route 2): %s.",
             fallbacks.count, fallbacks.count == 1 ? "" : "s",
             fallbacks.count == 1 ? "was" : "were", fallbacks.text);
    }
}

/* The study is about the network in the file, whatever it does on its trials. */
static void warn_poor(const struct teller *teller)
{
    const struct study_data *const data = &teller->report->data;
    struct names names = {.count = 0};
    for (int c = 0; c < data->n_cases; c++) {
        const double fvu = study_measure(data, c, 0, 0, measure_number("fvu"));
        const double accuracy = study_measure(data, c, 0, 0, measure_number("accuracy"));
        if ((int)study_integer(data, "converged", c, 0) < 0 && /* not trained by this program */
            baseline_is_poor(fvu, accuracy)) {
            add_name(&names, "%.70s (%.3g)", teller->report->names.of[c], fvu);
        }
    }
    if (names.count > 0) {
        tell(teller,
             "%d full network%s an FVU above %g on %s trials, as one that was not trained on them "
             "has, or that was read as another one (docs/models.md, Replay): %s.",
             names.count, names.count == 1 ? " has" : "s have", BASELINE_POOR_FVU,
             names.count == 1 ? "its" : "their", names.text);
    }
}

/* Any change of basis leaves the outputs of a linear network as they are. */
static void warn_linear(const struct teller *teller)
{
    const struct study_data *const data = &teller->report->data;
    struct names names = {.count = 0};
    for (int c = 0; c < data->n_cases; c++) {
        if (strcmp(study_text(data, "activation", c), "identity") == 0) {
            add_name(&names, "%.70s", teller->report->names.of[c]);
        }
    }
    if (names.count > 0) {
        tell(teller,
             "%d linear network%s (activation identity): couplings are no property of such a "
             "network "
             "but of the basis in which it is written: %s.",
             names.count, names.count == 1 ? "" : "s", names.text);
    }
}

static void warn_few_seeds(const struct teller *teller)
{
    const struct grouping *const grouping = &teller->report->grouping;
    struct names names = {.count = 0};
    for (int g = 0; g < grouping->n_groups; g++) {
        const struct group *const group = &grouping->groups[g];
        if (group->n_cases < FEW_SEEDS) {
            char label[LINE_SIZE];
            group_label(group, label, sizeof label);
            add_name(&names, "%.80s %s", group->task, label);
        }
    }
    if (names.count > 0) {
        tell(teller,
             "%d group%s fewer than %d seeds, too few for a statement about their kind: %s.",
             names.count, names.count == 1 ? " has" : "s have", FEW_SEEDS, names.text);
    }
}

static void warn_near_ties(const struct teller *teller)
{
    const struct report *const report = teller->report;
    const struct study_data *const data = &report->data;
    struct names names = {.count = 0};
    for (int c = 0; c < data->n_cases; c++) {
        const double gap = study_real(data, "alpha_gap", c, (size_t)report->main_alpha);
        if (gap < NEAR_TIE && !ensemble_has(data, c)) {
            add_name(&names, "%.70s (%.2g)", teller->report->names.of[c], gap);
        }
    }
    if (names.count > 0) {
        tell(teller,
             "Near-ties at alpha = %g: in %d of %d cases an eigenvalue lies within %g of the "
             "threshold (relative to the spectral radius), so that a slightly other alpha is "
             "another partition: %s.",
             data->alphas[report->main_alpha], names.count, data->n_cases, NEAR_TIE, names.text);
    }
}

static int count_alphas(const struct study_data *data, int case_index)
{
    int count = 0;
    for (int a = 0; a < data->n_alphas; a++) {
        count += study_has_alpha(data, case_index, a);
    }
    return count;
}

/* Different splits that the thresholds make of a case; 0 while none is known. */
static int count_splits(const struct study_data *data, int case_index)
{
    int count = 0;
    int last = -1;
    for (int a = 0; a < data->n_alphas; a++) { /* n_R falls or stays as alpha grows */
        const int n_r = study_n_r(data, case_index, a);
        count += n_r >= 0 && n_r != last;
        last = n_r >= 0 ? n_r : last;
    }
    return count;
}

static void warn_equal_thresholds(const struct teller *teller)
{
    const struct report *const report = teller->report;
    const struct study_data *const data = &report->data;
    struct names names = {.count = 0};
    int n_known = 0;
    int n_one = 0; /* cases in which all thresholds are the same */
    for (int c = 0; c < data->n_cases; c++) {
        const int n = report_group_of(report, c) >= 0 ? count_splits(data, c) : 0;
        n_known += n > 0;
        n_one += n == 1 && data->n_alphas > 1;
        if (n > 0 && n < count_alphas(data, c)) {
            add_name(&names, "%.70s (%d)", teller->report->names.of[c], n);
        }
    }
    if (n_one > 0 && n_one == n_known) {
        tell(teller,
             "In every case all %d thresholds are the same partition: alpha makes no "
             "difference in this study.",
             data->n_alphas);
    } else if (names.count > 0) {
        tell(teller,
             "In %d of %d cases the %d thresholds are fewer different partitions, so that some of "
             "them say the same: %s.",
             names.count, n_known, data->n_alphas, names.text);
    }
}

static void warn_partitions(const struct teller *teller)
{
    const struct report *const report = teller->report;
    const struct study_data *const data = &report->data;
    const int n_cases = data->n_cases - report->n_excluded;
    struct names narrow = {.count = 0};
    for (int c = 0; c < data->n_cases; c++) {
        const struct partitions_summary partitions = partitions_summarise(&report->partitions[c]);
        if (report_has_partitions(report, c) && partitions.n_narrow > 0) {
            add_name(&narrow, "%.70s (%d of %d)", teller->report->names.of[c], partitions.n_narrow,
                     partitions.n_wide);
        }
    }
    if (report->n_with_partitions > 0 &&
        report->n_with_partitions < n_cases) { /* they may be pooled */
        tell(teller,
             "%d of %d cases have all partitions; what is said about partitions and dominance is "
             "about them alone.",
             report->n_with_partitions, n_cases);
    }
    if (narrow.count > 0) {
        tell(teller,
             "Near-ties of moduli: in %d of %d cases there are partitions for alpha from %g to %g "
             "that are narrower than %g of the spectral radius: %s.",
             narrow.count, report->n_with_partitions, WIDE_WINDOW.low, WIDE_WINDOW.high, NEAR_TIE,
             narrow.text);
    }
}

/* One network under several names is no second seed. */
static void warn_copies(const struct teller *teller)
{
    const struct report *const report = teller->report;
    const struct study_data *const data = &report->data;
    struct names names = {.count = 0};
    for (int c = 0; c < data->n_cases; c++) {
        const int original = report->grouping.copy_of[c];
        if (original >= 0) {
            add_name(&names, "%.40s (as %.40s)", teller->report->names.of[c],
                     report->names.of[original]);
        }
    }
    if (names.count > 0) {
        tell(teller,
             "%d case%s the weights of another one of the same group and %s in no statistic: %s.",
             names.count, names.count == 1 ? " has" : "s have",
             names.count == 1 ? "counts" : "count", names.text);
    }
}

/* Sectors that are too small to have couplings. */
static void warn_empty(const struct teller *teller)
{
    const struct report *const report = teller->report;
    struct names names = {.count = 0};
    for (int g = 0; g < report->grouping.n_groups; g++) {
        const struct group *const group = &report->grouping.groups[g];
        for (int set = 1; set < report->data.n_sets; set++) {
            const struct summary *const summary =
                summary_of_group(&report->summaries, g, report->main_alpha, set);
            const bool is_single = __builtin_popcount(report->data.sets[set]) == 1;
            if (is_single && summary->n_empty > 0) {
                char label[LINE_SIZE];
                group_label(group, label, sizeof label);
                add_name(&names, "%.30s %.30s %s (%d of %d)", group->task, label,
                         ablation_name(report->data.sets[set]), summary->n_empty,
                         summary->n + summary->n_empty);
            }
        }
    }
    if (names.count > 0) {
        tell(teller,
             "Some networks do not have some couplings at alpha = %g: they count as empty, and in "
             "no share and no mean: %s.",
             report->data.alphas[report->main_alpha], names.text);
    }
}

static void warn_no_jobs(const struct teller *teller)
{
    if (!report_writes_jobs(teller->report)) {
        const struct study_data *const data = &teller->report->data;
        tell(teller, "jobs.csv would have %lld rows and is not written (--all-jobs writes it).",
             (long long)data->n_cases * data->n_alphas * data->n_sets);
    }
}

static void warn_pooling(const struct teller *teller)
{
    const struct study_data *const data = &teller->report->data;
    struct names names = {.count = 0};
    if (data->n_duplicates > 0) {
        tell(teller, "%d case%s in more than one file with equal values, counted once.",
             data->n_duplicates, data->n_duplicates == 1 ? " is" : "s are");
    }
    if (data->n_divided > 0) {
        tell(teller,
             "%d of them %s other thresholds in each file: the file that has more of a case counts "
             "alone ('schursweep merge' makes one file that has all).",
             data->n_divided, data->n_divided == 1 ? "has" : "have");
    }
    if (data->seeds_differ) {
        tell(teller, "The files come from studies with different seeds: their networks met "
                     "different held-out trials.");
    }
    for (int c = 0; c < data->n_cases; c++) {
        if (data->cases[c].has_namesake) {
            add_name(&names, "%s", study_text(data, "model", c));
        }
    }
    if (names.count > 0) {
        tell(teller,
             "%d model%s the name of another one in another file, with other weights; both count: "
             "%s.",
             names.count, names.count == 1 ? " has" : "s have", names.text);
    }
}

void report_warnings(const struct report *report, void (*tell_one)(void *context, const char *line),
                     void *context)
{
    const struct teller teller = {report, tell_one, context};
    warn_unfinished(&teller);
    warn_failed_cases(&teller);
    warn_models(&teller);
    warn_poor(&teller);
    warn_linear(&teller);
    warn_copies(&teller);
    warn_few_seeds(&teller);
    warn_empty(&teller);
    warn_near_ties(&teller);
    warn_equal_thresholds(&teller);
    warn_partitions(&teller);
    warn_pooling(&teller);
    warn_no_jobs(&teller);
}

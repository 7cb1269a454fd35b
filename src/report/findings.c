#include "report/findings.h"

#include "core/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *finding_verdict_text(enum finding_verdict verdict)
{
    static const char *const texts[FINDING_COUNT] = {[FINDING_UNKNOWN] = "",
                                                     [FINDING_EMPTY] = "empty",
                                                     [FINDING_NEEDED] = "needed",
                                                     [FINDING_MIXED] = "removable in some seeds",
                                                     [FINDING_REMOVABLE] = "removable"};
    return texts[verdict];
}

int finding_set(const struct report *report, ablation_set set)
{
    for (int s = 0; s < report->data.n_sets; s++) {
        if (report->data.sets[s] == set) {
            return s;
        }
    }
    return -1;
}

enum finding_verdict finding_of(const struct report *report, int group, int alpha, int set)
{
    if (set < 0) {
        return FINDING_UNKNOWN;
    }
    const struct summary *const summary = summary_of_group(&report->summaries, group, alpha, set);
    if (summary->n == 0) {
        return summary->n_empty > 0 ? FINDING_EMPTY : FINDING_UNKNOWN;
    }
    return summary->n_stabilizers == summary->n ? FINDING_REMOVABLE
           : summary->n_stabilizers > 0         ? FINDING_MIXED
                                                : FINDING_NEEDED;
}

/* ---- sentences ---- */

/* One group at one alpha, and what is said of it so far. */
struct finding {
    const struct report *report;
    int group;
    int alpha;
    char *text;
};

__attribute__((format(printf, 2, 3))) static void say(const struct finding *finding,
                                                      const char *format, ...)
{
    const size_t used = strlen(finding->text);
    va_list values;
    va_start(values, format);
    (void)vsnprintf(finding->text + used, FINDING_TEXT_SIZE - used, format, values);
    va_end(values);
}

static enum finding_verdict verdict_of(const struct finding *finding, ablation_set set)
{
    return finding_of(finding->report, finding->group, finding->alpha,
                      finding_set(finding->report, set));
}

static const struct summary *summary_of(const struct finding *finding, ablation_set set)
{
    return summary_of_group(&finding->report->summaries, finding->group, finding->alpha,
                            finding_set(finding->report, set));
}

/* Couplings of one verdict. */
static ablation_set find(const struct finding *finding, enum finding_verdict verdict)
{
    ablation_set found = ABLATION_NONE;
    for (int k = 0; k < COUPLING_COUNT; k++) {
        found |= verdict_of(finding, 1u << k) == verdict ? 1u << k : 0u;
    }
    return found;
}

static int count(ablation_set set)
{
    return __builtin_popcount(set);
}

/* "RR", "RR and CR", "RR, CR and CC" */
static void say_couplings(const struct finding *finding, ablation_set set)
{
    int left = count(set);
    for (int k = 0; k < COUPLING_COUNT; k++) {
        if (ablation_has(set, (enum coupling)k)) {
            left--;
            say(finding, "%s%s", coupling_name((enum coupling)k),
                left > 1    ? ", "
                : left == 1 ? " and "
                            : "");
        }
    }
}

/* Whether what can be removed one by one can be removed together. */
static void say_together(const struct finding *finding, ablation_set removable)
{
    const bool is_pair = count(removable) == 2;
    switch (verdict_of(finding, removable)) {
    case FINDING_REMOVABLE:
        say(finding, is_pair ? ", both together too" : ", all together too");
        return;
    case FINDING_MIXED:
        say(finding, ", together in %d of %d seeds", summary_of(finding, removable)->n_stabilizers,
            summary_of(finding, removable)->n);
        break;
    case FINDING_NEEDED:
        say(finding, is_pair ? ", but not both together" : ", but not all together");
        break;
    case FINDING_UNKNOWN:
    case FINDING_EMPTY:
    case FINDING_COUNT:
        return;
    }
    if (!is_pair) { /* then perhaps two of them */
        bool is_first = true;
        for (int k = COUPLING_COUNT; k-- > 0;) {
            const ablation_set pair = removable & ~(1u << k);
            if (verdict_of(finding, pair) == FINDING_REMOVABLE) {
                say(finding, "%s%s", is_first ? " (two of them: " : ", ", ablation_name(pair));
                is_first = false;
            }
        }
        say(finding, is_first ? "" : ")");
    }
}

static void begin_part(const struct finding *finding, bool *is_begun)
{
    say(finding, *is_begun ? "; " : "");
    *is_begun = true;
}

static void say_removable(const struct finding *finding, bool *is_begun)
{
    const ablation_set removable = find(finding, FINDING_REMOVABLE);
    const ablation_set known = removable | find(finding, FINDING_NEEDED) |
                               find(finding, FINDING_MIXED) | find(finding, FINDING_EMPTY);
    if (removable == ABLATION_NONE) {
        return;
    }
    begin_part(finding, is_begun);
    const bool is_only = count(removable) == 1 && known == ABLATION_ALL &&
                         find(finding, FINDING_MIXED) == ABLATION_NONE;
    say(finding, is_only ? "only " : "");
    say_couplings(finding, removable);
    say(finding, count(removable) > 1 ? " can each be removed" : " can be removed");
    if (count(removable) > 1) {
        say_together(finding, removable);
    } else {
        const int n = summary_of(finding, removable)->n;
        say(finding, " (%d of %d seeds)", n, n);
    }
}

static void say_mixed(const struct finding *finding, bool *is_begun)
{
    const ablation_set mixed = find(finding, FINDING_MIXED);
    for (int k = 0; k < COUPLING_COUNT; k++) {
        if (ablation_has(mixed, (enum coupling)k)) {
            const struct summary *const summary = summary_of(finding, 1u << k);
            begin_part(finding, is_begun);
            say(finding, "%s can be removed in %d of %d seeds", coupling_name((enum coupling)k),
                summary->n_stabilizers, summary->n);
        }
    }
}

static void say_needed(const struct finding *finding, bool *is_begun)
{
    const ablation_set needed = find(finding, FINDING_NEEDED);
    if (needed == ABLATION_NONE) {
        return;
    }
    begin_part(finding, is_begun);
    say_couplings(finding, needed);
    say(finding, needed == ABLATION_ALL ? " are all needed, none can be removed"
                 : count(needed) > 1    ? " are needed"
                                        : " is needed");
}

/* Couplings that some or all of the networks do not have. */
static void say_empty(const struct finding *finding, bool *is_begun)
{
    const ablation_set empty = find(finding, FINDING_EMPTY);
    if (empty != ABLATION_NONE) {
        begin_part(finding, is_begun);
        say_couplings(finding, empty);
        say(finding, empty == ABLATION_ALL
                         ? " are all empty: nothing to remove, the matrices are normal"
                     : count(empty) > 1 ? " are empty"
                                        : " is empty");
    }
    for (int k = 0; k < COUPLING_COUNT; k++) {
        const enum finding_verdict verdict = verdict_of(finding, 1u << k);
        if (verdict == FINDING_UNKNOWN || verdict == FINDING_EMPTY) {
            continue;
        }
        const struct summary *const summary = summary_of(finding, 1u << k);
        if (summary->n_empty > 0) {
            begin_part(finding, is_begun);
            say(finding, "%s is empty in %d of %d seeds", coupling_name((enum coupling)k),
                summary->n_empty, summary->n + summary->n_empty);
        }
    }
}

/* Of a study without the single couplings: what can be removed of the sets that it has. */
static void say_sets(const struct finding *finding, bool *is_begun)
{
    const struct study_data *const data = &finding->report->data;
    for (int s = 0; s < data->n_sets; s++) {
        const enum finding_verdict verdict =
            finding_of(finding->report, finding->group, finding->alpha, s);
        if (data->sets[s] == ABLATION_NONE || verdict == FINDING_UNKNOWN) {
            continue;
        }
        const struct summary *const summary = summary_of(finding, data->sets[s]);
        begin_part(finding, is_begun);
        say(finding, "%s ", ablation_name(data->sets[s]));
        if (verdict == FINDING_MIXED) {
            say(finding, "can be removed in %d of %d seeds", summary->n_stabilizers, summary->n);
        } else {
            say(finding, "is %s", finding_verdict_text(verdict));
        }
    }
}

/* What explains it, where that is known. */
static void say_reasons(const struct finding *finding)
{
    bool is_begun = false;
    for (int k = 0; k < COUPLING_COUNT; k++) {
        const int set = finding_set(finding->report, 1u << k);
        const struct reasons *const reasons =
            set < 0 ? NULL : report_reasons(finding->report, finding->group, finding->alpha, set);
        if (reasons != NULL && reasons->n >= REASON_LEAST) {
            const char *const explanation = reason_explanation(reasons->reason);
            say(finding, "%s%s %s%s", is_begun ? ", " : " Why: ", coupling_name((enum coupling)k),
                reason_text(reasons->reason),
                reasons->reason == REASON_SUBSPACE     ? ""
                : strcmp(explanation, "subspace") == 0 ? " (its subspace explains it)"
                : strcmp(explanation, "coupling") == 0 ? " (the coupling itself does)"
                                                       : "");
            is_begun = true;
        }
    }
    say(finding, is_begun ? "." : "");
}

void finding_sentence(const struct report *report, int group_index, int alpha, char *text)
{
    const struct finding finding = {report, group_index, alpha, text};
    const struct group *const group = &report->grouping.groups[group_index];
    const bool is_usual = strcmp(group->cell, "tanh") == 0;
    bool is_begun = false;
    text[0] = '\0';
    say(&finding, "%.120s%s%.120s%s%.60s%s%.20s, %d units", group->task,
        group->construction[0] != '\0' ? ", " : "", group->construction, is_usual ? "" : ", ",
        is_usual ? "" : group->cell, is_usual ? "" : " matrix ", is_usual ? "" : group->matrix,
        group->hidden);
    if (group->leak > 0.0 && group->leak < 1.0) {
        say(&finding, ", leak %g", group->leak);
    }
    say(&finding, ", %d seed%s: ", group->n_cases, group->n_cases == 1 ? "" : "s");
    say_removable(&finding, &is_begun);
    say_mixed(&finding, &is_begun);
    say_needed(&finding, &is_begun);
    say_empty(&finding, &is_begun);
    if (!is_begun) {
        say_sets(&finding, &is_begun);
    }
    say(&finding, is_begun ? "." : "no job is done yet.");
    say_reasons(&finding);
    text_clean(text); /* a long name may have been cut within a character */
}

void finding_over_alphas(const struct report *report, int group, int alpha, char *text)
{
    const struct study_data *const data = &report->data;
    const struct finding finding = {report, group, alpha, text};
    int n_other = 0;
    text[0] = '\0';
    for (int a = 0; a < data->n_alphas; a++) {
        bool is_other = false;
        for (int set = 1; set < data->n_sets; set++) {
            is_other = is_other ||
                       finding_of(report, group, a, set) != finding_of(report, group, alpha, set);
        }
        n_other += is_other;
        if (is_other && n_other <= 3) {
            say(&finding, "%s%g", n_other == 1 ? "Other verdicts at alpha = " : ", ",
                data->alphas[a]);
        }
    }
    if (n_other > 3) {
        say(&finding, ", ... (%d of %d thresholds)", n_other, data->n_alphas);
    }
    if (data->n_alphas > 1) {
        say(&finding, n_other > 0 ? "." : "The same at all %d thresholds.", data->n_alphas);
    }
}

void findings_tell(const struct report *report, void (*tell)(void *context, const char *line),
                   void *context)
{
    for (int g = 0; g < report->grouping.n_groups; g++) {
        char sentence[FINDING_TEXT_SIZE];
        char over[FINDING_TEXT_SIZE];
        char line[2 * FINDING_TEXT_SIZE];
        finding_sentence(report, g, report->main_alpha, sentence);
        finding_over_alphas(report, g, report->main_alpha, over);
        (void)snprintf(line, sizeof line, "%s%s%s", sentence, over[0] != '\0' ? " " : "", over);
        tell(context, line);
    }
}

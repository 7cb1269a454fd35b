/* Diagnostics of what may be removed, of trained models, against what an independent program in
 * NumPy printed for them: exact predictions, alpha 0.9, all trials. */
#include "kernel/diagnostics/diagnostic.h"

#include "support/check.h"
#include "support/oracle_case.h"
#include "support/soak.h"

#include <stdio.h>
#include <stdlib.h>

enum { MODELS = 4, SHORT = 3 /* the last one takes a minute */ };
static const char *const NAMES[MODELS] = {"sine_s0", "flipflop_s0", "ctxint_s0",
                                          "copy_flat_orthogonal_n72_s0"};

/* Places of RR, CR, CC and of all of them in ABLATION_ORDER. */
static int place_of(ablation_set set)
{
    int place = 0;
    while (ABLATION_ORDER[place] != set) {
        place++;
    }
    return place;
}

enum { SETS = 4 };
static ablation_set set_at(int i)
{
    const ablation_set rr = 1u << COUPLING_RR;
    const ablation_set cr = 1u << COUPLING_CR;
    const ablation_set cc = 1u << COUPLING_CC;
    const ablation_set sets[SETS] = {rr, cr, cc, rr | cr | cc};
    return sets[i];
}

/* Printed values, each with the digits that were printed; "" where there is none. */
struct printed {
    const char *variable;
    int across;      /* places of an alpha and an ablation: nulls */
    int offset;      /* of them */
    double relative; /* how close they must be beside their last digit */
    const char *values[MODELS][SETS];
};

static const struct printed PRINTED[] = {{"gn_distance",
                                          1,
                                          0,
                                          1e-6,
                                          {{".764467", "2.349433", "3.675623", "5.009748"},
                                           {".0162662", ".285744", ".229722", ".323697"},
                                           {".0275579", "1.581248", "1.496683", "2.501394"},
                                           {"2.790438", ".773524", ".0675446", "3.049746"}}},
                                         {"coherence",
                                          1,
                                          0,
                                          1e-6,
                                          {{"", "1.3954", "5.7437", "3.6413"},
                                           {"", "3.4480", "1.5261", "1.7904"},
                                           {"", ".6613", "2.3763", "1.3244"},
                                           {"", ".8160", ".7155", ".3892"}}},
                                         {"exposure",
                                          1,
                                          0,
                                          1e-6,
                                          {{"11.3036", "2.2123", ".9438", ""},
                                           {"14.0290", "2.4379", ".4478", ""},
                                           {"18.6161", "1.2275", "2.1406", ""},
                                           {"1.5427", ".2685", ".1069", ""}}},
                                         {"visibility",
                                          1,
                                          0,
                                          1e-6,
                                          {{"4.7670", "3.5172", "6.4967", ""},
                                           {".2122", ".4459", "1.1253", ""},
                                           {"21.0438", "6.0280", "1.0242", ""},
                                           {".8797", "1.2978", ".1024", ""}}},
                                         {"coordination",
                                          1,
                                          0,
                                          1e-6,
                                          {{".3289", ".7887", "1.8193", ""},
                                           {"1.1128", ".4152", ".7488", ""},
                                           {"1.3590", ".6766", "1.6515", ""},
                                           {".0439", ".1192", ".2134", ""}}},
                                         {"fragility",
                                          3,
                                          0,
                                          1e-6,
                                          {{"4.2101", "2.4772", "3.3400", ""},
                                           {"1.8202", ".6718", ".6143", ""},
                                           {"23.0732", "2.2375", "1.9029", ""},
                                           {".2441", ".2038", ".0483", ""}}},
                                         {"fragility",
                                          3,
                                          1,
                                          1e-6,
                                          {{"6.8406", "4.0250", "5.4269", ""},
                                           {"4.2487", "1.5682", "1.4338", ""},
                                           {"23.8888", "2.3166", "1.9701", ""},
                                           {".2822", ".2356", ".0559", ""}}},
                                         {"fragility",
                                          3,
                                          2,
                                          1e-6,
                                          {{".7308", "2.4293", "7.2494", ""},
                                           {".7174", "1.8646", "1.4536", ""},
                                           {"1.0000", ".8290", "4.0203", ""},
                                           {".2517", "1.0278", ".5687", ""}}},
                                         {"tolerance_radius",
                                          1,
                                          0,
                                          2e-5,
                                          {{".003334", ".005823", ".004120", ""},
                                           {".047037", ".158879", ".202186", ""},
                                           {".000749", ".007501", ".009014", ""},
                                           {".014532", ".015639", ".070180", ""}}},
                                         {"radius_strength",
                                          1,
                                          0,
                                          2e-5,
                                          {{".12949", ".04330", ".02640", ""},
                                           {"4.16665", ".29570", ".42797", ""},
                                           {"3.72397", ".06306", ".06808", ""},
                                           {".03769", ".12221", "1.48949", ""}}},
                                         {"gn_radius",
                                          1,
                                          0,
                                          1e-6,
                                          {{".003368", ".005724", ".004246", ""},
                                           {".069402", ".188033", ".205654", ""},
                                           {".000730", ".007523", ".008846", ""},
                                           {".013817", ".016544", ".069757", ""}}}};

static struct error error;

/* One model, and one diagnostic of it at a time. */
struct subject {
    struct alone alone; /* must not move */
    struct model_spec model;
    struct diagnostic_spec spec;
    struct sweep sweep;
    struct record *record;
};

static void open_subject(struct subject *subject, int model)
{
    oracle_case_open(&subject->alone, NAMES[model], TEST_DATA_DIR);
    subject->alone.base.choice = GAUSS_NEWTON_EXACT;
    subject->model.n_hidden = subject->alone.network.n_hidden;
}

/* `last` is the value of the diagnostic's last parameter, in the place of its own default. */
static void run(struct subject *subject, const char *name, const double *last)
{
    const struct diagnostic_ops *const ops = diagnostic_find(name);
    static char names[64];
    (void)snprintf(names, sizeof names, "%s", name);
    record_destroy(&subject->record);
    subject->spec = (struct diagnostic_spec){.name = names};
    for (int i = 0; i < ops->n_params; i++) {
        subject->spec.params[i] = ops->params[i].default_value;
    }
    if (last != NULL) {
        subject->spec.params[ops->n_params - 1] = *last;
    }
    subject->sweep = (struct sweep){.n_alphas = ORACLE_ALPHAS,
                                    .n_ablations = ABLATION_SET_COUNT,
                                    .n_partitions = subject->model.n_hidden,
                                    .n_models = 1,
                                    .models = &subject->model,
                                    .n_diagnostics = 1,
                                    .diagnostics = &subject->spec};
    memcpy(subject->sweep.ablations, ABLATION_ORDER, sizeof subject->sweep.ablations);
    CHECK_OK(record_create(&subject->record, ops->variables, &subject->sweep, &error));
    CHECK_OK(ops->run(&subject->alone.base, subject->spec.params, subject->record, &error));
}

/* Opened once for all tests. */
static struct subject SUBJECTS[MODELS];

static struct subject *subject_of(int model)
{
    if (SUBJECTS[model].model.n_hidden == 0) {
        open_subject(&SUBJECTS[model], model);
    }
    return &SUBJECTS[model];
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < MODELS; i++) {
        record_destroy(&SUBJECTS[i].record);
        alone_release(&SUBJECTS[i].alone);
    }
    return 0;
}

static int count_models(void)
{
    return is_soak() ? MODELS : SHORT - 1;
}

static void check_printed(double found, const char *text, double relative, const char *what,
                          const char *model)
{
    const double expected = strtod(text, NULL);
    const char *const point = strchr(text, '.');
    const double digit = point != NULL ? pow(10.0, -(double)strlen(point + 1)) : 1.0;
    if (!(fabs(found - expected) <= 0.5001 * digit + relative * fabs(expected))) {
        fail_msg("%s of %s is %.9g, expected %s", what, model, found, text);
    }
}

static bool has_variable(const struct record *record, const char *name)
{
    for (int i = 0; i < record_length(record); i++) {
        if (strcmp(record_variable(record, i)->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void check_table(struct subject *subject, int model)
{
    for (size_t i = 0; i < sizeof PRINTED / sizeof *PRINTED; i++) {
        const struct printed *const row = &PRINTED[i];
        for (int s = 0; has_variable(subject->record, row->variable) && s < SETS; s++) {
            const int job = ORACLE_ALPHA_90 * ABLATION_SET_COUNT + place_of(set_at(s));
            if (row->values[model][s][0] != '\0') {
                check_printed(
                    record_f64(subject->record, row->variable)[job * row->across + row->offset],
                    row->values[model][s], row->relative, row->variable, NAMES[model]);
            }
        }
    }
}

static void removals_have_the_printed_values(void **state)
{
    static const char *const DIAGNOSED[] = {"gn", "factors", "tolerance"};
    (void)state;
    for (int model = 0; model < count_models(); model++) {
        struct subject *const subject = subject_of(model);
        for (size_t i = 0; i < sizeof DIAGNOSED / sizeof *DIAGNOSED; i++) {
            run(subject, DIAGNOSED[i], NULL);
            check_table(subject, model);
        }
    }
}

static void gains_have_the_printed_values(void **state)
{
    static const char *const PRINTED_GAINS[MODELS][2] = {
        {"49.732", "18.838"}, {".62662", ".11501"}, {"35.292", "32.924"}, {"879.26", "657.94"}};
    (void)state;
    for (int model = 0; model < count_models(); model++) {
        struct subject *const subject = subject_of(model);
        run(subject, "gn", NULL);
        check_printed(*record_f64(subject->record, "dense_gain"), PRINTED_GAINS[model][0], 1e-6,
                      "dense_gain", NAMES[model]);
        check_printed(*record_f64(subject->record, "upper_gain"), PRINTED_GAINS[model][1], 1e-6,
                      "upper_gain", NAMES[model]);
        assert_int_equal(*record_i32(subject->record, "gn_probes"), 0);
        assert_in_range((int)(1000.0 * *record_f64(subject->record, "mean_gain")), 10, 1000);
    }
}

static void the_map_has_the_printed_summary(void **state)
{
    static const char *const GINI[MODELS] = {".9679", ".7342", ".9737", ".7027"};
    static const int HALF[MODELS] = {5, 39, 4, 76};
    static const int NINETY[MODELS] = {19, 257, 17, 337};
    (void)state;
    for (int model = 0; model < count_models(); model++) {
        struct subject *const subject = subject_of(model);
        run(subject, "couplings", NULL);
        check_printed(*record_f64(subject->record, "pair_gini"), GINI[model], 1e-6, "pair_gini",
                      NAMES[model]);
        assert_int_equal(*record_i32(subject->record, "pair_half"), HALF[model]);
        assert_int_equal(*record_i32(subject->record, "pair_ninety"), NINETY[model]);
        assert_int_equal(*record_i32(subject->record, "pair_group"), 1);
    }
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* (predicted / measured)^2 of all pairs at 5, 50 and 95 %. */
static void check_quantiles(double *ratios, int count, const double expected[3], const char *model)
{
    static const double LEVELS[3] = {0.05, 0.5, 0.95};
    qsort(ratios, (size_t)count, sizeof *ratios, compare);
    for (int i = 0; i < 3; i++) {
        const double at = LEVELS[i] * (count - 1);
        const int low = (int)at;
        const double found = ratios[low] + (at - low) * (ratios[low + 1] - ratios[low]);
        if (!(fabs(found - expected[i]) <= 0.01)) {
            fail_msg("%s: quantile %g is %.4f, not %.4f", model, LEVELS[i], found, expected[i]);
        }
    }
}

/* Every pair that is removed alone, by an independent program and by this one. */
static void predictions_are_close_to_measured_pairs(void **state)
{
    static const double EXPECTED[SHORT][3] = {
        {0.806, 0.9994, 1.027}, {0.965, 0.9992, 1.008}, {0.973, 0.9998, 1.017}};
    const double measured = 1.0;
    (void)state;
    for (int model = 0; model < (is_soak() ? SHORT : 1); model++) {
        struct subject *const subject = subject_of(model);
        run(subject, "couplings", &measured);
        int count = 0;
        double *const distances =
            oracle_case_read(NAMES[model], "pair_measured_distance", TEST_DATA_DIR, &count);
        double *const changes =
            oracle_case_read(NAMES[model], "pair_measured_delta_fvu", TEST_DATA_DIR, &count);
        const int across = (int)record_axis_length(subject->record, "pair_distance", 1);
        double *const found = record_f64(subject->record, "pair_distance");
        int next = 0;
        double ratios[1024];
        for (int row = 0; row < subject->alone.schur.n_blocks; row++) {
            for (int col = row + 1; col < subject->alone.schur.n_blocks; col++, next++) {
                const int place = row * across + col;
                const double gn = record_f64(subject->record, "pair_gn_distance")[place];
                const double predicted = record_f64(subject->record, "pair_delta_fvu")[place];
                CHECK_NEAR(found[place], distances[next], 1e-8 + 1e-6 * distances[next]);
                ratios[next] = gn * gn / distances[next] / distances[next];
                if (distances[next] < 0.01) {
                    CHECK_NEAR(predicted, changes[next], 1e-5 + 0.05 * fabs(changes[next]));
                }
            }
        }
        assert_int_equal(next, count);
        check_quantiles(ratios, count, EXPECTED[model], NAMES[model]);
        free(distances);
        free(changes);
    }
}

/* Of all removals of all partitions: whether the outputs stay within epsilon. */
static double share_of_right_verdicts(struct subject *subject, const double *distances,
                                      double epsilon)
{
    const struct ablation_plan *const plan = &subject->alone.plan;
    const int n_jobs = plan->n_partitions * plan->n_sets;
    int n_right = 0;
    for (int i = 0; i < n_jobs; i++) {
        const double predicted = record_f64(subject->record, "partition_gn_distance")[i];
        const double measured = distances[plan->variant_of_job[plan->n_alphas * plan->n_sets + i]];
        n_right += (predicted <= epsilon) == (measured <= epsilon);
    }
    return (double)n_right / n_jobs;
}

static void verdicts_of_partitions_are_predicted(void **state)
{
    static const double EPSILONS[3] = {0.01, 0.05, 0.1};
    static const double LEAST[SHORT][3] = {{1.0, 1.0, 1.0}, {1.0, 1.0, 0.99}, {1.0, 1.0, 1.0}};
    (void)state;
    for (int model = 0; model < (is_soak() ? SHORT : 1); model++) {
        struct subject *const subject = subject_of(model);
        const struct ablation_plan *const plan = &subject->alone.plan;
        double distances[1024] = {0.0};
        run(subject, "gn", NULL);
        for (int v = 1; v < plan->n_variants; v++) {
            CHECK_OK(experiment_distance(&subject->alone.base, &plan->variants[v], &distances[v],
                                         &error));
        }
        for (int e = 0; e < 3; e++) {
            const double share = share_of_right_verdicts(subject, distances, EPSILONS[e]);
            if (!(share >= LEAST[model][e])) {
                fail_msg("%s, epsilon %g: %.4f of the verdicts are right", NAMES[model],
                         EPSILONS[e], share);
            }
        }
    }
}

static void parts_of_a_coupling_have_the_printed_distances(void **state)
{
    static const char *const VALUES[MODELS][3] = {{".25179", "1.19064", "1.47588"},
                                                  {".02989", ".14635", ".53733"},
                                                  {".15860", ".60766", "1.10552"},
                                                  {".08099", ".37071", "1.07215"}};
    static const int PLACES[3] = {2, 4, 6};
    (void)state;
    for (int model = 0; model < MODELS; model++) {
        struct subject *const subject = subject_of(model);
        run(subject, "graded", NULL);
        for (int i = 0; i < 3; i++) {
            const size_t place = (size_t)place_of(1u << COUPLING_CR) * 7 + (size_t)PLACES[i];
            check_printed(record_f64(subject->record, "graded_distance")[place], VALUES[model][i],
                          1e-6, "graded_distance", NAMES[model]);
        }
    }
}

struct removable {
    int pairs;
    const char *share;
    const char *even;
    const char *odd;
};

static void removable_sets_are_the_printed_ones(void **state)
{
    static const struct removable EXPECTED[MODELS][3] = {{{232, ".03855", ".00941", ".00909"},
                                                          {369, ".15207", ".04732", ".04705"},
                                                          {398, ".19294", ".09520", ".09703"}},
                                                         {{102, ".03111", ".00932", ".00943"},
                                                          {383, ".30837", ".04971", ".05037"},
                                                          {463, ".44733", ".09630", ".09584"}},
                                                         {{299, ".12398", ".00986", ".01269"},
                                                          {437, ".29833", ".04980", ".05399"},
                                                          {475, ".40428", ".09957", ".11173"}},
                                                         {{2, ".00058", ".00815", ".00909"},
                                                          {12, ".00670", ".03183", ".03237"},
                                                          {57, ".02753", ".08963", ".08820"}}};
    (void)state;
    for (int model = 0; model < count_models(); model++) {
        struct subject *const subject = subject_of(model);
        run(subject, "removable", NULL);
        for (int e = 0; e < 3; e++) {
            const struct removable *const row = &EXPECTED[model][e];
            struct record *const record = subject->record;
            assert_int_equal(record_i32(record, "removable_pairs")[e], row->pairs);
            check_printed(record_f64(record, "removable_share")[e], row->share, 1e-6,
                          "removable_share", NAMES[model]);
            check_printed(record_f64(record, "removable_distance")[e], row->even, 1e-6,
                          "removable_distance", NAMES[model]);
            check_printed(record_f64(record, "removable_distance_heldout")[e], row->odd, 1e-6,
                          "removable_distance_heldout", NAMES[model]);
        }
    }
}

/* Copy is judged by its accuracy, the others by fvu. */
static void removable_sets_by_the_metric_keep_it(void **state)
{
    static const double EPSILONS[3] = {0.01, 0.05, 0.1};
    const double by_metric = 1.0;
    (void)state;
    for (int model = 0; model < 2; model++) {
        struct subject *const subject = subject_of(model);
        run(subject, "removable", &by_metric);
        for (int e = 0; e < 3; e++) {
            const double change = record_f64(subject->record, "removable_change")[e];
            assert_true(change <= EPSILONS[e] && change > 0.2 * EPSILONS[e]);
        }
    }
}

/* ---- another order and other signs of the units ----------------------------------------------
 */

/* Unit i of the other network is unit (5 i + 3) mod n of this one, every third with its sign
 * turned: tanh gives the same outputs. n is no multiple of 5. */
static void relabel(const struct network *from, struct network *to)
{
    const int n = from->n_hidden;
    for (int i = 0; i < n; i++) {
        const int a = (5 * i + 3) % n;
        const double sign = i % 3 == 0 ? -1.0 : 1.0;
        for (int j = 0; j < n; j++) {
            const double other = j % 3 == 0 ? -sign : sign;
            to->weight_hh[i * n + j] = other * from->weight_hh[a * n + (5 * j + 3) % n];
        }
        for (int j = 0; j < from->n_in; j++) {
            to->weight_ih[i * from->n_in + j] = sign * from->weight_ih[a * from->n_in + j];
        }
        for (int k = 0; k < from->n_out; k++) {
            to->weight_hy[k * n + i] = sign * from->weight_hy[k * n + a];
        }
        to->bias_h[i] = sign * from->bias_h[a];
        to->h0[i] = sign * from->h0[a];
    }
    memcpy(to->bias_y, from->bias_y, (size_t)from->n_out * sizeof(double));
}

static void open_relabelled(struct subject *other, const struct subject *subject, int model)
{
    const struct network *const from = &subject->alone.network;
    const struct network_shape shape = {from->cell, from->n_hidden, from->n_in, from->n_out};
    struct network network;
    open_subject(other, model);
    CHECK_OK(network_create(&network, &shape, &error));
    relabel(from, &network);
    CHECK_OK(
        alone_set_network(&other->alone, &network, &(struct network_form){.gates = 1}, &error));
    CHECK_OK(alone_run_reference(&other->alone, &error));
    experiment_forget(&other->alone.base);
}

static double tolerance_of(const char *variable)
{
    const bool is_searched =
        strcmp(variable, "tolerance_radius") == 0 || strcmp(variable, "radius_strength") == 0;
    return is_searched ? 4e-5 : 1e-9;
}

static void compare_records(const struct record *a, const struct record *b)
{
    for (int i = 0; i < record_length(a); i++) {
        const struct variable *const variable = record_variable(a, i);
        const double *const x = record_values(a, i);
        const double *const y = record_values(b, i);
        for (size_t k = 0; variable->type == VALUE_F64 && k < record_count(a, i); k++) {
            const double limit = tolerance_of(variable->name) * (fabs(x[k]) + 1e-3);
            if (isnan(x[k]) != isnan(y[k]) || fabs(x[k] - y[k]) > limit) {
                fail_msg("%s[%zu] is %.15g and %.15g", variable->name, k, x[k], y[k]);
            }
        }
    }
}

static void values_do_not_depend_on_the_order_and_signs_of_units(void **state)
{
    static const char *const DIAGNOSED[] = {"gn",        "couplings", "factors",
                                            "tolerance", "graded",    "removable"};
    struct subject *const subject = subject_of(0);
    struct subject other = {.record = NULL};
    (void)state;
    open_relabelled(&other, subject, 0);
    for (size_t i = 0; i < sizeof DIAGNOSED / sizeof *DIAGNOSED; i++) {
        run(subject, DIAGNOSED[i], NULL);
        run(&other, DIAGNOSED[i], NULL);
        compare_records(subject->record, other.record);
    }
    record_destroy(&other.record);
    alone_release(&other.alone);
}

int test_couplings(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(removals_have_the_printed_values),
        cmocka_unit_test(gains_have_the_printed_values),
        cmocka_unit_test(the_map_has_the_printed_summary),
        cmocka_unit_test(predictions_are_close_to_measured_pairs),
        cmocka_unit_test(verdicts_of_partitions_are_predicted),
        cmocka_unit_test(parts_of_a_coupling_have_the_printed_distances),
        cmocka_unit_test(removable_sets_are_the_printed_ones),
        cmocka_unit_test(removable_sets_by_the_metric_keep_it),
        cmocka_unit_test(values_do_not_depend_on_the_order_and_signs_of_units),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}

/* Workers of a team, each at the end of a loopback of its own: what one of them meets reaches the
 * others, and none is left waiting. Rank 0 is in no team. Linked with --wrap, to count and to fail.
 */
#include "cases/cases.h"
#include "cases/team_rollout.h"
#include "mpi/demand.h"
#include "support/failing_diagnostic.h"
#include "support/h5write.h"
#include "support/rollout_fault.h"
#include "support/scratch.h"
#include "support/soak.h"
#include "support/worker_case.h"
#include "team/team_schur.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { JOBS = MODEL_SWEEP_JOBS, FACTS = MODEL_SWEEP_DIAGNOSTICS, NO_RANK = -1, SINE = 0, OWN = 1 };

static struct error error;
static int rank;
static int size;
static struct team team;
static struct team_spec spec;
static struct worker_case test;

/* ---- faults -------------------------------------------------------------------------------------
 */

static int n_forms;           /* Schur forms that were computed */
static int without_disk;      /* rank whose jobs cannot be written */
static int told_to_stop;      /* rank that hears of an urgent wish */
static int questions_to_wait; /* until it does */

enum status __real_team_schur_compute(struct team_schur *schur, const struct block_cyclic *w,
                                      double leak, struct error *reason);
enum status __wrap_team_schur_compute(struct team_schur *schur, const struct block_cyclic *w,
                                      double leak, struct error *reason);

enum status __wrap_team_schur_compute(struct team_schur *schur, const struct block_cyclic *w,
                                      double leak, struct error *reason)
{
    n_forms++;
    return __real_team_schur_compute(schur, w, leak, reason);
}

enum status __real_results_write_record(const struct results *results, int table,
                                        int64_t case_index, const struct record *record,
                                        enum status failure, struct error *reason);
enum status __wrap_results_write_record(const struct results *results, int table,
                                        int64_t case_index, const struct record *record,
                                        enum status failure, struct error *reason);

enum status __wrap_results_write_record(const struct results *results, int table,
                                        int64_t case_index, const struct record *record,
                                        enum status failure, struct error *reason)
{
    return team.grid.rank == without_disk
               ? error_set(reason, STATUS_IO, "out.h5: disk full")
               : __real_results_write_record(results, table, case_index, record, failure, reason);
}

static struct stop_wish ask(void *context)
{
    (void)context;
    return team.grid.rank == told_to_stop && questions_to_wait-- <= 0
               ? (struct stop_wish){STOP_NOW, "SIGTERM"}
               : (struct stop_wish){STOP_NEVER, ""};
}

/* ---- a team of workers --------------------------------------------------------------------------
 */

static bool is_root(void)
{
    return team.grid.rank == GRID_ROOT;
}

static void set_up(void)
{
    const struct stop_source stop = {ask, NULL};
    n_forms = 0;
    rollouts_lack_memory = false;
    failing_diagnostic.name = NULL;
    without_disk = told_to_stop = NO_RANK;
    worker_case_create(&test, &stop);
    test.sweep.team = spec;
    DEMAND_OK(worker_join_team(test.worker, &team, &error));
}

static void tear_down(void)
{
    (void)worker_case_remove(&test, NULL);
}

static void check_report(int64_t id, enum status status, int n_done, int n_failed)
{
    const struct work_report report = worker_case_take_report(&test);
    DEMAND(report.unit == id);
    DEMAND(report.status == status);
    DEMAND(report.n_done == (is_root() ? n_done : 0));
    DEMAND(report.n_failed == (is_root() ? n_failed : 0));
    DEMAND(report.n_absent == 0);
}

static void sweep(int64_t id, int case_index)
{
    worker_case_post_work_unit(&test, id, case_index);
    worker_case_step(&test, true, false);
}

/* The first and the last rank of the team, in the soak every one. */
static int next_victim(int victim)
{
    const int last = team.grid.size - 1;
    return is_soak() || victim == last ? victim + 1 : last;
}

/* ---- claims -------------------------------------------------------------------------------------
 */

static void the_form_stays_for_the_next_task_of_its_model(void)
{
    set_up();
    sweep(0, SINE);
    check_report(0, STATUS_OK, JOBS, 0);
    sweep(1, OWN);
    check_report(1, STATUS_OK, JOBS, 0);
    DEMAND(n_forms == 1);
    tear_down();
}

/* A rank may read its work unit and a stop at once, when another has already begun. */
static void a_stop_does_not_take_a_work_unit_that_others_share(void)
{
    for (int late = 0; late < team.grid.size; late++) {
        set_up();
        worker_case_post_work_unit(&test, 4, SINE);
        if (team.grid.rank == late) {
            worker_case_post_stop(&test);
            worker_case_step(&test, true, true);
        } else {
            worker_case_step(&test, true, false);
            worker_case_post_stop(&test);
        }
        check_report(4, STATUS_OK, JOBS, 0);
        if (team.grid.rank != late) {
            worker_case_step(&test, true, true);
        }
        DEMAND(worker_case_take(&test) == MESSAGE_GOODBYE);
        DEMAND(worker_case_take(&test) == 0);
        tear_down();
    }
}

static void a_rank_without_memory_fails_the_case_for_all(void)
{
    for (int victim = 0; victim < team.grid.size; victim = next_victim(victim)) {
        set_up();
        rollouts_lack_memory = team.grid.rank == victim;
        sweep(1, OWN);
        check_report(1, STATUS_OK, FACTS, JOBS - FACTS);
        rollouts_lack_memory = false; /* and the next work unit is as ever */
        sweep(2, SINE);
        check_report(2, STATUS_OK, JOBS, 0);
        tear_down();
    }
}

static void a_file_that_cannot_be_written_ends_the_work_unit_for_all(void)
{
    set_up();
    without_disk = GRID_ROOT;
    sweep(3, OWN);
    const struct work_report report = worker_case_take_report(&test);
    DEMAND(report.status == STATUS_IO);
    DEMAND(strcmp(report.message, "out.h5: disk full") == 0);
    DEMAND(report.n_done == 0 && report.n_failed == 0);
    tear_down();
}

/* Asked after the model is open, before each diagnostic, and before each batch of rollouts. */
static void an_urgent_stop_of_one_rank_takes_all_along(void)
{
    for (int victim = 0; victim < team.grid.size; victim = next_victim(victim)) {
        for (int wait = 0; wait < FACTS + 2; wait++) {
            set_up();
            told_to_stop = victim;
            questions_to_wait = wait;
            sweep(0, SINE);
            const struct work_report report = worker_case_take_report(&test);
            DEMAND(report.status == STATUS_STOPPED);
            DEMAND(strstr(report.message, "SIGTERM") != NULL);
            DEMAND(report.n_done < JOBS);
            if (is_root() && wait <= FACTS) {
                DEMAND(report.n_done == (wait > 1 ? wait - 1 : 0));
            } else if (is_root()) {
                DEMAND(report.n_done > FACTS); /* and what the full network gives */
            }
            tear_down();
        }
    }
}

static void check_message(int case_index, const char *expected)
{
    char *texts = NULL;
    size_t stride = 0;
    DEMAND_OK(results_read_texts(test.results, "message", &texts, &stride, &error));
    DEMAND(strcmp(texts + (size_t)case_index * stride, expected) == 0);
    free(texts);
}

static void a_diagnostic_that_fails_on_one_rank_is_failed_alone(void)
{
    for (int victim = 0; victim < team.grid.size; victim = next_victim(victim)) {
        set_up();
        if (team.grid.rank == victim) {
            failing_diagnostic =
                (struct failing_diagnostic){"splits", DIAGNOSTIC_OF_MODEL, STATUS_JOB_MEMORY};
        }
        sweep(2, SINE);
        check_report(2, STATUS_OK, JOBS - 1, 1);
        if (is_root()) {
            check_message(SINE, "no splits today");
        }
        tear_down();
    }
}

/* ---- removals ---- */

static struct experiment *open_case(struct experiment *experiment)
{
    DEMAND_OK(experiment->ops->open_model(experiment, SINE, &error));
    DEMAND_OK(experiment->ops->open_trials(experiment, SINE, &error));
    return experiment;
}

static void check_same(const struct job_result *found, const struct job_result *expected)
{
    DEMAND(found->state == JOB_DONE && expected->state == JOB_DONE);
    DEMAND(found->stabilizer == expected->stabilizer);
    for (int i = 0; MEASURES[i] != NULL; i++) {
        const double scale = fmax(1.0, fabs(expected->values[i]));
        DEMAND(isnan(expected->values[i])
                   ? isnan(found->values[i])
                   : fabs(found->values[i] - expected->values[i]) <= 1e-12 * scale);
    }
}

/* By sets and by pairs, whole and in part: as many at a time as the team takes. */
static void removals_are_those_of_one_rank(void)
{
    static const unsigned char PAIRS[2] = {0x55, 0x01};
    struct experiment *alone = NULL;
    struct experiment *shared = NULL;
    set_up();
    DEMAND_OK(cases_of_team(&shared, &test.sweep, &team, "", &error));
    DEMAND_OK(cases_alone(&alone, &test.sweep, &error));
    (void)open_case(shared);
    (void)open_case(alone);
    const struct removal removals[] = {
        {.pairs = PAIRS, .strength = 1.0},
        {.pairs = PAIRS, .strength = 0.4},
        {.n_blocks = 2, .set = ABLATION_ALL, .strength = 0.25},
        removal_of_set(1, ABLATION_ORDER[2]),
    };
    for (int first = 0; first < 4; first += shared->n_at_once) {
        const int count = 4 - first < shared->n_at_once ? 4 - first : shared->n_at_once;
        struct job_result found[4];
        DEMAND_OK(
            experiment_measure(shared, removals + first, count, is_root() ? found : NULL, &error));
        for (int i = 0; i < count && is_root(); i++) {
            struct job_result expected;
            DEMAND_OK(experiment_measure(alone, &removals[first + i], 1, &expected, &error));
            check_same(&found[i], &expected);
        }
    }
    experiment_destroy(alone);
    experiment_destroy(shared);
    tear_down();
}

/* Every rank has files of its own, so one of them may find another one than the rest. */
static void a_file_that_one_rank_finds_changed_fails_the_case_for_all(void)
{
    for (int victim = 0; victim < team.grid.size; victim = next_victim(victim)) {
        set_up();
        if (team.grid.rank == victim) {
            drop_trials(model_path(&test.sweep, 0));
        }
        sweep(0, OWN);
        check_report(0, STATUS_OK, FACTS, JOBS - FACTS);
        tear_down();
        set_up();
        if (team.grid.rank == victim) {
            (void)unlink(model_path(&test.sweep, 0));
        }
        sweep(1, SINE);
        check_report(1, STATUS_OK, 0, JOBS);
        tear_down();
    }
}

/* Other weights behind the back of a form that is there: the study is about those it saw. */
static void weights_that_are_there_are_not_read_again(void)
{
    set_up();
    sweep(0, SINE);
    check_report(0, STATUS_OK, JOBS, 0);
    if (is_root()) {
        const hid_t file = h5write_open(model_path(&test.sweep, 0));
        h5write_element(file, "weight_hh", 3, 0.125);
        DEMAND(H5Fclose(file) >= 0);
    }
    (void)MPI_Barrier(team.comm);
    sweep(1, OWN);
    check_report(1, STATUS_OK, JOBS, 0);
    tear_down();
}

static void shares_divide_the_ranks_and_fill_a_tile(void)
{
    static const int EXPECTED[][4] = {{1, 1, 8, 1},   {4, 512, 8, 4}, {4, 32, 8, 4},
                                      {4, 31, 8, 2},  {4, 15, 8, 1},  {6, 24, 8, 3},
                                      {6, 16, 8, 2},  {6, 48, 8, 6},  {9, 1000, 16, 9},
                                      {9, 47, 16, 1}, {9, 48, 16, 3}, {5, 39, 8, 1}};
    for (size_t i = 0; i < sizeof EXPECTED / sizeof *EXPECTED; i++) {
        const int *const row = EXPECTED[i];
        DEMAND(team_share_count(row[0], row[1], row[2]) == row[3]);
    }
}

static void run_all(void)
{
    the_form_stays_for_the_next_task_of_its_model();
    a_stop_does_not_take_a_work_unit_that_others_share();
    a_rank_without_memory_fails_the_case_for_all();
    a_file_that_cannot_be_written_ends_the_work_unit_for_all();
    an_urgent_stop_of_one_rank_takes_all_along();
    a_diagnostic_that_fails_on_one_rank_is_failed_alone();
    removals_are_those_of_one_rank();
    a_file_that_one_rank_finds_changed_fails_the_case_for_all();
    weights_that_are_there_are_not_read_again();
}

int main(int argc, char **argv)
{
    void *nothing = NULL;
    ranks_begin(&argc, &argv, &rank, &size);
    (void)MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    (void)setenv("HDF5_USE_FILE_LOCKING", "FALSE", 0); /* as main does */
    DEMAND(scratch_create(&nothing) == 0);
    const int n_rows = size == 5 ? 2 : 1;
    spec = (struct team_spec){.n_ranks = size - 1,
                              .from_hidden = 1,
                              .n_rows = n_rows,
                              .n_cols = (size - 1) / n_rows,
                              .block = 32};
    DEMAND_OK(team_create(&team, MPI_COMM_WORLD, &spec, &error));
    shares_divide_the_ranks_and_fill_a_tile();
    if (rank != 0) {
        run_all();
    }
    team_destroy(&team);
    DEMAND(scratch_remove(&nothing) == 0);
    (void)MPI_Finalize();
    return 0;
}

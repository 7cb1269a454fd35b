/* Tasks of a step that do not know of each other, told from all that looks like them. */
#include "cli/slurm.h"

#include "support/check.h"

static struct error error;

/* "NAME=value" entries of the environment under test, NULL at the end. */
static const char *const *environment;

static const char *lookup(const char *name)
{
    const size_t length = strlen(name);
    for (size_t i = 0; environment[i] != NULL; i++) {
        if (strncmp(environment[i], name, length) == 0 && environment[i][length] == '=') {
            return environment[i] + length + 1;
        }
    }
    return NULL;
}

#define STEP_OF_EIGHT "SLURM_STEP_ID=0", "SLURM_STEP_NUM_TASKS=8", "SLURM_NTASKS=8"

#define SET_ENVIRONMENT(...)                                                                       \
    static const char *const variables_[] = {__VA_ARGS__, NULL};                                   \
    environment = variables_

static void plain_srun_is_refused_before_mpi_starts(void **state)
{
    SET_ENVIRONMENT(STEP_OF_EIGHT, "SLURM_PROCID=3");
    (void)state;
    CHECK_FAILS(slurm_check_step(lookup, &error), STATUS_USAGE, "srun --mpi=pmix");
    CHECK_FAILS(slurm_check_step(lookup, &error), STATUS_USAGE, "the 8 tasks");
}

static void a_step_whose_ranks_meet_is_fine(void **state)
{
    SET_ENVIRONMENT(STEP_OF_EIGHT, "SLURM_PROCID=0", "PMIX_RANK=0");
    (void)state;
    CHECK_OK(slurm_check_step(lookup, &error));
    CHECK_OK(slurm_check_ranks(lookup, 8, &error));
}

static void a_step_whose_ranks_stay_alone_is_refused(void **state)
{
    SET_ENVIRONMENT(STEP_OF_EIGHT, "SLURM_PROCID=0", "PMI_FD=7");
    (void)state;
    CHECK_OK(slurm_check_step(lookup, &error));
    CHECK_FAILS(slurm_check_ranks(lookup, 1, &error), STATUS_USAGE, "srun --mpi=pmix");
}

static void a_step_of_one_task_is_fine(void **state)
{
    SET_ENVIRONMENT("SLURM_STEP_ID=2", "SLURM_STEP_NUM_TASKS=1", "SLURM_NTASKS=8",
                    "SLURM_PROCID=0");
    (void)state;
    CHECK_OK(slurm_check_step(lookup, &error));
    CHECK_OK(slurm_check_ranks(lookup, 1, &error));
}

/* Slurm sets SLURM_PROCID there too. */
static void alone_in_a_batch_script_is_fine(void **state)
{
    SET_ENVIRONMENT("SLURM_JOB_ID=5", "SLURM_NTASKS=8", "SLURM_PROCID=0", "SLURM_NODEID=0");
    (void)state;
    CHECK_OK(slurm_check_step(lookup, &error));
    CHECK_OK(slurm_check_ranks(lookup, 1, &error));
}

static void alone_in_the_shell_of_a_step_is_fine(void **state)
{
    SET_ENVIRONMENT(STEP_OF_EIGHT, "SLURM_PROCID=0", "SLURM_PTY_PORT=4711");
    (void)state;
    CHECK_OK(slurm_check_step(lookup, &error));
    CHECK_OK(slurm_check_ranks(lookup, 1, &error));
}

/* mpirun starts its daemons as a step of one task per further node. */
static void one_rank_of_mpirun_is_fine(void **state)
{
    SET_ENVIRONMENT(STEP_OF_EIGHT, "SLURM_PROCID=0", "OMPI_COMM_WORLD_RANK=0", "PMIX_RANK=0");
    (void)state;
    CHECK_OK(slurm_check_step(lookup, &error));
    CHECK_OK(slurm_check_ranks(lookup, 1, &error));
}

static void without_slurm_nothing_is_refused(void **state)
{
    SET_ENVIRONMENT("HOME=/");
    (void)state;
    CHECK_OK(slurm_check_step(lookup, &error));
    CHECK_OK(slurm_check_ranks(lookup, 1, &error));
}

int test_slurm(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_srun_is_refused_before_mpi_starts),
        cmocka_unit_test(a_step_whose_ranks_meet_is_fine),
        cmocka_unit_test(a_step_whose_ranks_stay_alone_is_refused),
        cmocka_unit_test(a_step_of_one_task_is_fine),
        cmocka_unit_test(alone_in_a_batch_script_is_fine),
        cmocka_unit_test(alone_in_the_shell_of_a_step_is_fine),
        cmocka_unit_test(one_rank_of_mpirun_is_fine),
        cmocka_unit_test(without_slurm_nothing_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The key `ood` of a study file. */
#include "study/study.h"

#include "support/check.h"
#include "support/scratch.h"
#include "support/study_fakes.h"

#include <stdio.h>

static struct error error;

static enum status load(struct sweep *sweep, const char *ood)
{
    char text[640];
    (void)snprintf(
        text, sizeof text,
        "study = \"n\"; tasks = ( { name = \"flip_flop\"; steps = 70; } );"
        "models = ( { task = \"flip_flop\"; construction = \"dense_default\"; hidden = 8; "
        "seeds = 0; }, { task = \"sine\"; construction = \"dense_default\"; hidden = 8; "
        "seeds = 0; } );\n%s",
        ood);
    file_write_text(scratch_path("s.cfg"), text);
    return study_load(sweep, scratch_path("s.cfg"), NULL, &NAMED_FILES, NULL, &error);
}

static void only_what_is_given_changes(void **state)
{
    struct sweep plain;
    struct sweep sweep;
    (void)state;
    CHECK_OK(load(&plain, ""));
    CHECK_OK(load(&sweep, "ood = ( { name = \"sine\"; steps = 128; },"
                          "{ name = \"flip_flop\"; pulse = 0.1; bits = 3; } );"));
    assert_int_equal(sweep.n_oods, 2);
    assert_string_equal(sweep.oods[0].label, "sine: steps = 128");
    assert_string_equal(sweep.oods[1].label, "flip_flop: pulse = 0.1");
    assert_true(sweep.oods[1].task.params[1] == 70.0); /* as the study has it */
    assert_true(sweep.oods[1].task.params[2] == 0.1);
    assert_int_equal(sweep.n_diagnostics, plain.n_diagnostics + 1);
    assert_string_equal(sweep.diagnostics[plain.n_diagnostics].name, "ood");
    assert_string_equal(sweep.canonical, plain.canonical); /* no part of the identity */
    sweep_release(&plain);
    sweep_release(&sweep);
}

static void variants_of_a_task_are_told_apart_by_what_follows_a_dot(void **state)
{
    struct sweep sweep;
    (void)state;
    file_write_text(scratch_path("s.cfg"),
                    "study = \"n\"; tasks = ( { name = \"sine.3\"; channels = 3; } ); models = ( "
                    "{ task = \"sine\"; construction = \"dense_default\"; hidden = 8; }, "
                    "{ task = \"sine.3\"; construction = \"dense_default\"; hidden = 8; } );"
                    "ood = ( { name = \"sine.3\"; steps = 9; } );");
    CHECK_OK(study_load(&sweep, scratch_path("s.cfg"), NULL, &NAMED_FILES, NULL, &error));
    assert_int_equal(sweep.n_cases, 2);
    assert_string_equal(sweep.cases[0].task_label, "sine");
    assert_string_equal(sweep.cases[1].task_label, "sine.3");
    assert_int_equal(sweep.models[1].n_in, 3 * sweep.models[0].n_in);
    assert_string_not_equal(sweep.models[0].identity, sweep.models[1].identity);
    assert_string_equal(sweep.oods[0].label, "sine.3: steps = 9");
    sweep_release(&sweep);
    file_write_text(scratch_path("s.cfg"), "study = \"n\"; models = ( { task = \"sine.3\"; "
                                           "construction = \"dense_default\"; hidden = 8; } );");
    CHECK_FAILS(study_load(&sweep, scratch_path("s.cfg"), NULL, &NAMED_FILES, NULL, &error),
                STATUS_INPUT, "unknown built-in task 'sine.3', did you mean 'sine'?");
}

static void it_survives_a_message(void **state)
{
    struct sweep sweep;
    struct sweep same;
    struct packer packet = {0};
    (void)state;
    CHECK_OK(load(&sweep, "ood = ( { name = \"sine\"; steps = 128; } );"));
    sweep_pack(&sweep, &packet);
    CHECK_OK(pack_finish(&packet, &error));
    CHECK_OK(sweep_unpack(&same, packet.bytes, packet.size, &error));
    assert_int_equal(same.n_oods, 1);
    assert_string_equal(same.oods[0].label, sweep.oods[0].label);
    assert_memory_equal(same.oods[0].task.params, sweep.oods[0].task.params,
                        sizeof same.oods[0].task.params);
    pack_release(&packet);
    sweep_release(&sweep);
    sweep_release(&same);
}

static void what_networks_cannot_meet_is_refused(void **state)
{
    static const struct {
        const char *ood;
        const char *part;
    } cases[] = {{"ood = ( { name = \"copy\"; replay = 9; } );", "no built-in task of this study"},
                 {"ood = ( { name = \"flip_flop\"; bits = 4; } );", "has 4 inputs and 4 outputs"},
                 {"ood = ( { name = \"sine\"; stepz = 9; } );", "did you mean 'steps'"},
                 {"ood = ( { name = \"sine\"; steps = 1; } );", "steps"},
                 {"ood = ( { name = \"sine\"; } );", "changes nothing"},
                 {"ood = ( { name = \"sine\"; steps = 9; }, { name = \"sine\"; steps = 9; } );",
                  "another entry"},
                 {"ood = ( \"sine\" );", "expected { name"},
                 {"ood = ( { steps = 9; } );", "expected { name"},
                 {"diagnostics = \"ood\";", "asked for by the key ood"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sweep sweep;
        CHECK_FAILS(load(&sweep, cases[i].ood), STATUS_INPUT, cases[i].part);
    }
}

int test_study_ood(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(only_what_is_given_changes),
        SCRATCH_TEST(variants_of_a_task_are_told_apart_by_what_follows_a_dot),
        SCRATCH_TEST(it_survives_a_message),
        SCRATCH_TEST(what_networks_cannot_meet_is_refused),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}

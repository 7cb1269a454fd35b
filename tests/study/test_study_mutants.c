/* Studies with random mistakes: each is loaded or refused in one line that names its file. */
#include "study/study.h"

#include "core/rng.h"
#include "support/check.h"
#include "support/scratch.h"
#include "support/study_fakes.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { N_MUTANTS = 5000, TEXT_SIZE = 4096 };

static struct error error;

static const char STUDY[] =
    "study = \"s\"; seed = 20260618L; // a comment\n"
    "@include \"part.cfg\" epsilon = 0.1;\n"
    "models = ( { task = \"copy\"; construction = [\"dense_default\", \"cayley\"];\n"
    "  hidden = [8, 10]; seeds = \"0..1,3\"; recipe = { base = \"ramp\"; rate = 2e-3; }; },\n"
    "  { file = \"m*.h5\"; evaluate_on = [\"own\", \"mine\"]; } ); /* another\n comment */\n"
    "tasks = ( { name = \"copy\"; trials = 12; }, { name = \"mine\"; file = \"t.h5\"; } );\n"
    "alphas = { from = 0.5; to = 1.0; count = 11; };\n"
    "ablations = [\"CC\", \"CR+CC\"]; precision = \"float32\"; output = \"\\x41\\\"b.h5\";\n";

static const char *const TOKENS[] = {
    "\"",       "\\",    "{",    "}",         "(",    ")",
    "[",        "]",     ";",    "=",         ",",    "/*",
    "*/",       "//",    "#",    "\n",        "\r\n", "@include \"part.cfg\"",
    "@include", "\\x00", "0",    "-1",        "1e9",  "2147483648",
    "0x1F",     "1.5",   "true", "study = 1", ":",    "\xff",
    "model",    "*",     "..",   "\"\"",      "/",    "own"};

static size_t below(struct rng *rng, size_t limit)
{
    return (size_t)rng_below(rng, limit);
}

/* Replaces `gone` bytes at `place` by others. */
static size_t replace(char *text, size_t size, size_t place, size_t gone, const char *bytes,
                      size_t count)
{
    if (size - gone + count > TEXT_SIZE) {
        return size;
    }
    memmove(text + place + count, text + place + gone, size - place - gone);
    memcpy(text + place, bytes, count);
    return size - gone + count;
}

static size_t mutate(struct rng *rng, char *text, size_t size)
{
    char copy[16];
    const size_t place = below(rng, size);
    const size_t length = 1 + below(rng, size - place < sizeof copy ? size - place : sizeof copy);
    const char *const token = TOKENS[below(rng, sizeof TOKENS / sizeof TOKENS[0])];
    switch (below(rng, 4)) {
    case 0:
        return replace(text, size, place, length, "", 0);
    case 1:
        memcpy(copy, text + place, length);
        return replace(text, size, below(rng, size), 0, copy, length);
    case 2:
        text[place] = (char)(text[place] ^ 1 << below(rng, 8));
        return size;
    default:
        return replace(text, size, place, 0, token, strlen(token));
    }
}

static void load(const char *text, size_t size)
{
    struct sweep sweep;
    file_write(scratch_path("s.cfg"), text, size);
    const enum status status =
        study_load(&sweep, scratch_path("s.cfg"), NULL, &SINE_FILES, NULL, &error);
    if (status == STATUS_OK) {
        assert_true(sweep.n_cases > 0);
        sweep_release(&sweep);
        return;
    }
    assert_int_equal(status, STATUS_INPUT);
    assert_null(sweep.models);
    assert_int_equal(strncmp(error.text, scratch_directory(), strlen(scratch_directory())), 0);
    assert_null(strchr(error.text, '\n'));
}

static void any_study_is_loaded_or_refused_in_one_line(void **state)
{
    struct rng rng = rng_stream((struct rng_key){{1, 2}}, 0, 0);
    (void)state;
    file_write_text(scratch_path("part.cfg"), "models_dir = \"md\"; // no line end");
    file_write_text(scratch_path("m1.h5"), "");
    load(STUDY, sizeof STUDY - 1);
    for (int i = 0; i < N_MUTANTS; i++) {
        char text[TEXT_SIZE];
        size_t size = sizeof STUDY - 1;
        memcpy(text, STUDY, sizeof STUDY);
        for (size_t k = 1 + below(&rng, 4); k > 0; k--) {
            size = mutate(&rng, text, size);
        }
        load(text, size);
    }
}

int test_study_mutants(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(any_study_is_loaded_or_refused_in_one_line),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}

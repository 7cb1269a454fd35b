#include "core/text.h"

#include "core/named.h"
#include "support/check.h"

#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const KEYS[] = {"study",   "seed",      "models",     "tasks", "alphas",
                                   "epsilon", "ablations", "models_dir", "output"};
enum { KEY_COUNT = sizeof KEYS / sizeof *KEYS };

static struct error error;

static const char *nearest(const char *text)
{
    return text_nearest(text, KEYS, KEY_COUNT);
}

static void a_slip_of_the_pen_finds_the_word_that_was_meant(void **state)
{
    (void)state;
    assert_string_equal(nearest("alpha"), "alphas");        /* a letter missing */
    assert_string_equal(nearest("alphaas"), "alphas");      /* a letter too many */
    assert_string_equal(nearest("alphos"), "alphas");       /* another letter */
    assert_string_equal(nearest("ablatoins"), "ablations"); /* two letters swapped */
    assert_string_equal(nearest("modle"), "models");
}

static void an_exact_word_is_its_own_nearest(void **state)
{
    (void)state;
    for (int i = 0; i < KEY_COUNT; i++) {
        assert_ptr_equal(nearest(KEYS[i]), KEYS[i]);
    }
}

static void a_swap_of_neighbours_costs_one(void **state)
{
    (void)state;
    /* Two changes would be too many for a word of two letters. */
    static const char *const WORDS[] = {"ab"};
    assert_non_null(text_nearest("ba", WORDS, 1));
    assert_null(text_nearest("cd", WORDS, 1));
}

static void the_nearer_word_wins_and_the_first_of_equals(void **state)
{
    (void)state;
    static const char *const WORDS[] = {"steps", "stepsize", "stops"};
    assert_string_equal(text_nearest("stepsiz", WORDS, 3), "stepsize");
    assert_string_equal(text_nearest("staps", WORDS, 3), "steps");
}

static void a_word_like_none_has_no_nearest(void **state)
{
    (void)state;
    assert_null(nearest("colour"));
    assert_null(nearest("xyzzyxyzzy"));
    assert_null(nearest("q"));
    assert_null(text_nearest("alphas", KEYS, 0));
}

static void a_very_long_word_has_no_nearest(void **state)
{
    (void)state;
    char text[301];
    for (size_t length = 65; length < sizeof text; length++) {
        memset(text, 'q', length);
        text[length] = '\0';
        const char *const found = nearest(text);
        if (found != NULL) {
            fail_msg("%zu times q is taken for '%s'", length, found);
        }
    }
}

static void check_directory(const char *path, const char *expected)
{
    char *directory = NULL;
    CHECK_OK(path_directory(&directory, path, &error));
    assert_string_equal(directory, expected);
    free(directory);
}

static void the_directory_is_what_stands_before_the_last_slash(void **state)
{
    (void)state;
    check_directory("study.cfg", ".");
    check_directory("a/study.cfg", "a");
    check_directory("a/b/study.cfg", "a/b");
    check_directory("/study.cfg", "/");
    check_directory("/a/study.cfg", "/a");
    check_directory("./study.cfg", ".");
    check_directory("../study.cfg", "..");
    check_directory("", ".");
}

static void check_join(const char *directory, const char *path, const char *expected)
{
    char *joined = NULL;
    CHECK_OK(path_join(&joined, directory, path, &error));
    assert_string_equal(joined, expected);
    free(joined);
}

static void a_relative_path_is_put_under_the_directory(void **state)
{
    (void)state;
    check_join("a/b", "c/d.h5", "a/b/c/d.h5");
    check_join("a/", "c", "a/c");
    check_join("/", "c", "/c");
    check_join("..", "c", "../c");
}

static void the_working_directory_is_left_out(void **state)
{
    (void)state;
    check_join(".", "c/d.h5", "c/d.h5");
}

static void an_absolute_path_stays(void **state)
{
    (void)state;
    check_join("a/b", "/c/d.h5", "/c/d.h5");
    check_join(".", "/c", "/c");
}

static void a_short_path_leaves_real_directories_by_their_parent(void **state)
{
    char *joined = NULL;
    char directory[] = "/tmp/schursweep-text-XXXXXX";
    char inner[64];
    (void)state;
    assert_non_null(mkdtemp(directory));
    (void)snprintf(inner, sizeof inner, "%s/in", directory);
    CHECK_OK(path_join_short(&joined, inner, "../out.h5", &error)); /* it is not there */
    assert_non_null(strstr(joined, "/in/../out.h5"));
    free(joined);
    assert_int_equal(mkdir(inner, 0700), 0);
    CHECK_OK(path_join_short(&joined, inner, "../out.h5", &error));
    assert_null(strstr(joined, "/in"));
    assert_string_equal(joined + strlen(directory), "/out.h5");
    free(joined);
    assert_int_equal(rmdir(inner), 0);
    assert_int_equal(symlink("/", inner), 0); /* `..` of a link leads elsewhere */
    CHECK_OK(path_join_short(&joined, inner, "../out.h5", &error));
    assert_non_null(strstr(joined, "/in/../out.h5"));
    free(joined);
    assert_int_equal(unlink(inner), 0);
    assert_int_equal(rmdir(directory), 0);
    CHECK_OK(path_join_short(&joined, "/", "../x", &error));
    free(joined);
    CHECK_OK(path_join_short(&joined, "..", "../x", &error));
    assert_string_equal(joined, "../../x");
    free(joined);
}

static void a_literal_pattern_matches_its_own_path_alone(void **state)
{
    static const char *const NAMES[] = {"a[b]", "*", "?", "a\\b", "[!a]", "plain", "a[", "]"};
    char directory[] = "/tmp/schursweep-test.XXXXXX";
    (void)state;
    assert_non_null(mkdtemp(directory));
    assert_int_equal(chdir(directory), 0);
    assert_int_equal(mkdir("ab", 0700), 0); /* what a[b] would match */
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        char *pattern = NULL;
        glob_t matches = {0};
        assert_int_equal(mkdir(NAMES[i], 0700), 0);
        CHECK_OK(path_literal_pattern(&pattern, NAMES[i], &error));
        assert_int_equal(glob(pattern, 0, NULL, &matches), 0);
        assert_int_equal(matches.gl_pathc, 1);
        assert_string_equal(matches.gl_pathv[0], NAMES[i]);
        globfree(&matches);
        free(pattern);
        assert_int_equal(rmdir(NAMES[i]), 0);
    }
    assert_int_equal(rmdir("ab"), 0);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(directory), 0);
}

static void check_followed(const char *path, const char *expected)
{
    char *found = NULL;
    CHECK_OK(path_follow_link(&found, path, &error));
    assert_string_equal(found, expected);
    free(found);
}

static void a_link_is_followed_to_its_end(void **state)
{
    char directory[] = "/tmp/schursweep-test.XXXXXX";
    char file[PATH_MAX];
    (void)state;
    assert_non_null(mkdtemp(directory));
    assert_int_equal(chdir(directory), 0);
    assert_int_equal(mkdir("file", 0700), 0);
    assert_int_equal(symlink("file", "link") | symlink("link", "again"), 0);
    assert_int_equal(symlink("gone", "broken") | symlink("loop", "loop"), 0);
    assert_non_null(realpath("file", file));
    check_followed("link", file);
    check_followed("again", file);
    check_followed("./file", "./file"); /* as it was named: it is no link */
    check_followed("missing", "missing");
    check_followed("broken", "broken");
    check_followed("loop", "loop");
    check_followed("", "");
    assert_int_equal(unlink("link") | unlink("again") | unlink("broken") | unlink("loop"), 0);
    assert_int_equal(rmdir("file"), 0);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(directory), 0);
}

static void check_clean(const char *text, const char *expected)
{
    char copy[64];
    (void)snprintf(copy, sizeof copy, "%s", text);
    text_clean(copy);
    assert_string_equal(copy, expected);
}

static void a_cleaned_name_is_one_line_of_utf8(void **state)
{
    (void)state;
    check_clean("a/b c.h5", "a/b c.h5");
    check_clean("na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80",
                "na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80");
    check_clean("na\xefve", "na?ve");                    /* Latin-1 */
    check_clean("\xc0\xaf \xed\xa0\x80", "?? ???");      /* too long a form, a surrogate */
    check_clean("\xf4\x90\x80\x80 \xe2\x82", "???? ??"); /* beyond Unicode, cut off */
    check_clean("two\nlines\t\x7f", "two?lines??");
    text_clean(NULL);
}

static void nothing_in_a_cleaned_name_commands_a_terminal(void **state)
{
    (void)state;
    check_clean("a\033[31mred", "a?[31mred");
    check_clean("a\xc2\x9b"
                "31mred\xc2\x80\xc2\x9f\xc2\xa0",
                "a?31mred??\xc2\xa0"); /* C1 */
    check_clean("a\xe2\x80\xae"
                "gnp.h5",
                "a?gnp.h5"); /* U+202E */
    check_clean("\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\xaa\xe2\x81\xa6\xe2\x81\xa9\xd8\x9c", "??????");
    check_clean("\xe2\x80\xa8\xe2\x80\xa9", "??"); /* separators of lines */
    check_clean("\xd7\xa9\xd7\x9c \xe2\x80\x93 \xe2\x80\x8d",
                "\xd7\xa9\xd7\x9c \xe2\x80\x93 \xe2\x80\x8d");
}

static void check_columns(const char *text, int expected)
{
    assert_int_equal(text_columns(text), expected);
}

static void columns_are_those_of_a_terminal(void **state)
{
    (void)state;
    check_columns("", 0);
    check_columns("sine n64", 8);
    check_columns("na\xc3\xafve", 5);
    check_columns("nai\xcc\x88ve", 5);                        /* a combining mark */
    check_columns("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 6); /* CJK */
    check_columns("\xed\x95\x9c\xef\xbd\xa1", 3);             /* Hangul, half width */
    check_columns("\xf0\x9f\xa7\xa0", 2);                     /* a picture */
    check_columns("\xff", 1);
}

static void check_fit(const char *text, int width, size_t size, int columns)
{
    int found = -1;
    assert_int_equal(text_fit(text, width, &found), size);
    assert_int_equal(found, columns);
}

static void what_fits_ends_between_characters(void **state)
{
    (void)state;
    check_fit("abc", 5, 3, 3);
    check_fit("abc", 2, 2, 2);
    check_fit("abc", 0, 0, 0);
    check_fit("a\xe6\x97\xa5z", 2, 1, 1); /* half of a wide one does not stand */
    check_fit("a\xe6\x97\xa5z", 3, 4, 3);
    check_fit("e\xcc\x88x", 1, 3, 1); /* the mark stays with its letter */
}

static void the_stem_is_what_stands_before_the_suffix(void **state)
{
    (void)state;
    assert_true(text_begins("a.b", "a.") && text_begins("a", "") && !text_begins("a", "a."));
    assert_true(text_ends("a.b", ".b") && text_ends("a", "") && !text_ends("b", ".b"));
    assert_int_equal(text_stem_length("out/a.h5", ".h5"), 5);
    assert_int_equal(text_stem_length("a.h5.h5", ".h5"), 4);
    assert_int_equal(text_stem_length("a.h5x", ".h5"), 5);
    assert_int_equal(text_stem_length(".h5", ".h5"), 3); /* nothing would be left */
    assert_int_equal(text_stem_length("5", ".h5"), 1);
    assert_int_equal(text_stem_length("", ".h5"), 0);
}

static void check_number(const char *text, char mark, int expected)
{
    const char *end = text + strlen(text);
    const bool taken = text_take_number(text, &end, mark);
    assert_int_equal(taken, expected >= 0);
    assert_ptr_equal(end, text + (taken ? expected : (int)strlen(text)));
}

static void a_number_is_taken_off_the_end_with_its_mark(void **state)
{
    (void)state;
    check_number("a.h5.12", '.', 4);
    check_number("a-1-2", '-', 3);
    check_number(".7", '.', 0);
    check_number("a.", '.', -1);
    check_number("a12", '.', -1);
    check_number("a-12", '.', -1);
    check_number("12", '.', -1);
    check_number("", '.', -1);
}

static void a_folder_is_made_once_and_never_over_a_file(void **state)
{
    char directory[] = "/tmp/schursweep-test.XXXXXX";
    struct stat info;
    (void)state;
    assert_non_null(mkdtemp(directory));
    assert_int_equal(chdir(directory), 0);
    CHECK_OK(path_make_folder("made", &error));
    assert_int_equal(stat("made", &info), 0);
    assert_true(S_ISDIR(info.st_mode));
    CHECK_OK(path_make_folder("made", &error));
    assert_int_equal(symlink("made/../nothing", "file"), 0); /* a name that is taken */
    CHECK_FAILS(path_make_folder("file", &error), STATUS_IO,
                "file: cannot create the folder: File exists");
    CHECK_FAILS(path_make_folder("none/made", &error), STATUS_IO,
                "none/made: cannot create the folder: No such file");
    assert_int_equal(rmdir("made") | unlink("file"), 0);
    assert_int_equal(chdir("/") | rmdir(directory), 0);
}

struct thing {
    const char *name;
    int number;
};

static void a_thing_of_a_list_is_found_by_its_name(void **state)
{
    (void)state;
    const struct thing first = {"first", 1};
    const struct thing second = {"second", 2};
    const struct thing *const list[] = {&first, &second, NULL};
    const struct thing *const empty[] = {NULL};
    const char *names[NAMED_MAX];
    assert_ptr_equal(named_find(list, "first"), &first);
    assert_ptr_equal(named_find(list, "second"), &second);
    assert_null(named_find(list, "sec"));
    assert_null(named_find(empty, "first"));
    assert_int_equal(named_names(list, names), 2);
    assert_string_equal(names[0], "first");
    assert_string_equal(names[1], "second");
    assert_int_equal(named_names(empty, names), 0);
}

int test_text(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slip_of_the_pen_finds_the_word_that_was_meant),
        cmocka_unit_test(an_exact_word_is_its_own_nearest),
        cmocka_unit_test(a_swap_of_neighbours_costs_one),
        cmocka_unit_test(the_nearer_word_wins_and_the_first_of_equals),
        cmocka_unit_test(a_word_like_none_has_no_nearest),
        cmocka_unit_test(a_very_long_word_has_no_nearest),
        cmocka_unit_test(the_directory_is_what_stands_before_the_last_slash),
        cmocka_unit_test(a_relative_path_is_put_under_the_directory),
        cmocka_unit_test(the_working_directory_is_left_out),
        cmocka_unit_test(an_absolute_path_stays),
        cmocka_unit_test(a_literal_pattern_matches_its_own_path_alone),
        cmocka_unit_test(a_link_is_followed_to_its_end),
        cmocka_unit_test(a_cleaned_name_is_one_line_of_utf8),
        cmocka_unit_test(nothing_in_a_cleaned_name_commands_a_terminal),
        cmocka_unit_test(columns_are_those_of_a_terminal),
        cmocka_unit_test(what_fits_ends_between_characters),
        cmocka_unit_test(the_stem_is_what_stands_before_the_suffix),
        cmocka_unit_test(a_number_is_taken_off_the_end_with_its_mark),
        cmocka_unit_test(a_folder_is_made_once_and_never_over_a_file),
        cmocka_unit_test(a_thing_of_a_list_is_found_by_its_name),
        cmocka_unit_test(a_short_path_leaves_real_directories_by_their_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Pieces of HTML. */
#include "report/html.h"

#include "support/check.h"
#include "support/scratch.h"

#include <stdlib.h>

static struct error error;
static char *written;
static FILE *page;

static void begin(void)
{
    static size_t size;
    page = open_memstream(&written, &size);
    assert_non_null(page);
}

static void check_written(const char *expected)
{
    (void)fclose(page);
    assert_string_equal(written, expected);
    free(written);
}

static void texts_cannot_become_markup(void **state)
{
    (void)state;
    begin();
    html_text(page, "<script a='1' b=\"2\">&amp;</script>");
    check_written("&lt;script a=&#39;1&#39; b=&quot;2&quot;&gt;&amp;amp;&lt;/script&gt;");
    begin();
    html_text(page, "a\nb\tc\x01"
                    "d\rµ%$`\\");
    check_written("a\nb c d µ%$`\\");
}

static void numbers_are_short(void **state)
{
    (void)state;
    begin();
    html_number(page, 0.123456, false);
    html_number(page, 0.5, true);
    html_number(page, -2e-9, true);
    html_number(page, NAN, true);
    check_written("0.123+0.5-2e-09&ndash;");
}

/* The test vectors of RFC 4648. */
static void images_are_part_of_the_page(void **state)
{
    (void)state;
    static const char *const encoded[] = {"",         "Zg==",     "Zm8=",    "Zm9v",
                                          "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    for (size_t n = 0; n <= 6; n++) {
        char expected[200];
        file_write(scratch_path("image.svg"), "foobar", n);
        begin();
        CHECK_OK(html_image(page, scratch_path("image.svg"), "a \"b\"", &error));
        (void)snprintf(expected, sizeof expected,
                       "<img src=\"data:image/svg+xml;base64,%s\" alt=\"a &quot;b&quot;\">",
                       encoded[n]);
        check_written(expected);
    }
    file_write(scratch_path("high.svg"), "\xfb\xff\xfe", 3);
    begin();
    CHECK_OK(html_image(page, scratch_path("high.svg"), "", &error));
    check_written("<img src=\"data:image/svg+xml;base64,+//+\" alt=\"\">");
}

static void a_missing_image_is_an_error(void **state)
{
    (void)state;
    begin();
    CHECK_FAILS(html_image(page, scratch_path("none.svg"), "", &error), STATUS_IO, "none.svg");
    check_written("");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_cannot_become_markup),
        cmocka_unit_test(numbers_are_short),
        SCRATCH_TEST(images_are_part_of_the_page),
        SCRATCH_TEST(a_missing_image_is_an_error),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}

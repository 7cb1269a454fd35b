/* Pieces of HTML. */
#include "report/html.h"

#include "support/check.h"
#include "support/scratch.h"
#include "support/written.h"

static struct error error;
static struct written page;

static void texts_cannot_become_markup(void **state)
{
    (void)state;
    written_begin(&page);
    html_text(page.stream, "<script a='1' b=\"2\">&amp;</script>");
    written_check(&page, "&lt;script a=&#39;1&#39; b=&quot;2&quot;&gt;&amp;amp;&lt;/script&gt;");
    written_begin(&page);
    html_text(page.stream, "a\nb\tc\x01"
                           "d\rµ%$`\\");
    written_check(&page, "a\nb c d µ%$`\\");
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
        written_begin(&page);
        CHECK_OK(html_image(page.stream, scratch_path("image.svg"), "a \"b\"", &error));
        (void)snprintf(expected, sizeof expected,
                       "<img src=\"data:image/svg+xml;base64,%s\" alt=\"a &quot;b&quot;\">",
                       encoded[n]);
        written_check(&page, expected);
    }
    file_write(scratch_path("high.svg"), "\xfb\xff\xfe", 3);
    written_begin(&page);
    CHECK_OK(html_image(page.stream, scratch_path("high.svg"), "", &error));
    written_check(&page, "<img src=\"data:image/svg+xml;base64,+//+\" alt=\"\">");
}

static void a_missing_image_is_an_error(void **state)
{
    (void)state;
    written_begin(&page);
    CHECK_FAILS(html_image(page.stream, scratch_path("none.svg"), "", &error), STATUS_IO,
                "none.svg");
    written_check(&page, "");
}

int test_html(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_cannot_become_markup),
        SCRATCH_TEST(images_are_part_of_the_page),
        SCRATCH_TEST(a_missing_image_is_an_error),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}

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
static void bytes_are_letters(void **state)
{
    (void)state;
    static const char *const encoded[] = {"",         "Zg==",     "Zm8=",    "Zm9v",
                                          "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    for (size_t n = 0; n <= 6; n++) {
        written_begin(&page);
        html_base64(page.stream, (const unsigned char *)"foobar", n);
        written_check(&page, encoded[n]);
    }
    written_begin(&page);
    html_base64(page.stream, (const unsigned char *)"\xfb\xff\xfe", 3);
    written_check(&page, "+//+");
}

/* Without title and script, and with identifiers of its own. */
static void a_picture_is_part_of_the_page(void **state)
{
    (void)state;
    static const char svg[] =
        "<?xml version='1.0'?>\n<svg viewBox=\"0 0 3 2\">\n<title>Gnuplot</title>"
        "<circle id='gpPt0' r='1'/><path id='gpPt1'/><g id=\"canvas\"/><use "
        "xlink:href='#gpPt1'/><path fill=\"url(#x)\"/>"
        "<g fill=\"none\" color=\"black\" stroke=\"currentColor\" stroke-width=\"1.00\" "
        "stroke-linecap=\"butt\" stroke-linejoin=\"miter\">\n"
        "\t<g onmousemove=\"gnuplot_svg.showHypertext(evt,'seed 3: 0.5')\" "
        "onmouseout=\"gnuplot_svg.hideHypertext()\"><title> </title>\n\t<use color='rgb(1,   0,   "
        "2)'/>"
        "</g>\n</g>\n<g fill=\"none\">\n</g>\n</g></svg>\n";
    file_write(scratch_path("p.svg"), svg, sizeof svg - 1);
    written_begin(&page);
    CHECK_OK(html_picture(page.stream, scratch_path("p.svg"), 7, "a \"b\"", &error));
    written_check(&page, "<svg role=\"img\" font-family=\"Helvetica,Arial,sans-serif\" "
                         "aria-label=\"a &quot;b&quot;\" viewBox=\"0 0 3 2\"> <path id='p7-gpPt1'/>"
                         "<g id=\"p7-canvas\"/><use xlink:href='#p7-gpPt1'/><path "
                         "fill=\"url(#p7-x)\"/><g fill=\"none\" data-tip=\"seed 3: 0.5\"> <use "
                         "color='rgb(1,0,2)'/></g>  </g></svg> ");
}

static void a_missing_picture_is_an_error(void **state)
{
    (void)state;
    written_begin(&page);
    CHECK_FAILS(html_picture(page.stream, scratch_path("none.svg"), 0, "", &error), STATUS_IO,
                "none.svg");
    file_write(scratch_path("empty.svg"), "", 0);
    CHECK_FAILS(html_picture(page.stream, scratch_path("empty.svg"), 0, "", &error), STATUS_IO,
                "empty.svg");
    written_check(&page, "");
}

int test_html(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_cannot_become_markup),
        cmocka_unit_test(bytes_are_letters),
        SCRATCH_TEST(a_picture_is_part_of_the_page),
        SCRATCH_TEST(a_missing_picture_is_an_error),
    };
    return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}

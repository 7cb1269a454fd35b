/* Every model by itself. */
#include "core/memory.h"
#include "core/text.h"
#include "report/html.h"
#include "report/page/parts.h"
#include "report/page/png.h"
#include "report/tables/table_write.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MODELS_MAX = 200,    /* on the page */
    ROWS_OF_ALPHAS = 64, /* of a model's table; of more alphas it has the main one alone */
    PIXELS_MAX = 256,    /* of a side of a Schur form; larger ones are drawn coarser */
    STEPS_MAX = 64       /* of a trial */
};

/* Cubes of the widths whose weights are opened: a decomposition costs about 25 operations of each.
 */
static const double WORK_MAX = 1e8;

static const char *const LINE_COLOURS[EXAMPLE_RUNS] = {"#111111", "#0072b2", "#d55e00", "#009e73"};

/* ---- spectrum ---- */

static void write_rings(FILE *page, const struct report *report, double rho)
{
    for (int a = 0; a < report->data.n_alphas; a++) {
        (void)fprintf(page,
                      "<circle data-a=\"%d\"%s class=\"lines\" stroke=\"#d55e00\" "
                      "stroke-dasharray=\"5 4\" r=\"%.5g\"/>",
                      a, a != report->main_alpha ? " hidden" : "",
                      100.0 * report->data.alphas[a] * rho);
    }
}

/* Eigenvalues in units of 1/100, the imaginary axis upwards. */
static void write_spectrum(FILE *page, const struct page_source *from, int c)
{
    const struct study_data *const data = &from->report->data;
    const double rho = study_real(data, "spectral_radius", c, 0);
    const int n_r = study_n_r(data, c, from->report->main_alpha);
    const double edge = 112.0 * fmax(1.0, rho);
    if (!isfinite(rho) || rho <= 0.0 || isnan(study_real(data, "eigenvalue_re", c, 0))) {
        return;
    }
    (void)fprintf(page,
                  "<figure><svg role=\"img\" aria-label=\"eigenvalues\" viewBox=\"%.5g %.5g %.5g "
                  "%.5g\"><path class=\"lines\" stroke=\"#dddddd\" d=\"M%.5g 0H%.5gM0 %.5gV%.5g\"/>"
                  "<circle class=\"lines\" stroke=\"#777777\" r=\"100\"/>",
                  -edge, -edge, 2 * edge, 2 * edge, -edge, edge, -edge, edge);
    write_rings(page, from->report, rho);
    for (int i = 0; !isnan(study_real(data, "eigenvalue_re", c, (size_t)i)); i++) {
        const double re = study_real(data, "eigenvalue_re", c, (size_t)i);
        const double im = study_real(data, "eigenvalue_im", c, (size_t)i);
        if (i == 0 || i == n_r) {
            (void)fprintf(page, "%s<g fill=\"%s\">", i > 0 ? "</g>" : "",
                          i < n_r ? "#0072b2" : "#009e73");
        }
        (void)fprintf(page,
                      "<circle cx=\"%.4g\" cy=\"%.4g\" r=\"%.2g\" data-tip=\"%.4g%+.4gi, modulus "
                      "%.4g\"/>",
                      100 * re, -100 * im, edge / 60, re, im, hypot(re, im));
    }
    (void)fputs("</g>", page);
    (void)fputs("</svg><figcaption><b>Eigenvalues</b> Blue: R, green: C. Grey: the unit circle; "
                "broken: alpha times the spectral radius.</figcaption></figure>\n",
                page);
}

/* ---- Schur form ---- */

/* |T| on a logarithmic scale of four decades, the largest entry of each square of `step` entries.
 */
static void shade(const struct schur *form, int step, int side, unsigned char *pixels)
{
    const size_t n = (size_t)form->n;
    double largest = 0.0;
    for (size_t i = 0; i < n * n; i++) {
        largest = fmax(largest, fabs(form->t[i]));
    }
    memset(pixels, 0, (size_t)side * (size_t)side);
    for (size_t column = 0; column < n; column++) { /* T is column-major */
        for (size_t row = 0; row < n; row++) {
            const double entry = fabs(form->t[column * n + row]) / (largest > 0.0 ? largest : 1.0);
            const double decades = entry > 1e-4 ? 4.0 + log10(entry) : 0.0;
            const unsigned char value = (unsigned char)(decades / 4.0 * (PNG_SHADES - 1));
            unsigned char *const pixel =
                &pixels[row / (size_t)step * (size_t)side + column / (size_t)step];
            *pixel = value > *pixel ? value : *pixel;
        }
    }
}

static void write_borders(FILE *page, const struct report *report, int c, int n)
{
    for (int a = 0; a < report->data.n_alphas; a++) {
        const int n_r = study_n_r(&report->data, c, a);
        if (n_r > 0 && n_r < n) {
            (void)fprintf(page,
                          "<path data-a=\"%d\"%s class=\"lines\" stroke=\"#d55e00\" d=\"M%d "
                          "0V%dM0 %dH%d\"/>",
                          a, a != report->main_alpha ? " hidden" : "", n_r, n, n_r, n);
        }
    }
}

static enum status write_schur(FILE *page, const struct report *report,
                               const struct example *example, struct error *error)
{
    const struct schur *const form = example->experiment->form;
    const int step = (form->n + PIXELS_MAX - 1) / PIXELS_MAX;
    const int side = (form->n + step - 1) / step;
    unsigned char *pixels = NULL;
    unsigned char *bytes = NULL;
    size_t size = 0;
    if (form->n < 2) {
        return STATUS_OK; /* a single number is no picture */
    }
    TRY(memory_array2(&pixels, (size_t)side, (size_t)side, 1, error));
    shade(form, step, side, pixels);
    const enum status status = png_create(pixels, side, &bytes, &size, error);
    free(pixels);
    if (status == STATUS_OK) {
        (void)fprintf(page,
                      "<figure><svg role=\"img\" aria-label=\"Schur form\" viewBox=\"0 0 %d %d\">"
                      "<image width=\"%d\" height=\"%d\" href=\"data:image/png;base64,",
                      form->n, form->n, step * side, step * side);
        html_base64(page, bytes, size);
        (void)fputs("\"/>", page);
        write_borders(page, report, example->case_index, form->n);
        (void)fputs("</svg><figcaption><b>|T| in ordered Schur coordinates</b> Four decades, dark: "
                    "large. The lines divide R (upper left) from C; the upper right block is "
                    "CR.</figcaption></figure>\n",
                    page);
    }
    free(bytes);
    return status;
}

/* ---- outputs ---- */

struct range {
    double low;
    double high;
};

/* The first output on the first trial, from values[n_steps, n_trials, n_out]. */
static double output_at(const struct trials *trials, const double *values, int step)
{
    const size_t place = (size_t)step * (size_t)trials->n_trials;
    return trials->mask[place] == 1 ? values[place * (size_t)trials->n_out] : (double)NAN;
}

static void widen(struct range *range, const struct trials *trials, const double *values)
{
    for (int t = 0; t < trials->n_steps && t < STEPS_MAX; t++) {
        const double value = output_at(trials, values, t);
        if (isfinite(value)) {
            range->low = fmin(range->low, value);
            range->high = fmax(range->high, value);
        }
    }
}

static void write_line(FILE *page, const struct trials *trials, const double *values,
                       struct range range, const char *colour, double width)
{
    bool is_pen_down = false;
    (void)fprintf(page, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"%g\" d=\"", colour,
                  width);
    for (int t = 0; t < trials->n_steps && t < STEPS_MAX; t++) {
        const double value = output_at(trials, values, t);
        if (isfinite(value)) {
            (void)fprintf(page, "%c%.4g %.4g", is_pen_down ? 'L' : 'M', 4.0 * t,
                          170.0 * (range.high - value) / (range.high - range.low));
        }
        is_pen_down = isfinite(value);
    }
    (void)fputs("\"/>", page);
}

static enum status write_outputs(FILE *page, const struct page_source *from,
                                 const struct example *example, struct error *error)
{
    const struct trials *const trials = &example->trials;
    const size_t count = (size_t)trials->n_steps * (size_t)trials->n_trials * (size_t)trials->n_out;
    const int n_steps = trials->n_steps < STEPS_MAX ? trials->n_steps : STEPS_MAX;
    struct range range = {INFINITY, -INFINITY};
    double *outputs = NULL;
    TRY(memory_array2(&outputs, EXAMPLE_RUNS, count, sizeof *outputs, error));
    const enum status status = example_run(example, outputs, error);
    widen(&range, trials, trials->targets); /* what runs away is cut, not what is wanted */
    widen(&range, trials, outputs);
    range.high += range.high == range.low ? 1.0 : 0.0;
    const double margin = 0.25 * (range.high - range.low);
    range = (struct range){range.low - margin, range.high + margin};
    if (status == STATUS_OK && isfinite(range.low)) {
        (void)fprintf(page,
                      "<figure><svg role=\"img\" aria-label=\"outputs\" viewBox=\"-4 -4 %d 178\" "
                      "preserveAspectRatio=\"none\">",
                      4 * n_steps + 8);
        write_line(page, trials, trials->targets, range, "#cccccc", 4.0);
        for (int i = 0; i < EXAMPLE_RUNS; i++) {
            write_line(page, trials, outputs + (size_t)i * count, range, LINE_COLOURS[i], 1.3);
        }
        (void)fputs("</svg>", page);
        page_write_choice(page, from, CHOICE_ALPHA);
        (void)fprintf(
            page,
            "<figcaption><b>First output on a held-out trial</b> %d step%s, from %.3g to %.3g. "
            "Grey: target; black: full network; blue, orange, green: without RR, CR, "
            "CC.</figcaption></figure>\n",
            n_steps, n_steps == 1 ? "" : "s", range.low, range.high);
    }
    free(outputs);
    return status;
}

/* ---- a model ---- */

static void write_summary_line(FILE *page, const struct page_source *from, int c)
{
    const struct report *const report = from->report;
    const struct study_data *const data = &report->data;
    const int64_t seed = study_integer(data, "seed", c, 0);
    char text[512];
    (void)fprintf(page, "<details class=\"model\" id=\"model%d\"><summary>", c);
    html_text(page, from->report->names.of[c]);
    (void)snprintf(text, sizeof text, " %.100s, %.100s, %lld units", study_text(data, "task", c),
                   study_text(data, "construction", c),
                   (long long)study_integer(data, "hidden", c, 0));
    text_clean(text);
    (void)fputs("<span class=\"soft\">", page);
    html_text(page, text);
    if (seed >= 0) {
        (void)fprintf(page, ", seed %lld", (long long)seed);
    }
    (void)fputs((int)study_integer(data, "converged", c, 0) == 0 ? ", below its training target"
                                                                 : "",
                page);
    (void)fputs(report->grouping.copy_of[c] >= 0 ? ", a copy" : "", page);
    (void)fputs("</span></summary>\n<p class=\"soft\">", page);
    html_text(page, study_text(data, "model", c));
    (void)fputs("</p>\n", page);
}

static enum status write_pictures(FILE *page, const struct page_source *from, int c, bool opens,
                                  struct error *error)
{
    const struct report *const report = from->report;
    struct example example = {.case_index = -1};
    enum status status = STATUS_OK;
    (void)fputs("<div class=\"gallery\">\n", page);
    write_spectrum(page, from, c);
    if (opens) {
        example_open(&example, report, c);
    }
    if (example.experiment != NULL) {
        status = write_schur(page, report, &example, error);
    }
    if (status == STATUS_OK && example.has_trials &&
        study_n_r(&report->data, c, report->main_alpha) >= 0) {
        status = write_outputs(page, from, &example, error);
    }
    (void)fputs("</div>\n", page);
    if (opens && example.missing[0] != '\0') {
        (void)fputs("<p class=\"soft\">Not drawn: ", page);
        html_text(page, example.missing);
        (void)fputs(".</p>\n", page);
    }
    if (opens) {
        example_release(&example);
    }
    return status;
}

static enum status write_model(FILE *page, const struct page_source *from, int c, bool opens,
                               struct error *error)
{
    const struct report *const report = from->report;
    const bool marks_alpha = report->data.n_alphas * report->data.n_sets <= ROWS_OF_ALPHAS;
    const struct table_view view = {
        .table = report_table_find("jobs"),
        .report = report,
        .marks_alpha = marks_alpha,
        .only = {[ROW_CASE] = 1 + c, [ROW_ALPHA] = marks_alpha ? 0 : 1 + report->main_alpha}};
    write_summary_line(page, from, c);
    page_write_choice(page, from, marks_alpha ? 0u : CHOICE_ALPHA);
    table_write_html(&view, page);
    const enum status status = write_pictures(page, from, c, opens, error);
    (void)fputs("</details>\n", page);
    return status;
}

enum status page_write_models(FILE *page, const struct page_source *from, struct error *error)
{
    const struct study_data *const data = &from->report->data;
    const int n = from->has_jobs ? (data->n_cases < MODELS_MAX ? data->n_cases : MODELS_MAX) : 0;
    double work = 0.0;
    int n_closed = 0;
    (void)fputs("<h2 id=\"models\">Models</h2>\n", page);
    if (n < data->n_cases) {
        (void)fprintf(page, "<p>%d of %d models are on this page; all of them are in %s.</p>\n", n,
                      data->n_cases,
                      report_writes_jobs(from->report) ? "jobs.csv" : "the results file");
    }
    for (int c = 0; c < n; c++) {
        work += pow((double)study_integer(data, "hidden", c, 0), 3.0);
        n_closed += work > WORK_MAX;
        TRY(write_model(page, from, c, work <= WORK_MAX, error));
    }
    if (n_closed > 0) {
        (void)fprintf(page,
                      "<p>The weights of %d models were not opened to be drawn, that would take "
                      "long.</p>\n",
                      n_closed);
    }
    return STATUS_OK;
}

/* The spectrum and the Schur form of the example of a task. */
#include "report/figures/figure.h"

#include <math.h>

static bool has_case(const struct figure *figure)
{
    const struct study_data *const data = &figure->report->data;
    const int c = figure->example->case_index;
    return c >= 0 && isfinite(study_real(data, "spectral_radius", c, 0)) &&
           !isnan(study_real(data, "eigenvalue_re", c, (size_t)0));
}

static bool has_weights(const struct figure *figure)
{
    const struct example *const example = figure->example;
    return example->experiment != NULL &&
           example->experiment->form->n > 1 && /* a single number is no picture */
           study_n_r(&figure->report->data, example->case_index, figure->report->main_alpha) >= 0;
}

static enum status write_eigenvalues(const struct figure *figure, struct error *error)
{
    const struct report *const report = figure->report;
    const struct study_data *const data = &report->data;
    const int c = figure->example->case_index;
    const double rho = study_real(data, "spectral_radius", c, 0);
    const double ring = data->alphas[report->main_alpha] * rho;
    const int n_r = study_n_r(data, c, report->main_alpha);
    const double edge = 1.12 * fmax(1.0, rho);
    (void)error;
    (void)fputs("# re im in_R\n", figure->data);
    for (int i = 0; !isnan(study_real(data, "eigenvalue_re", c, (size_t)i)); i++) {
        figure_write_number(figure->data, study_real(data, "eigenvalue_re", c, (size_t)i));
        figure_write_number(figure->data, study_real(data, "eigenvalue_im", c, (size_t)i));
        (void)fprintf(figure->data, " %d\n", i < n_r);
    }
    (void)fprintf(
        figure->script,
        "set size square\nset xrange [%g:%g]\nset yrange [%g:%g]\nset xlabel 'real "
        "part'\nset ylabel 'imaginary part'\nset parametric\nset trange [0:2*pi]\n"
        "set samples 200\nset xzeroaxis lc rgb '#dddddd'\nset yzeroaxis lc rgb '#dddddd'\n"
        "plot cos(t),sin(t) with lines lw 1 lc rgb '#777777' title 'unit circle', \\\n"
        "     %.10g*cos(t),%.10g*sin(t) with lines lw 1 dt (5,4) lc rgb '#d55e00' title "
        "'alpha rho', \\\n"
        "     '%s' using ($3==1?$1:NaN):2 with points pt 7 ps 0.6 lc rgb '#0072b2' title "
        "'R'%s\n",
        -edge, edge, -edge, edge, ring, ring, figure->data_name,
        n_r < (int)study_integer(data, "hidden", c, 0)
            ? ", \\\n     '' using ($3==0?$1:NaN):2 with points pt 6 ps 0.6 lc rgb '#009e73' title "
              "'C'"
            : "");
    (void)snprintf(
        figure->caption, FIGURE_TEXT_SIZE,
        "Eigenvalues of the recurrent matrix of %.200s. On and outside the broken ring "
        "(alpha = %g times the spectral radius %.4g) they belong to the leading sector R "
        "(n_R = %d).",
        study_text(data, "model", c), data->alphas[report->main_alpha], rho, n_r);
    return STATUS_OK;
}

static enum status write_schur(const struct figure *figure, struct error *error)
{
    const struct report *const report = figure->report;
    const struct schur *const schur = figure->example->experiment->form;
    const int n_r = study_n_r(&report->data, figure->example->case_index, report->main_alpha);
    const size_t n = (size_t)schur->n;
    double largest = 0.0;
    for (size_t i = 0; i < n * n; i++) {
        largest = fmax(largest, fabs(schur->t[i]));
    }
    largest = largest > 0 ? largest : 1.0;
    const double border = n_r - 0.5;
    (void)error;
    for (size_t row = 0; row < n; row++) { /* of T, which is column-major */
        for (size_t column = 0; column < n; column++) {
            const double entry = fabs(schur->t[column * n + row]);
            figure_write_number(figure->data, log10(fmax(entry, 1e-4 * largest)));
        }
        (void)fputc('\n', figure->data);
    }
    (void)fprintf(figure->script,
                  "set size square\nset xrange [-0.5:%g]\nset yrange [%g:-0.5]\nunset key\n"
                  "set border 15\nset cbrange [%g:%g]\nset format cb '10^{%%.0f}'\nset cbtics 1\n"
                  "set palette defined (0 '#ffffff', 1 '#c6dbef', 2 '#6baed6', 3 '#2171b5', 4 "
                  "'#08306b')\n"
                  "set cblabel '|T|'\nset xlabel 'column'\nset ylabel 'row'\n"
                  "set arrow from %g,-0.5 to %g,%g nohead front lw 1.5 lc rgb '#d55e00'\n"
                  "set arrow from -0.5,%g to %g,%g nohead front lw 1.5 lc rgb '#d55e00'\n"
                  "plot '%s' matrix with image\n",
                  schur->n - 0.5, schur->n - 0.5, log10(1e-4 * largest), log10(largest), border,
                  border, schur->n - 0.5, border, schur->n - 0.5, border, figure->data_name);
    (void)snprintf(
        figure->caption, FIGURE_TEXT_SIZE,
        "|T| of %.200s in ordered Schur coordinates; the lines divide R (upper left, n_R = "
        "%d) from C (lower right) at alpha = %g. The upper right block is the coupling CR.",
        study_text(&report->data, "model", figure->example->case_index), n_r,
        report->data.alphas[report->main_alpha]);
    return STATUS_OK;
}

const struct figure_ops FIGURE_EIGENVALUES = {
    .title = "Eigenvalues of an example",
    .scope = FIGURE_OF_TASK,
    .needs = {"spectral_radius", "eigenvalue_re", "eigenvalue_im", "n_r"},
    .is_example = true,
    .width = FIGURE_WIDTH,
    .height = 460,
    .wanted = has_case,
    .write = write_eigenvalues};

const struct figure_ops FIGURE_SCHUR = {.title = "Ordered Schur form of an example",
                                        .scope = FIGURE_OF_TASK,
                                        .needs = {"n_r"},
                                        .is_example = true,
                                        .width = FIGURE_WIDTH,
                                        .height = 460,
                                        .wanted = has_weights,
                                        .write = write_schur};

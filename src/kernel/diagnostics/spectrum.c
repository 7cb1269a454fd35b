/* The ordered spectrum, how far the matrix is from normal, and its Schur form's certificate. */
#include "core/axes.h"
#include "kernel/diagnostics/diagnostic.h"

#include <string.h>

static const struct variable VARIABLES[] = {
    VARIABLE_REAL("spectral_radius", "largest modulus of an eigenvalue", NULL),
    VARIABLE_REAL("nonnormality",
                  "Henrici's departure from normality, relative to the Frobenius norm", NULL),
    VARIABLE_REAL("schur_residual", "certificate: residual of W = Q T Q', relative", NULL),
    VARIABLE_REAL("orthogonality_loss", "certificate: Frobenius norm of Q'Q - I over sqrt(hidden)",
                  NULL),
    VARIABLE_REAL("modulus_gap",
                  "smallest gap of neighbouring moduli, relative to the spectral radius", NULL),
    {"schur_route",
     "1",
     "Schur form by 0 LAPACK, 1 ScaLAPACK, 2 LAPACK after ScaLAPACK had failed",
     VALUE_U8,
     FILL_MARKED,
     {NULL}},
    {"weights_hash", "1", "XXH3 over all weights", VALUE_U64, FILL_ZERO, {NULL}},
    VARIABLE_REAL("eigenvalue_re", "real part of the eigenvalues in Schur order", &AXIS_MODE),
    VARIABLE_REAL("eigenvalue_im", "imaginary part of the eigenvalues in Schur order", &AXIS_MODE),
    {.name = NULL}};

static enum status run(struct experiment *experiment, const double *params, struct record *record,
                       struct error *error)
{
    const struct schur *const form = experiment->form;
    const size_t bytes = (size_t)form->n * sizeof(double);
    (void)params;
    (void)error;
    *record_f64(record, "spectral_radius") = form->spectral_radius;
    *record_f64(record, "nonnormality") = experiment->nonnormality;
    *record_f64(record, "schur_residual") = form->certificate.residual;
    *record_f64(record, "orthogonality_loss") = form->certificate.orthogonality_loss;
    *record_f64(record, "modulus_gap") = schur_modulus_gap(form);
    *record_u8(record, "schur_route") = (uint8_t)experiment->route;
    *record_u64(record, "weights_hash") = experiment->weights_hash;
    memcpy(record_f64(record, "eigenvalue_re"), form->eigenvalue_re, bytes);
    memcpy(record_f64(record, "eigenvalue_im"), form->eigenvalue_im, bytes);
    return STATUS_OK;
}

const struct diagnostic_ops DIAGNOSTIC_SPECTRUM = {
    .name = "spectrum",
    .long_name = "ordered spectrum and certificate of the Schur form",
    .is_always = true,
    .variables = VARIABLES,
    .run = run,
};

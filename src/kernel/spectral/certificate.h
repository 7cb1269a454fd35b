/* What a Schur form must keep to, whoever computed it. Everything here is local. */
#pragma once

#include "kernel/spectral/schur.h"

/* Power of two that brings weights far from 1 nearer to it, given the largest of their moduli: the
 * QR iteration's own scaling of such matrices loses parts of them. 1 in the ordinary case. */
double schur_safe_scale(double largest);

/* Largest (|lambda_later| - |lambda_earlier|) / rho over the blocks; <= 0 in order. */
double schur_disorder(const struct schur *schur);

/* STATUS_JOB_CERTIFICATE when the certificate is above the limits that schur.h names. */
MUST_CHECK enum status schur_judge(const struct schur *schur, struct error *error);

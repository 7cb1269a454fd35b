/* The Schur form of one model in a file of its own, W = Q T Q', written by several ranks at once.
 *
 * Arrays with a dimension scale on every axis, so that xarray and h5py open them by name: t (row,
 * column), q (unit, row), eigenvalue_re, eigenvalue_im and block (row); scales row, column and
 * unit. t and q are contiguous and complete in size from the start: ranks then write rows of their
 * own, independently. The file is made under a temporary name (atomic_file.h). */
#pragma once

#include "core/status.h"

#include <hdf5.h>
#include <mpi.h>

/* What stands beside t and q. */
struct schur_summary {
    int n;
    const double *eigenvalue_re; /* [n] */
    const double *eigenvalue_im;
    const int *block; /* [n] number of the diagonal block that each row belongs to */
    double residual;
    double orthogonality_loss;
    const char *model; /* label */
    const char *route; /* how it was computed */
    const char *versions;
};

enum schur_matrix { SCHUR_MATRIX_T, SCHUR_MATRIX_Q, SCHUR_MATRIX_COUNT };

struct schur_file {
    const char *path; /* borrowed */
    int n;
    hid_t file;
    hid_t datasets[SCHUR_MATRIX_COUNT];
};

/* New file with everything but the values of t and q, synced. STATUS_IO. Local, one rank. */
MUST_CHECK enum status schur_file_create(const char *path, const struct schur_summary *summary,
                                         struct error *error);

/* Opens it through MPI-IO; closed by schur_file_close. Collective; may fail on some ranks only. */
MUST_CHECK enum status schur_file_open(struct schur_file *file, const char *path, MPI_Comm comm,
                                       struct error *error);

/* Rows first .. first + count of a matrix, values[count, n] row-major. Local. */
MUST_CHECK enum status schur_file_write_rows(struct schur_file *file, enum schur_matrix matrix,
                                             int first, int count, const double *values,
                                             struct error *error);

/* STATUS_IO when what was written cannot be brought to the file. Collective for those ranks that
 * opened it; accepts a struct that was not opened. */
MUST_CHECK enum status schur_file_close(struct schur_file *file, struct error *error);

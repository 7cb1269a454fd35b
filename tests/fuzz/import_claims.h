/* What must hold of any file when it is read as a model or imported. */
#pragma once

#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>

bool all_finite(const double *values, size_t count);

/* Bad input, in one line that begins with the path. */
void claim_refusal(enum status status, const struct error *error, const char *path);

/* The table of its arrays, and each of them: finite numbers, or a refusal. */
void claim_table(const char *path);

/* What holds of the import of a file: a finite network, or a refusal. */
void claim_import(const char *path);

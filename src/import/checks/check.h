/* What a file may say that this model is not: refused by name, before any number is taken. */
#pragma once

#include "import/parts.h"

/* What the checks have found out, each for those after it and for who takes the numbers. */
struct import_findings {
    bool assume_tanh;             /* by the user: what the file cannot say is tanh without leak */
    bool nonlinearity_is_stated;  /* by the file, as tanh */
    bool leak_is_stated;          /* by the file, as none */
    enum orientation orientation; /* of all its matrices, where the kind of file tells */
    bool h0_before_tanh;          /* its initial state is the one before the nonlinearity */
    const char *remark;           /* on the kind of file, for the user; or NULL */
};

/* One check: a const struct IMPORT_CHECK_<NAME>, and its line in checks.def. */
struct import_check {
    const char *name; /* of what it refuses, as docs/models.md has it */
    bool needs_parts; /* runs when all parts are chosen, else when the recurrent matrix is */
    /* STATUS_INPUT for what is not this model. May mark arrays as used. */
    enum status (*run)(const struct import_table *table, const struct import_parts *parts,
                       struct import_findings *findings, struct error *error);
};

/* All checks in their order, NULL at the end. */
extern const struct import_check *const IMPORT_CHECKS[];

/* Runs those that need all parts, or those that do not. The first refusal counts. */
MUST_CHECK enum status import_checks_run(bool needs_parts, const struct import_table *table,
                                         const struct import_parts *parts,
                                         struct import_findings *findings, struct error *error);

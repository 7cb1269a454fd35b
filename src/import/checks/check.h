/* What a file may say that this model is not: refused by name, before any number is taken. */
#pragma once

#include "core/cell.h"
#include "import/parts.h"

/* What the checks have found out, each for those after it and for who takes the numbers. */
struct import_findings {
    struct cell cell;                 /* as far as it is known */
    bool cell_is_told;                /* its kind, by the user */
    int gate_in_file[CELL_MAX_GATES]; /* where each gate of the cell stands in the file */
    bool activation_is_told;          /* by the user: entries that cannot be read do not matter */
    bool leak_is_told;                /* likewise */
    bool activation_is_stated;        /* by the file */
    bool leak_is_stated;              /* likewise */
    enum orientation orientation;     /* of all its matrices, where the kind of file tells */
    bool is_of_factors;               /* its matrices were composed of factors and scales */
    bool h0_before_tanh;              /* its initial state is the one before the nonlinearity */
    const char *remark;               /* on the kind of file, for the user; or NULL */
    const struct import_array *mask;  /* 0 and 1, of the recurrent weights; or NULL */
    size_t n_masked;                  /* weights that it has set to 0, and were not */
};

/* When a check runs. */
enum import_stage {
    STAGE_RECURRENT, /* when the recurrent matrix is chosen, though not yet looked at */
    STAGE_NAMES,     /* before anything is chosen: parts is zeroed */
    STAGE_PARTS      /* when all parts are chosen */
};

/* One check: a const struct IMPORT_CHECK_<NAME>, and its line in checks.def. */
struct import_check {
    const char *name; /* of what it refuses, as docs/models.md has it */
    enum import_stage stage;
    /* STATUS_INPUT for what is not this model. May mark arrays as used. */
    enum status (*run)(const struct import_table *table, const struct import_parts *parts,
                       struct import_findings *findings, struct error *error);
};

/* Refuses an entry about leak or nonlinearity whose value cannot be had: STATUS_INPUT, with what
 * the user may say instead. */
MUST_CHECK enum status import_not_known(const struct import_table *table, const char *name,
                                        const char *reason, struct error *error);

/* The values of a setting, one for all units or for each: of more nothing is read. STATUS_INPUT. */
MUST_CHECK enum status import_load_few(const struct import_table *table, struct import_array *array,
                                       struct error *error);

/* All checks in their order, NULL at the end. */
extern const struct import_check *const IMPORT_CHECKS[];

/* Runs those of a stage. The first refusal counts. */
MUST_CHECK enum status import_checks_run(enum import_stage stage, const struct import_table *table,
                                         const struct import_parts *parts,
                                         struct import_findings *findings, struct error *error);

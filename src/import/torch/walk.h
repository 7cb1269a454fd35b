/* From the tree of a pickle to the arrays and notes of a table, under the names that a state dict
 * has: keys of dicts and of modules joined by '.'. */
#pragma once

#include "import/table.h"
#include "import/torch/arrays.h"

/* The format, for that of zip archives, which finds them first. */
extern const struct import_format IMPORT_TORCH;

/* Where an array of the table lies. */
struct torch_place {
    struct torch_data data;
    struct element_type type;
    uint64_t offset;                   /* bytes */
    uint64_t span;                     /* bytes */
    uint64_t strides[IMPORT_MAX_RANK]; /* elements; 0 beyond the rank */
};

/* Adds all arrays of the file and what it says in words. STATUS_INPUT for a tree that is nested too
 * deeply, that contains itself, or that is damaged. Local. */
MUST_CHECK enum status torch_walk(struct torch_file *file, struct import_table *table,
                                  struct error *error);

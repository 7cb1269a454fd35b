/* What `doctor` looks at: one const struct in one file each; check_list.c names them all. */
#pragma once

#include "core/status.h"

#include <mpi.h>

enum verdict { VERDICT_GOOD, VERDICT_NOTE, VERDICT_FAULT }; /* the worst of all ranks counts */

enum { FINDING_SIZE = 512 };

/* What one rank has found, one line. */
struct finding {
    enum verdict verdict;
    char text[FINDING_SIZE];
};

/* What a check is done with; the same on all ranks but for `rank`. */
struct check_site {
    MPI_Comm comm; /* all ranks */
    int rank;
    int n_ranks;
    const char *folder;  /* of the output */
    const char *scratch; /* a file in it that checks may make, and remove */
};

struct check {
    const char *name;
    /* Collective over site->comm. */
    struct finding (*run)(const struct check_site *site);
};

/* All checks, NULL at the end. */
extern const struct check *const CHECKS[];

/* A finding of these words; a check on rank 0 alone leaves the others with NOTHING_FOUND. */
struct finding check_found(enum verdict verdict, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
#define NOTHING_FOUND ((struct finding){VERDICT_GOOD, ""})

/* Path of the program of that name on PATH. path[size]. Local. */
bool check_finds_program(const char *name, char *path, size_t size);

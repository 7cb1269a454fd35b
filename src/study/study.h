/* From a study file to a sweep: every key checked, every model and task looked at, cases listed in
 * a stable order, before anything else happens. */
#pragma once

#include "core/status.h"
#include "core/sweep.h"

/* What a study must know of a set of trials. */
struct trials_facts {
    int n_in;
    int n_out;
    int n_hidden; /* of their initial states; 0: none */
    double steps; /* of all trials together */
    uint64_t hash;
};

enum { STUDY_NAME_SIZE = 64 };

/* What a study must know of a model file. */
struct model_facts {
    struct cell cell;
    int n_hidden;
    int n_in;
    int n_out;
    char task[STUDY_NAME_SIZE];         /* '' if unknown */
    char construction[STUDY_NAME_SIZE]; /* '' if unknown */
    int64_t seed;                       /* -1 if unknown */
    char identity[17];                  /* of a model that this program has trained, else '' */
    uint64_t weights_hash;
    bool has_trials;
    struct trials_facts trials; /* of its own; zeros if it has none */
};

/* How a study looks into files; the store has the real ones, tests have others. Each checks the
 * whole content and gives STATUS_INPUT with a message that names the file. */
struct study_sources {
    enum status (*read_model)(void *context, const char *path, struct model_facts *facts,
                              struct error *error);
    enum status (*read_trials)(const char *path, struct trials_facts *facts, struct error *error);
    /* The files that an entry of `models` names, before any of them is read; `output` is the path
     * of the study's results file. May be NULL. */
    enum status (*expect)(void *context, const char *output, char *const *paths, size_t count,
                          struct error *error);
    void *context; /* borrowed */
};

/* Reads and resolves the study file. `output` replaces the study's own output path when it is not
 * NULL (then relative to the working directory). STATUS_INPUT with one line when anything is wrong.
 * *notes, NULL at first, gets a line for each former spelling in the file, also when the study is
 * refused; released by free. `notes` may be NULL. On success released by sweep_release. Local. */
MUST_CHECK enum status study_load(struct sweep *sweep, const char *path, const char *output,
                                  const struct study_sources *sources, char **notes,
                                  struct error *error);

/* Every resolved value, one "key = value" per line, into sweep->canonical, which is NULL. Local. */
MUST_CHECK enum status study_write_canonical(struct sweep *sweep, struct error *error);

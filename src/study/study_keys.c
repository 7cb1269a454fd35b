#include "study/study_keys.h"

#define KEYS(group) (group), sizeof(group) / sizeof(group)[0]

/* name, kinds, low, high, values, default, meaning, what it is called now */

static const struct key_spec STUDY_KEYS[] = {
    {"study", KEY_TEXT, 0, 0, "text", NULL, "name of the study", NULL},
    {"seed", KEY_INTEGER, 0, 0x1p53, "integer >= 0", "0",
     "keys the held-out trials of built-in tasks", NULL},
    {"models", KEY_LIST, 0, 0, "list of groups", NULL, "see below", NULL},
    {"tasks", KEY_LIST, 0, 0, "list of groups", "none", "see below", NULL},
    {"alphas", KEY_LIST | KEY_GROUP | KEY_REAL, 0, 0,
     "numbers in (0, 1], or `{ from; to; count; }`", "0.85, 0.90, 0.95",
     "thresholds; sorted, duplicates refused", NULL},
    {"ablations", KEY_LIST | KEY_TEXT, 0, 0, "`\"all\"` or names of sets", "`\"all\"`",
     "`none`, `RR`, `CR`, `CC`, `RR+CR`, `RR+CC`, `CR+CC`, `RR+CR+CC`; `none` is always there",
     NULL},
    {"epsilon", KEY_REAL, 0, 1e300, "number >= 0", "0.1", "largest distance of a stabilizer", NULL},
    {"precision", KEY_TEXT, 0, 0, "`\"float64\"` or `\"float32\"`", "`\"float64\"`",
     "of the rollouts; Schur forms and sums are always float64", NULL},
    {"partitions", KEY_TEXT, 0, 0, "`\"none\"` or `\"all\"`", "`\"none\"`",
     "`\"all\"`: every partition of the spectrum of every case, below", NULL},
    {"diagnostics", KEY_TEXT | KEY_LIST, 0, 0,
     "names of diagnostics, or groups `{ name; parameters }`", "none",
     "what is computed of every case beside its jobs, below", NULL},
    {"ood", KEY_LIST, 0, 0, "list of groups `{ name; parameters }`", "none",
     "tasks of the study with changed parameters, on which its networks are measured too, below",
     NULL},
    {"screen", KEY_BOOL, 0, 0, "`true` or `false`", "`false`",
     "partitions are rolled out only where the prediction of `gn` does not decide, below", NULL},
    {"gauss_newton", KEY_TEXT, 0, 0, "`\"price\"`, `\"exact\"` or `\"probes\"`", "`\"price\"`",
     "how diagnostics predict: from every output, from random signs on them, or exactly unless "
     "that "
     "takes more than 1e11 operations",
     NULL},
    {"team", KEY_GROUP, 0, 0, "group", "none", "ranks that share wide models, below", NULL},
    {"keep_schur", KEY_BOOL, 0, 0, "`true` or `false`", "`false`",
     "the Schur forms that teams compute are kept in files", NULL},
    {"models_dir", KEY_TEXT, 0, 0, "path", "`models`", "where trained models are kept", NULL},
    {"output", KEY_TEXT, 0, 0, "path", "the study file with `.h5`",
     "the results file; its folder is made", NULL},
    {"profile", KEY_BOOL, 0, 0, NULL, "", NULL, "partitions"},
};

static const struct key_spec RANGE_KEYS[] = {
    {"from", KEY_REAL, 0, 0, "number", NULL, "smallest alpha", NULL},
    {"to", KEY_REAL, 0, 0, "number > `from`", NULL, "largest alpha", NULL},
    {"count", KEY_INTEGER, 2, STUDY_MAX_ALPHAS, NULL, NULL, "how many, equally spaced", NULL},
};

/* How a network is taken apart, whether it comes from a file or is trained. */
#define FORM_KEYS                                                                                  \
    {"matrix",                                                                                     \
     KEY_LIST | KEY_TEXT,                                                                          \
     0,                                                                                            \
     0,                                                                                            \
     "`\"all\"` or names of matrices, as `\"n\"` or `\"r+z\"`",                                    \
     "`hh`, `n` of a gru, `g` of an lstm",                                                         \
     "what is taken apart ([models.md](models.md#matrices))",                                      \
     NULL},                                                                                        \
        {"order",                                                                                  \
         KEY_TEXT,                                                                                 \
         0,                                                                                        \
         0,                                                                                        \
         "`step` or `recurrent`",                                                                  \
         "`step`",                                                                                 \
         "modulus that orders modes of networks with a leak ([models.md](models.md#cells))",       \
         NULL},                                                                                    \
    {                                                                                              \
        "gauge", KEY_TEXT, 0, 0, "`balanced` or `stored`", "`balanced` of relu, else `stored`",    \
            "form in which a network is taken apart ([models.md](models.md#cells))", NULL          \
    }

static const struct key_spec FILES_KEYS[] = {
    {"file", KEY_TEXT, 0, 0, "path or glob", NULL, "model files", NULL},
    {"evaluate_on", KEY_LIST | KEY_TEXT, 0, 0, "names of tasks, `\"own\"`", "`\"own\"`",
     "what each is evaluated on", NULL},
    FORM_KEYS,
    {"tasks", KEY_LIST | KEY_TEXT, 0, 0, NULL, "", NULL, "evaluate_on"},
};

static const struct key_spec GRID_KEYS[] = {
    {"task", KEY_TEXT, 0, 0, "a built-in task, with the parameters that `tasks` gives it", NULL,
     "what the models are trained and evaluated on", NULL},
    {"construction", KEY_TEXT | KEY_LIST, 0, 0, "names of constructions", NULL,
     "how the recurrent matrix starts, below", NULL},
    {"hidden", KEY_INTEGER | KEY_LIST, 1, STUDY_MAX_HIDDEN, "width or list of widths, 1 to 32768",
     NULL, "number of units", NULL},
    {"seeds", KEY_INTEGER | KEY_TEXT | KEY_LIST, 0, 0,
     "`3`, `[0, 2]`, `\"0..4\"` (five seeds), `\"0..4,7\"`", "0", "one model each", NULL},
    {"cell", KEY_TEXT, 0, 0, "`rnn`, `gru` or `lstm`", "`rnn`",
     "recurrent cell ([models.md](models.md#cells))", NULL},
    {"activation", KEY_TEXT, 0, 0, "`tanh`, `relu`, `softplus`, `sigmoid`, `retanh` or `identity`",
     "`tanh`", "of the units ([models.md](models.md#cells))", NULL},
    {"leak", KEY_REAL, 1e-6, 1, NULL, "1", "of the units", NULL},
    {"leak_form", KEY_TEXT, 0, 0, "`rate` or `current`", "`rate`", "of the leak", NULL},
    FORM_KEYS,
    {"recipe", KEY_TEXT | KEY_GROUP, 0, 0, "a name, or a group of changes",
     "`ramp` for copy, else `tail`", "how they are trained, below", NULL},
    /* Never here, but what a misspelt key may mean. */
    {"file", KEY_TEXT, 0, 0, NULL, "", NULL, NULL},
};

static const struct key_spec RECIPE_KEYS[] = {
    {"base", KEY_TEXT, 0, 0, "name of a recipe", "as for `recipe`", "what is changed", NULL},
    {"steps", KEY_INTEGER, 1, STUDY_MAX_STEPS, NULL, "of `base`", "or `epochs` and `batches`",
     NULL},
    {"epochs", KEY_INTEGER, 1, 1e6, NULL, "of `base`", "`steps` = `epochs` x `batches`", NULL},
    {"batches", KEY_INTEGER, 1, 1e6, NULL, "of `base`", "of an epoch", NULL},
    {"batch", KEY_INTEGER, 1, 65536, NULL, "64", "trials of a step", NULL},
    {"rate", KEY_REAL, 1e-12, 10, NULL, "of `base`, doubled for `cayley`", "learning rate", NULL},
    {"schedule", KEY_TEXT, 0, 0, "`constant`, `tail`, `cosine`", "of `base`",
     "`tail`: constant, then linear to 0 over the last fifth; `cosine`: to 1e-5", NULL},
    {"clip", KEY_REAL, 1e-12, 1e12, NULL, "1", "global norm of the gradient", NULL},
    {"horizon", KEY_INTEGER, 1, 1 << 20, NULL, "of `base`", "answered steps in training, of copy",
     NULL},
    {"target", KEY_REAL, 0, 1e6, NULL, "of the task", "metric of a model that has converged", NULL},
    {"stop", KEY_TEXT, 0, 0, "`steps` or `target`", "`steps`",
     "when training ends: `target` at the first look that finds it met, below", NULL},
    {"check", KEY_INTEGER, 1, STUDY_MAX_STEPS, NULL, "64", "steps from one look to the next", NULL},
    {"dtype", KEY_TEXT, 0, 0, "`float32` or `float64`", "`float32`", "arithmetic of the training",
     NULL},
    {"bias", KEY_BOOL, 0, 0, "`true` or `false`", "`true` of gated cells, else `false`",
     "whether biases are trained; else they are 0", NULL},
};

static const struct key_spec FILE_TASK_KEYS[] = {
    {"name", KEY_TEXT, 0, 0, "text", NULL, "of the task; not one of the built-in tasks", NULL},
    {"file", KEY_TEXT, 0, 0, "path", NULL, "a file with a group `/trials`", NULL},
};

static const struct key_spec TEAM_KEYS[] = {
    {"from_hidden", KEY_INTEGER, 1, STUDY_MAX_HIDDEN, NULL, "1024",
     "smallest width of a shared model", NULL},
    {"ranks", KEY_INTEGER, 1, STUDY_MAX_TEAM_RANKS, NULL, "4", "ranks of a team", NULL},
    {"grid", KEY_LIST, 0, 0, "`[rows, columns]`", "the most square one", "the process grid", NULL},
    {"block", KEY_INTEGER, 32, 1024, NULL, "64", "rows and columns of a block", NULL},
};

const struct key_group STUDY_GROUPS[GROUP_COUNT] = {
    [GROUP_STUDY] = {"study", KEYS(STUDY_KEYS)},
    [GROUP_RANGE] = {"alphas", KEYS(RANGE_KEYS)},
    [GROUP_FILES] = {"model", KEYS(FILES_KEYS)},
    [GROUP_GRID] = {"model", KEYS(GRID_KEYS)},
    [GROUP_RECIPE] = {"recipe", KEYS(RECIPE_KEYS)},
    [GROUP_FILE_TASK] = {"task", KEYS(FILE_TASK_KEYS)},
    [GROUP_TEAM] = {"team", KEYS(TEAM_KEYS)},
};

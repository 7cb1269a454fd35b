/* Any text as a study file, with two more that it may include: refused with one line, or a study
 * that is sound and whose canonical text says all of it. */
#include "core/memory.h"
#include "core/text.h"
#include "fuzz/fuzz.h"
#include "kernel/tasks/task.h"
#include "study/study.h"
#include "support/scratch.h"
#include "support/study_fakes.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what a study finds -------------------------------------------------------------------------
 */

static void create_files(void)
{
    static const char *const names[] = {"own.h5", "flip.h5", "flip-own.h5", "none.h5", "bad.h5"};
    fuzz_scratch();
    if (file_exists(scratch_path(names[0]))) {
        return;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        file_write_text(scratch_path(names[i]), "");
    }
}

/* ---- the input ----------------------------------------------------------------------------------
 */

/* "\n=\n" parts the study file from a.cfg, and that from b.cfg. */
static const uint8_t PART[3] = {'\n', '=', '\n'};

static void write_files(const uint8_t *bytes, size_t size)
{
    static const char *const names[] = {"s.cfg", "a.cfg", "b.cfg"};
    for (int i = 0; i < 3; i++) {
        const uint8_t *const end =
            i < 2 && size > 0 ? memmem(bytes, size, PART, sizeof PART) : NULL;
        const size_t length = end != NULL ? (size_t)(end - bytes) : size;
        file_write(scratch_path(names[i]), length > 0 ? (const void *)bytes : "", length);
        bytes += end != NULL ? length + sizeof PART : length;
        size -= end != NULL ? length + sizeof PART : length;
    }
}

static bool contains(const uint8_t *bytes, size_t size, const char *text)
{
    return size > 0 && memmem(bytes, size, text, strlen(text)) != NULL;
}

/* A study may name any file of the machine. One that could stays out, for it would make the result
 * depend on the machine: nothing outside the scratch folder is opened here. */
static bool may_leave_scratch(const uint8_t *bytes, size_t size)
{
    static const char *const ways_out[] = {"\\x2", "\\/", "\"/", "..\"", "//\"", "..//"};
    for (size_t i = 1; i + 1 < size; i++) {
        if (bytes[i] == '/' && bytes[i + 1] != '/' && bytes[i + 1] != '*' && bytes[i - 1] != '/' &&
            bytes[i - 1] != '*') {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof ways_out / sizeof ways_out[0]; i++) {
        if (contains(bytes, size, ways_out[i])) {
            return true;
        }
    }
    return false;
}

/* A number of four digits may mean so many models or thresholds: that costs time and memory, and
 * shows nothing new. */
static bool is_too_large(const uint8_t *bytes, size_t size)
{
    size_t digits = 0;
    for (size_t i = 0; i < size; i++) {
        digits = isxdigit(bytes[i]) != 0 ? digits + 1 : 0;
        if (digits >= 4 && (contains(bytes, size, "seeds") || contains(bytes, size, "count"))) {
            return true;
        }
    }
    return false;
}

static bool is_wanted(const uint8_t *bytes, size_t size)
{
    return size <= 8192 && !may_leave_scratch(bytes, size) && !is_too_large(bytes, size);
}

/* ---- what must hold -----------------------------------------------------------------------------
 */

static void demand_text(const char *text)
{
    char *copy = NULL;
    struct error error;
    FUZZ_DEMAND(text != NULL);
    FUZZ_DEMAND(memory_string(&copy, text, &error) == STATUS_OK);
    text_clean(copy);
    FUZZ_DEMAND(strcmp(copy, text) == 0);
    free(copy);
}

static void check_settings(const struct sweep *sweep)
{
    demand_text(sweep->name);
    FUZZ_DEMAND(sweep->name[0] != '\0' && sweep->output[0] != '\0');
    FUZZ_DEMAND(sweep->seed >= 0 && sweep->seed <= INT64_C(1) << 53);
    FUZZ_DEMAND(sweep->epsilon >= 0.0 && sweep->epsilon <= 1e300);
    FUZZ_DEMAND(sweep->n_alphas >= 1);
    for (int i = 0; i < sweep->n_alphas; i++) {
        FUZZ_DEMAND(sweep->alphas[i] > (i > 0 ? sweep->alphas[i - 1] : 0.0));
        FUZZ_DEMAND(sweep->alphas[i] <= 1.0);
    }
    FUZZ_DEMAND(sweep->n_partitions == 0 || sweep->n_partitions == sweep_max_modes(sweep));
    FUZZ_DEMAND(sweep->n_ablations >= 1 && sweep->n_ablations <= ABLATION_SET_COUNT);
    FUZZ_DEMAND(sweep->ablations[0] == ABLATION_NONE);
}

static void check_model(const struct sweep *sweep, const struct model_spec *model)
{
    demand_text(model->label);
    demand_text(model->task);
    demand_text(model->construction);
    FUZZ_DEMAND(strlen(model->identity) == 16);
    FUZZ_DEMAND(model->n_hidden >= 1 && model->n_in >= 1 && model->n_out >= 1);
    if (model->is_trained) {
        const struct recipe_values *const recipe = &model->training.recipe;
        FUZZ_DEMAND(model->training.task >= 0 && model->training.task < sweep->n_tasks);
        FUZZ_DEMAND(sweep->tasks[model->training.task].path == NULL);
        FUZZ_DEMAND(model->training.seed == model->seed && model->seed >= 0);
        FUZZ_DEMAND(recipe->steps >= 1 && recipe->batch >= 1 && recipe->rate > 0.0);
        FUZZ_DEMAND(recipe->clip > 0.0 && recipe->horizon >= 0 && recipe->target >= 0.0);
    }
}

static void check_cases(const struct sweep *sweep)
{
    FUZZ_DEMAND(sweep->n_cases >= 1 && sweep->n_models >= 1 && sweep->n_models <= sweep->n_cases);
    for (int i = 0; i < sweep->n_models; i++) {
        check_model(sweep, &sweep->models[i]);
    }
    for (int i = 0; i < sweep->n_cases; i++) {
        const struct case_spec *const spec = &sweep->cases[i];
        demand_text(spec->task_label);
        FUZZ_DEMAND(spec->model >= 0 && spec->model < sweep->n_models);
        FUZZ_DEMAND(spec->task >= CASE_TASK_OWN && spec->task < sweep->n_tasks);
        FUZZ_DEMAND(spec->task != CASE_TASK_OWN || sweep->models[spec->model].trials_hash != 0);
    }
}

static int count_lines(const char *text)
{
    int count = 0;
    for (; *text != '\0'; text++) {
        count += *text == '\n';
    }
    return count;
}

/* One line for each setting, whatever the names in it are. */
static void check_canonical(const struct sweep *sweep)
{
    int lines = 7; /* study, seed, alphas, ablations, epsilon, precision, profile */
    for (int i = 0; i < sweep->n_tasks; i++) {
        const struct task_spec *const task = &sweep->tasks[i];
        const struct task_ops *const ops = task->path == NULL ? task_find(task->name) : NULL;
        lines += ops == NULL;
        for (int p = 0; ops != NULL && p < ops->n_params; p++) {
            lines += task_param_counts(ops, p, task->params[p]);
        }
    }
    FUZZ_DEMAND(count_lines(sweep->canonical) == lines);
    for (const char *c = sweep->canonical; *c != '\0'; c++) {
        FUZZ_DEMAND(*c == '\n' || ((unsigned char)*c >= 0x20 && *c != 0x7f));
    }
}

static void check_packed(const struct sweep *sweep)
{
    struct packer first = {0};
    struct packer second = {0};
    struct sweep copy;
    struct error error = {""};
    sweep_pack(sweep, &first);
    FUZZ_DEMAND(pack_finish(&first, &error) == STATUS_OK);
    FUZZ_DEMAND(sweep_unpack(&copy, first.bytes, first.size, &error) == STATUS_OK);
    sweep_pack(&copy, &second);
    FUZZ_DEMAND(first.size == second.size && memcmp(first.bytes, second.bytes, first.size) == 0);
    sweep_release(&copy);
    pack_release(&first);
    pack_release(&second);
}

/* ---- the resolved study, written out and read again ---------------------------------------------
 */

static void write_text(FILE *stream, const char *text)
{
    (void)fputc('"', stream);
    for (; *text != '\0'; text++) {
        (void)fprintf(stream, isalnum((unsigned char)*text) ? "%c" : "\\x%02x",
                      (unsigned char)*text);
    }
    (void)fputc('"', stream);
}

static void write_task(FILE *stream, const struct task_spec *task)
{
    (void)fputs("{ name = ", stream);
    write_text(stream, task->name);
    if (task->path != NULL) {
        (void)fputs("; file = \"t.h5\"; }", stream);
        return;
    }
    const struct task_ops *const ops = task_find(task->name);
    for (int i = 0; i < ops->n_params; i++) {
        (void)fprintf(stream, ops->params[i].is_integer ? "; %s = %.0fL" : "; %s = %.17e",
                      ops->params[i].name, task->params[i]);
    }
    (void)fputs("; }", stream);
}

static void write_study(FILE *stream, const struct sweep *sweep)
{
    (void)fputs("study = ", stream);
    write_text(stream, sweep->name);
    (void)fprintf(stream,
                  ";\nseed = %lldL;\nepsilon = %.17e;\nprecision = \"%s\";\nprofile = %s;\n",
                  (long long)sweep->seed, sweep->epsilon,
                  sweep->precision == PRECISION_FLOAT32 ? "single" : "double",
                  sweep->n_partitions > 0 ? "true" : "false");
    (void)fputs("alphas = [", stream);
    for (int i = 0; i < sweep->n_alphas; i++) {
        (void)fprintf(stream, "%s%.17e", i > 0 ? ", " : "", sweep->alphas[i]);
    }
    (void)fputs("];\nablations = [", stream);
    for (int i = 0; i < sweep->n_ablations; i++) {
        (void)fprintf(stream, "%s\"%s\"", i > 0 ? ", " : "", ablation_name(sweep->ablations[i]));
    }
    (void)fputs("];\nmodels = ( { file = \"own.h5\"; } );\n", stream);
    for (int i = 0; i < sweep->n_tasks; i++) {
        (void)fputs(i > 0 ? ", " : "tasks = ( ", stream);
        write_task(stream, &sweep->tasks[i]);
    }
    (void)fputs(sweep->n_tasks > 0 ? " );\n" : "", stream);
}

static void check_written(const struct sweep *sweep)
{
    struct sweep again;
    struct error error = {""};
    FILE *const stream = fopen(scratch_path("again.cfg"), "w");
    FUZZ_DEMAND(stream != NULL);
    write_study(stream, sweep);
    FUZZ_DEMAND(fclose(stream) == 0);
    if (study_load(&again, scratch_path("again.cfg"), NULL, &NAMED_FILES, NULL, &error) !=
        STATUS_OK) {
        (void)fprintf(stderr, "%s\n", error.text);
        FUZZ_DEMAND(false);
    }
    FUZZ_DEMAND(strcmp(again.canonical, sweep->canonical) == 0);
    sweep_release(&again);
}

static void check_loaded_again(const struct sweep *sweep)
{
    struct sweep again;
    struct error error = {""};
    FUZZ_DEMAND(study_load(&again, scratch_path("s.cfg"), NULL, &NAMED_FILES, NULL, &error) ==
                STATUS_OK);
    FUZZ_DEMAND(strcmp(again.canonical, sweep->canonical) == 0);
    FUZZ_DEMAND(again.n_cases == sweep->n_cases && again.n_models == sweep->n_models);
    sweep_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct sweep sweep;
    struct error error = {""};
    if (!is_wanted(bytes, size)) {
        return -1;
    }
    create_files();
    write_files(bytes, size);
    const enum status status =
        study_load(&sweep, scratch_path("s.cfg"), NULL, &NAMED_FILES, NULL, &error);
    if (status != STATUS_OK) {
        FUZZ_DEMAND(status == STATUS_INPUT);
        fuzz_demand_message(&error);
        FUZZ_DEMAND(sweep.models == NULL && sweep.canonical == NULL);
        return 0;
    }
    check_settings(&sweep);
    check_cases(&sweep);
    check_canonical(&sweep);
    check_packed(&sweep);
    check_loaded_again(&sweep);
    check_written(&sweep);
    sweep_release(&sweep);
    return 0;
}

#include "report/gallery.h"

#include "core/memory.h"
#include "core/text.h"
#include "report/gnuplot.h"
#include "report/text_file.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Letters and digits of a name; the rest, which a file name or a script could trip over, is '-'. */
static void append_slug(char *slug, const char *text)
{
    size_t used = strlen(slug);
    for (; *text != '\0' && used + 1 < FIGURE_NAME_SIZE - 20; text++) {
        const unsigned char byte = (unsigned char)*text;
        const bool is_plain = byte < 0x80 && (isalnum(byte) != 0 || byte == '_');
        slug[used] = '-';
        if (is_plain) {
            slug[used] = *text;
        }
        used++;
    }
    slug[used] = '\0';
}

/* The number keeps names apart whose slugs are the same. */
static void name_picture(struct picture *picture, const struct report *report)
{
    const struct grouping *const grouping = &report->grouping;
    const enum figure_scope scope = picture->entry->ops->scope;
    char number[16];
    append_slug(picture->name, picture->entry->name);
    if (scope == FIGURE_OF_STUDY) {
        return;
    }
    append_slug(picture->name, "-");
    if (scope == FIGURE_OF_CASE) {
        const char *const model = study_text(&report->data, "model", picture->index);
        const char *const slash = strrchr(model, '/');
        append_slug(picture->name, slash != NULL ? slash + 1 : model);
    } else {
        append_slug(picture->name, grouping->tasks[picture->task].task);
    }
    if (scope == FIGURE_OF_GROUP) {
        char label[FIGURE_TEXT_SIZE];
        group_label(&grouping->groups[picture->index], label, sizeof label);
        append_slug(picture->name, "-");
        append_slug(picture->name, label);
    }
    (void)snprintf(number, sizeof number, "-%d", picture->index);
    (void)strncat(picture->name, number, FIGURE_NAME_SIZE - strlen(picture->name) - 1);
}

static int scope_count(const struct report *report, enum figure_scope scope)
{
    const int counts[] = {[FIGURE_OF_STUDY] = 1,
                          [FIGURE_OF_TASK] = report->grouping.n_tasks,
                          [FIGURE_OF_GROUP] = report->grouping.n_groups,
                          [FIGURE_OF_CASE] = report->data.n_cases};
    return counts[scope];
}

/* ---- one picture ---- */

/* What pictures are made from. */
struct painter {
    const struct report *report;
    const struct example *examples; /* [n_tasks] */
    const char *folder;
};

static enum status add_picture(struct gallery *gallery, const struct figure_entry *entry, int index,
                               const struct painter *painter, struct error *error)
{
    const struct report *const report = painter->report;
    const struct example *const examples = painter->examples;
    const char *const folder = painter->folder;
    struct picture *const picture = &gallery->pictures[gallery->n];
    char data_name[FIGURE_NAME_SIZE + 8] = "";
    struct text_file script;
    struct text_file data;
    const enum figure_scope scope = entry->ops->scope;
    const int group = scope == FIGURE_OF_GROUP  ? index
                      : scope == FIGURE_OF_CASE ? report_group_of(report, index)
                                                : -1;
    const int task = scope == FIGURE_OF_TASK ? index
                     : group >= 0            ? report->grouping.groups[group].task_index
                                             : -1; /* of the study, and of a case left out */
    struct figure figure = {.report = report,
                            .example = task >= 0 ? &examples[task] : NULL,
                            .measure = entry->measure,
                            .index = index,
                            .data_name = data_name};
    bool has_needs =
        entry->measure == NULL || study_has(&report->data, entry->measure->variable.name);
    for (int i = 0; i < FIGURE_NEEDS_MAX && entry->ops->needs[i] != NULL; i++) {
        has_needs = has_needs && study_has(&report->data, entry->ops->needs[i]);
    }
    if ((task < 0 && scope != FIGURE_OF_STUDY) || !has_needs || !entry->ops->wanted(&figure)) {
        return STATUS_OK;
    }
    *picture = (struct picture){.entry = entry, .index = index, .task = task};
    name_picture(picture, report);
    gallery->n++;
    (void)snprintf(data_name, sizeof data_name, "%s.dat", picture->name);
    TRY(text_file_begin(&script, folder, picture->name, ".gp", error));
    enum status status = text_file_begin(&data, folder, picture->name, ".dat", error);
    if (status == STATUS_OK) {
        figure.script = script.stream;
        figure.data = data.stream;
        figure.caption = picture->caption;
        figure_begin(script.stream, entry->ops, report->grouping.n_groups, picture->name);
        status = entry->ops->write(&figure, error);
        text_clean(picture->caption); /* a long name may have been cut within a character */
        status = text_file_end(&data, status, error);
    }
    return text_file_end(&script, status, error);
}

/* ---- gnuplot ---- */

static bool svg_path(const struct picture *picture, const char *folder, char path[PATH_MAX])
{
    return snprintf(path, PATH_MAX, "%s/%s.svg", folder, picture->name) < PATH_MAX;
}

/* gnuplot leaves an empty file where it gives up. */
static bool is_whole(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && info.st_size > 0;
}

static enum status draw(struct gallery *gallery, const char *folder, struct error *error)
{
    char(*names)[FIGURE_NAME_SIZE + 8] = NULL;
    char **list = NULL;
    char path[PATH_MAX];
    TRY(memory_array(&names, (size_t)gallery->n, sizeof *names, error));
    const enum status status = memory_array(&list, (size_t)gallery->n, sizeof *list, error);
    for (int i = 0; status == STATUS_OK && i < gallery->n; i++) {
        (void)snprintf(names[i], sizeof names[i], "%s.gp", gallery->pictures[i].name);
        list[i] = names[i];
        if (svg_path(&gallery->pictures[i], folder, path)) {
            (void)unlink(path); /* an old picture must not pass for a new one */
        }
    }
    gallery->has_gnuplot = status == STATUS_OK && gnuplot_run(folder, list, gallery->n);
    for (int i = 0; i < gallery->n; i++) {
        gallery->pictures[i].is_drawn =
            svg_path(&gallery->pictures[i], folder, path) && is_whole(path);
    }
    free(names);
    free(list);
    return status;
}

/* ---- all ---- */

/* Examples are looked for once, and are many numbers: they are there only while figures are
 * written. */
enum status gallery_create(struct gallery *gallery, const struct report *report, const char *folder,
                           struct error *error)
{
    const int n_tasks = report->grouping.n_tasks;
    struct example *examples = NULL;
    size_t count = 0;
    *gallery = (struct gallery){0};
    for (const struct figure_entry *entry = FIGURES; entry->name != NULL; entry++) {
        count += (size_t)scope_count(report, entry->ops->scope);
    }
    TRY(memory_array(&gallery->pictures, count, sizeof *gallery->pictures, error));
    TRY(memory_array(&gallery->missing, (size_t)n_tasks, sizeof *gallery->missing, error));
    TRY(memory_array(&examples, (size_t)n_tasks, sizeof *examples, error));
    gallery->n_tasks = n_tasks;
    const struct painter painter = {report, examples, folder};
    enum status status = STATUS_OK;
    for (int i = 0; i < n_tasks; i++) {
        example_find(&examples[i], report, i);
        THEN(status, memory_string(&gallery->missing[i], examples[i].missing, error));
    }
    for (const struct figure_entry *entry = FIGURES; entry->name != NULL; entry++) {
        for (int k = 0; status == STATUS_OK && k < scope_count(report, entry->ops->scope); k++) {
            status = add_picture(gallery, entry, k, &painter, error);
        }
    }
    for (int i = 0; i < n_tasks; i++) {
        example_release(&examples[i]);
    }
    free(examples);
    TRY(status);
    return draw(gallery, folder, error);
}

void gallery_release(struct gallery *gallery)
{
    for (int i = 0; i < gallery->n_tasks; i++) {
        free(gallery->missing[i]);
    }
    free(gallery->missing);
    free(gallery->pictures);
    *gallery = (struct gallery){0};
}

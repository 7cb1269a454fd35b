#include "report/gallery.h"

#include "core/memory.h"
#include "core/text.h"
#include "report/gnuplot.h"
#include "report/text_file.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Letters and digits of a name; the rest, which a file name or a script could trip over, is '-'. */
static void append_slug(char *slug, const char *text)
{
    size_t used = strlen(slug);
    for (; *text != '\0' && used + 1 < FIGURE_NAME_SIZE - 12; text++) {
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

static const char *path_base(const char *path)
{
    const char *const slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* The number keeps names apart whose slugs are the same. */
static void name_picture(struct picture *picture, const struct report *report)
{
    const struct grouping *const grouping = &report->grouping;
    char number[16];
    char label[FIGURE_TEXT_SIZE];
    picture->name[0] = '\0';
    append_slug(picture->name, picture->entry->name);
    if (picture->entry->ops->scope == FIGURE_OF_STUDY) {
        return;
    }
    append_slug(picture->name, "-");
    if (picture->entry->ops->scope == FIGURE_OF_CASE) {
        append_slug(picture->name, path_base(study_text(&report->data, "model", picture->index)));
    } else {
        append_slug(picture->name, grouping->tasks[picture->task].task);
    }
    if (picture->entry->ops->scope == FIGURE_OF_GROUP) {
        group_label(&grouping->groups[picture->index], label, sizeof label);
        append_slug(picture->name, "-");
        append_slug(picture->name, label);
    }
    (void)snprintf(number, sizeof number, "-%d", picture->index);
    (void)strncat(picture->name, number, FIGURE_NAME_SIZE - strlen(picture->name) - 1);
}

/* -1 for the study, and for a case that is left out. */
static int task_of(const struct report *report, enum figure_scope scope, int index)
{
    if (scope == FIGURE_OF_STUDY || scope == FIGURE_OF_TASK) {
        return scope == FIGURE_OF_TASK ? index : -1;
    }
    const int group = scope == FIGURE_OF_GROUP ? index : report_group_of(report, index);
    return group >= 0 ? report->grouping.groups[group].task_index : -1;
}

static int scope_count(const struct report *report, enum figure_scope scope)
{
    switch (scope) {
    case FIGURE_OF_TASK:
        return report->grouping.n_tasks;
    case FIGURE_OF_GROUP:
        return report->grouping.n_groups;
    case FIGURE_OF_CASE:
        return report->data.n_cases;
    case FIGURE_OF_STUDY:
        break;
    }
    return 1;
}

/* ---- one picture ---- */

static enum status write_picture(struct picture *picture, struct figure *figure, const char *folder,
                                 struct error *error)
{
    char data_name[FIGURE_NAME_SIZE + 8];
    char svg_name[FIGURE_NAME_SIZE + 8];
    struct text_file script;
    struct text_file data;
    (void)snprintf(data_name, sizeof data_name, "%s.dat", picture->name);
    (void)snprintf(svg_name, sizeof svg_name, "%s.svg", picture->name);
    TRY(text_file_begin(&script, folder, picture->name, ".gp", error));
    enum status status = text_file_begin(&data, folder, picture->name, ".dat", error);
    if (status == STATUS_OK) {
        figure->script = script.stream;
        figure->data = data.stream;
        figure->data_name = data_name;
        figure->caption = picture->caption;
        figure_begin(script.stream, picture->entry->ops, svg_name);
        status = picture->entry->ops->write(figure, error);
        text_clean(picture->caption); /* a long name may have been cut within a character */
        status = text_file_end(&data, status, error);
    }
    return text_file_end(&script, status, error);
}

/* Whether the results files have the variables that a figure is drawn from. */
static bool has_needs(const struct report *report, const struct figure_entry *entry)
{
    for (int i = 0; i < FIGURE_NEEDS_MAX && entry->ops->needs[i] != NULL; i++) {
        if (!study_has(&report->data, entry->ops->needs[i])) {
            return false;
        }
    }
    return entry->measure == NULL || study_has(&report->data, entry->measure->variable.name);
}

static enum status add_picture(struct gallery *gallery, const struct figure_entry *entry, int index,
                               const struct report *report, const struct example *examples,
                               const char *folder, struct error *error)
{
    struct picture *const picture = &gallery->pictures[gallery->n];
    const int task = task_of(report, entry->ops->scope, index);
    struct figure figure = {.report = report,
                            .example = task >= 0 ? &examples[task] : NULL,
                            .measure = entry->measure,
                            .index = index};
    const bool is_left_out = task < 0 && entry->ops->scope != FIGURE_OF_STUDY;
    if (is_left_out || !has_needs(report, entry) || !entry->ops->wanted(&figure)) {
        return STATUS_OK;
    }
    *picture = (struct picture){.entry = entry, .index = index, .task = task};
    name_picture(picture, report);
    gallery->n++;
    return write_picture(picture, &figure, folder, error);
}

static enum status write_pictures(struct gallery *gallery, const struct report *report,
                                  const struct example *examples, const char *folder,
                                  struct error *error)
{
    size_t count = 0;
    for (const struct figure_entry *entry = FIGURES; entry->name != NULL; entry++) {
        count += (size_t)scope_count(report, entry->ops->scope);
    }
    TRY(memory_array(&gallery->pictures, count, sizeof *gallery->pictures, error));
    for (const struct figure_entry *entry = FIGURES; entry->name != NULL; entry++) {
        for (int k = 0; k < scope_count(report, entry->ops->scope); k++) {
            TRY(add_picture(gallery, entry, k, report, examples, folder, error));
        }
    }
    return STATUS_OK;
}

/* ---- gnuplot ---- */

static enum status draw(struct gallery *gallery, const char *folder, struct error *error)
{
    char(*names)[FIGURE_NAME_SIZE + 8] = NULL;
    char **list = NULL;
    TRY(memory_array(&names, (size_t)gallery->n, sizeof *names, error));
    enum status status = memory_array(&list, (size_t)gallery->n, sizeof *list, error);
    for (int i = 0; status == STATUS_OK && i < gallery->n; i++) {
        char path[PATH_MAX];
        (void)snprintf(names[i], sizeof names[i], "%s.gp", gallery->pictures[i].name);
        (void)snprintf(path, sizeof path, "%s/%s.svg", folder, gallery->pictures[i].name);
        (void)unlink(path); /* an old picture must not pass for a new one */
        list[i] = names[i];
    }
    if (status == STATUS_OK) {
        gallery->has_gnuplot = gnuplot_run(folder, list, gallery->n);
    }
    for (int i = 0; status == STATUS_OK && i < gallery->n; i++) {
        char path[PATH_MAX];
        (void)snprintf(path, sizeof path, "%s/%s.svg", folder, gallery->pictures[i].name);
        gallery->pictures[i].is_drawn = access(path, R_OK) == 0;
    }
    free(names);
    free(list);
    return status;
}

/* ---- all ---- */

static enum status note_missing(struct gallery *gallery, const struct example *examples,
                                struct error *error)
{
    for (int i = 0; i < gallery->n_tasks; i++) {
        TRY(memory_string(&gallery->missing[i], examples[i].missing, error));
    }
    return STATUS_OK;
}

static enum status fill(struct gallery *gallery, const struct report *report, const char *folder,
                        struct error *error)
{
    const int n_tasks = report->grouping.n_tasks;
    struct example *examples = NULL;
    TRY(memory_array(&gallery->missing, (size_t)n_tasks, sizeof *gallery->missing, error));
    TRY(memory_array(&examples, (size_t)n_tasks, sizeof *examples, error));
    gallery->n_tasks = n_tasks;
    for (int i = 0; i < n_tasks; i++) {
        example_find(&examples[i], report, i);
    }
    enum status status = note_missing(gallery, examples, error);
    if (status == STATUS_OK) {
        status = write_pictures(gallery, report, examples, folder, error);
    }
    for (int i = 0; i < n_tasks; i++) {
        example_release(&examples[i]);
    }
    free(examples);
    TRY(status);
    return draw(gallery, folder, error);
}

enum status gallery_create(struct gallery *gallery, const struct report *report, const char *folder,
                           struct error *error)
{
    *gallery = (struct gallery){0};
    const enum status status = fill(gallery, report, folder, error);
    if (status != STATUS_OK) {
        gallery_release(gallery);
    }
    return status;
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

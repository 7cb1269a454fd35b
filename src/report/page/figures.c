/* Figures of the page, and what they are for. */
#include "core/text.h"
#include "report/html.h"
#include "report/page/parts.h"

#include <limits.h>

void page_write_choice(FILE *page, const struct page_source *from, unsigned choices)
{
    const struct report *const report = from->report;
    const bool tells_networks = (choices & CHOICE_NETWORKS) != 0 && from->converged != NULL;
    if ((choices & ~(unsigned)CHOICE_NETWORKS) == 0 && !tells_networks) {
        return;
    }
    (void)fprintf(page, "<p class=\"for\" data-for=\"%s%s%s\">",
                  (choices & CHOICE_ALPHA) != 0 ? "alpha " : "",
                  (choices & CHOICE_MEASURE) != 0 ? "measure " : "",
                  tells_networks ? "networks" : "");
    const char *separator = "";
    if ((choices & CHOICE_ALPHA) != 0) {
        (void)fprintf(page, "alpha = %g", report->data.alphas[report->main_alpha]);
        separator = ", ";
    }
    if ((choices & CHOICE_MEASURE) != 0) {
        (void)fprintf(page, "%s%s", separator, MEASURE_DELTA_FVU.axis_title);
        separator = ", ";
    }
    if (tells_networks) {
        (void)fprintf(page, "%sall networks", separator);
    }
    (void)fputs("</p>\n", page);
}

/* Those that change what a figure shows. */
static unsigned choices_of(const struct figure_entry *entry)
{
    const bool is_of_seeds = entry->ops->scope != FIGURE_OF_CASE;
    const bool is_main =
        entry->measure == NULL || entry->measure == &MEASURE_DELTA_FVU; /* the others stay theirs */
    return (entry->ops->is_of_alpha ? CHOICE_ALPHA : 0u) |
           (entry->ops->is_of_measure && is_main ? CHOICE_MEASURE : 0u) |
           (is_of_seeds ? CHOICE_NETWORKS : 0u);
}

static void write_title(FILE *page, const struct picture *picture)
{
    char name[FIGURE_NAME_SIZE];
    if (picture->entry->measure != NULL) {
        figure_measure_name(picture->entry->measure, name);
        (void)fprintf(page, "<span class=\"name\">%s</span> ", name);
    }
    (void)fputs(picture->entry->ops->title, page);
}

static void write_links(FILE *page, const char *name)
{
    static const char *const files[][2] = {{"svg", "SVG"}, {"gp", "script"}, {"dat", "data"}};
    (void)fputs(" <span class=\"files\">", page);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)fprintf(page, "%s<a href=\"figures/%s.%s\">%s</a>", i > 0 ? " " : "", name,
                      files[i][0], files[i][1]);
    }
    (void)fputs("</span>", page);
}

static void write_tag(FILE *page, const struct figure_entry *entry, int index)
{
    (void)fputs("<figure", page);
    if (entry->ops->drawn_as != NULL) {
        (void)fprintf(page, " data-draw=\"%s\" data-i=\"%d\"", entry->ops->drawn_as, index);
    }
    if (entry->measure != NULL && entry->measure != &MEASURE_DELTA_FVU) {
        (void)fprintf(page, " data-measure=\"%s\"", entry->measure->variable.name);
    }
    (void)fputs(entry->ops->width > FIGURE_WIDTH ? " class=\"wide\">" : ">", page);
}

static enum status write_picture(FILE *page, const struct page_source *from,
                                 const struct picture *picture, struct error *error)
{
    const struct report *const report = from->report;
    char path[PATH_MAX];
    char title[FIGURE_TEXT_SIZE];
    char label[FIGURE_TEXT_SIZE] = "";
    figure_title(picture->entry, title);
    if (picture->entry->ops->scope == FIGURE_OF_GROUP) {
        group_label(&report->grouping.groups[picture->index], label, sizeof label);
    } else if (picture->entry->ops->scope == FIGURE_OF_CASE) {
        (void)snprintf(label, sizeof label, "%s",
                       study_text(&report->data, "model", picture->index));
        text_clean(label);
    }
    (void)snprintf(path, sizeof path, "%s/%s.svg", from->figures, picture->name);
    write_tag(page, picture->entry, picture->index);
    TRY(html_picture(page, path, (int)(picture - from->gallery->pictures), title, error));
    page_write_choice(page, from, choices_of(picture->entry));
    (void)fputs("<figcaption><b>", page);
    write_title(page, picture);
    (void)fputs(label[0] != '\0' ? ": " : "", page);
    html_text(page, label);
    (void)fputs("</b> ", page);
    html_text(page, picture->caption);
    write_links(page, picture->name);
    (void)fputs("</figcaption></figure>\n", page);
    return STATUS_OK;
}

static bool is_placed(const struct picture *picture, int task, enum figure_scope scope)
{
    return picture->task == task && picture->entry->ops->scope == scope && picture->is_drawn &&
           !picture->entry->ops->is_example;
}

/* Those of single models may be many. */
enum status page_write_gallery(FILE *page, const struct page_source *from, int task,
                               enum figure_scope scope, struct error *error)
{
    const struct picture *const end = from->gallery->pictures + from->gallery->n;
    int n = 0;
    for (const struct picture *picture = from->gallery->pictures; picture < end; picture++) {
        n += is_placed(picture, task, scope);
    }
    if (n == 0) {
        return STATUS_OK;
    }
    if (scope == FIGURE_OF_CASE) {
        (void)fprintf(page, "<details><summary>Every model by itself (%d)</summary>\n", n);
    }
    (void)fputs("<div class=\"gallery\">\n", page);
    for (const struct picture *picture = from->gallery->pictures; picture < end; picture++) {
        if (is_placed(picture, task, scope)) {
            TRY(write_picture(page, from, picture, error));
        }
    }
    (void)fputs(scope == FIGURE_OF_CASE ? "</div></details>\n" : "</div>\n", page);
    return STATUS_OK;
}

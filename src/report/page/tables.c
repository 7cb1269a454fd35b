/* Tables of the page: of what is chosen there. */
#include "report/page/parts.h"
#include "report/tables/table_write.h"

#include <string.h>

enum { ROWS_MARKED = 600 };

static void write_marked(FILE *page, const struct page_source *from, struct table_view view)
{
    view.audience = FOR_PAGE;
    view.marks_alpha = table_count_rows(&view) <= ROWS_MARKED;
    view.only[ROW_ALPHA] = view.marks_alpha ? 0 : 1 + view.report->main_alpha;
    if (!view.marks_alpha) {
        page_write_choice(page, from, CHOICE_ALPHA);
    }
    table_write_html(&view, page);
}

/* Number of a task of the whole report in another one; -1: no network of it is there. */
static int find_task(const struct report *whole, int task, const struct report *report)
{
    const struct grouping *const grouping = &report->grouping;
    for (int i = 0; i < grouping->n_tasks; i++) {
        if (strcmp(grouping->tasks[i].task, whole->grouping.tasks[task].task) == 0) {
            return i;
        }
    }
    return -1;
}

static void write_table(FILE *page, const struct page_source *from, struct table_view view)
{
    if (view.table->at_main_alpha) {
        write_marked(page, from, view);
    } else {
        table_write_html(&view, page);
    }
}

void page_write_table(FILE *page, const struct page_source *from, const struct table_view *wanted)
{
    struct table_view view = *wanted;
    int *const task = &view.only[ROW_TASK];
    view.report = from->report;
    if (from->converged == NULL) {
        write_table(page, from, view);
        return;
    }
    (void)fputs("<div data-networks=\"all\">\n", page);
    write_table(page, from, view);
    (void)fputs("</div>\n<div data-networks=\"converged\" hidden>\n", page);
    view.report = from->converged;
    if (*task > 0) {
        *task = 1 + find_task(from->report, *task - 1, from->converged);
    }
    if (wanted->only[ROW_TASK] > 0 && *task == 0) {
        (void)fputs("<p>No network of this task met its target.</p>\n", page);
    } else {
        write_table(page, from, view);
    }
    (void)fputs("</div>\n", page);
}

void page_write_tables(FILE *page, const struct page_source *from)
{
    (void)fputs("<h2 id=\"tables\">Tables</h2>\n", page);
    for (int i = 0; REPORT_TABLES[i] != NULL; i++) {
        const struct report_table *const table = REPORT_TABLES[i];
        const struct table_view view = {.table = table};
        if (table->about == NULL || !report_table_is_there(table, from->report)) {
            continue;
        }
        (void)fprintf(page, "<h3>%s</h3>\n<p>%s", table->title, table->about);
        if (table->name != NULL) {
            (void)fprintf(page, " <a href=\"%s.csv\">%s.csv</a>", table->name, table->name);
        }
        (void)fputs("</p>\n", page);
        page_write_choice(page, from, table->is_of_main_alpha ? CHOICE_ALPHA : 0u);
        page_write_table(page, from, &view);
    }
}

#include "cli/text_table.h"

#include "core/memory.h"
#include "core/terminal.h"
#include "core/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 2 };
#define ELLIPSIS "\u2026"

struct text_cell {
    char *text;
    enum screen_style style;
};

struct text_table {
    const struct text_column *columns; /* [n_columns] */
    int n_columns;
    struct text_cell *cells; /* [capacity] row by row */
    size_t n_cells;
    size_t capacity;
    bool is_short_of_memory;
};

enum status text_table_create(struct text_table **out, const struct text_column *columns,
                              int n_columns, struct error *error)
{
    TRY(memory_array(out, 1, sizeof **out, error));
    (*out)->columns = columns;
    (*out)->n_columns = n_columns;
    return STATUS_OK;
}

void text_table_destroy(struct text_table **table)
{
    for (size_t i = 0; *table != NULL && i < (*table)->n_cells; i++) {
        free((*table)->cells[i].text);
    }
    if (*table != NULL) {
        free((*table)->cells);
    }
    free(*table);
    *table = NULL;
}

void text_table_add(struct text_table *table, enum screen_style style, const char *text)
{
    if (table->n_cells == table->capacity) {
        const size_t wanted = 2 * table->capacity + 64;
        struct text_cell *const grown = realloc(table->cells, wanted * sizeof *grown);
        table->is_short_of_memory = table->is_short_of_memory || grown == NULL;
        table->cells = grown != NULL ? grown : table->cells;
        table->capacity = grown != NULL ? wanted : table->capacity;
    }
    char *const copy = text != NULL ? strdup(text) : NULL;
    if ((copy == NULL && text != NULL) || table->n_cells == table->capacity) {
        table->is_short_of_memory = true;
        free(copy);
        return;
    }
    text_clean(copy);
    table->cells[table->n_cells++] = (struct text_cell){copy, style};
}

void text_table_add_number(struct text_table *table, const char *format, double value)
{
    char text[64];
    (void)snprintf(text, sizeof text, format, value);
    text_table_add(table, STYLE_PLAIN, text);
}

void text_table_add_count(struct text_table *table, int64_t count)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRId64, count);
    text_table_add(table, STYLE_PLAIN, text);
}

static int wider(int a, int b)
{
    return a > b ? a : b;
}

static int narrower(int a, int b)
{
    return a < b ? a : b;
}

static const char *text_of(const struct text_cell *cell)
{
    return cell->text != NULL ? cell->text : "-";
}

/* 0 of a column without any text, which is left out. */
static int natural_width(const struct text_table *table, int column)
{
    int width = text_columns(table->columns[column].title);
    bool is_empty = true;
    for (size_t i = (size_t)column; i < table->n_cells; i += (size_t)table->n_columns) {
        is_empty = is_empty && table->cells[i].text == NULL;
        width = wider(width, text_columns(text_of(&table->cells[i])));
    }
    return is_empty && column > 0 ? 0 : width;
}

/* Of all columns: the first one leaves half of the room to the others, and each of these fits
 * beside it. */
static void find_widths(const struct text_table *table, int room, int *widths)
{
    for (int i = 0; i < table->n_columns; i++) {
        widths[i] = natural_width(table, i);
    }
    if (table->n_columns > 1) {
        widths[0] = narrower(widths[0], wider(room / 2 - GAP, 1));
    }
    for (int i = 1; i < table->n_columns; i++) {
        widths[i] = narrower(widths[i], wider(room - widths[0] - GAP, 1));
    }
}

static void print_cell(const struct screen *screen, const struct text_column *column,
                       enum screen_style style, const char *text, int width, bool is_last)
{
    int columns = 0;
    size_t size = text_fit(text, width, &columns);
    const bool is_cut = text[size] != '\0';
    if (is_cut) {
        size = text_fit(text, width - 1, &columns);
    }
    const int padding = width - columns - (is_cut ? 1 : 0);
    (void)fprintf(screen->stream, "%*s", column->is_left ? 0 : padding, "");
    screen_write(screen, style, text, size);
    (void)fprintf(screen->stream, "%s%*s", is_cut ? ELLIPSIS : "",
                  column->is_left && !is_last ? padding : 0, "");
}

/* The next column that is shown. */
static int next_column(const struct text_table *table, const int *widths, int column)
{
    do {
        column++;
    } while (column < table->n_columns && widths[column] == 0);
    return column;
}

/* The first column and columns[first..end), of the titles or of a row. */
static void print_line(const struct text_table *table, const struct text_cell *cells,
                       const int *widths, int first, int end, const struct screen *screen,
                       int margin)
{
    (void)fprintf(screen->stream, "%*s", margin, "");
    for (int i = 0, next = first; i < end; i = next) {
        next = i == 0 ? first : next_column(table, widths, i);
        const char *const text = cells != NULL ? text_of(&cells[i]) : table->columns[i].title;
        const enum screen_style style = cells != NULL ? cells[i].style : STYLE_BOLD;
        (void)fprintf(screen->stream, "%*s", i > 0 ? GAP : 0, "");
        print_cell(screen, &table->columns[i], style, text, widths[i], next >= end);
    }
    (void)fputc('\n', screen->stream);
}

static void print_rows(const struct text_table *table, const int *widths,
                       const struct screen *screen, int margin)
{
    const size_t n = (size_t)table->n_columns;
    const int room = screen->width - margin;
    int first = next_column(table, widths, 0);
    bool is_first = true;
    do {
        int used = widths[0];
        int end = first;
        while (end < table->n_columns && (end == first || used + GAP + widths[end] <= room)) {
            used += GAP + widths[end];
            end = next_column(table, widths, end);
        }
        (void)fputs(is_first ? "" : "\n", screen->stream);
        print_line(table, NULL, widths, first, end, screen, margin);
        for (size_t row = 0; (row + 1) * n <= table->n_cells; row++) {
            print_line(table, &table->cells[row * n], widths, first, end, screen, margin);
        }
        is_first = false;
        first = end;
    } while (first < table->n_columns);
}

enum status text_table_print(const struct text_table *table, const struct screen *screen,
                             int margin, struct error *error)
{
    int *widths = NULL;
    if (table->is_short_of_memory) {
        return error_set(error, STATUS_INTERNAL, "out of memory: a table");
    }
    TRY(memory_array(&widths, (size_t)table->n_columns, sizeof *widths, error));
    find_widths(table, screen->width - margin, widths);
    print_rows(table, widths, screen, margin);
    free(widths);
    return STATUS_OK;
}

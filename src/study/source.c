#include "study/source.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

enum status source_begin_part(struct study_text *source, const char *file, int line,
                              struct error *error)
{
    TRY(memory_reserve(&source->parts, &source->part_capacity, source->n_parts + 1,
                       sizeof *source->parts, error));
    struct source_part *const part = &source->parts[source->n_parts];
    *part = (struct source_part){.first_line = source->n_lines + 1, .line = line};
    TRY(memory_string(&part->file, file, error));
    source->n_parts++;
    return STATUS_OK;
}

enum status source_append(struct study_text *source, const char *text, size_t size,
                          struct error *error)
{
    TRY(memory_reserve(&source->text, &source->capacity, source->size + size + 1, 1, error));
    if (size > 0) {
        memcpy(source->text + source->size, text, size);
    }
    source->size += size;
    source->text[source->size] = '\0';
    for (size_t i = 0; i < size; i++) {
        source->n_lines += text[i] == '\n';
    }
    return STATUS_OK;
}

/* Parts begin in ascending lines; of several that begin in one line the last one has its text. */
const char *source_place(const struct study_text *source, int line, int *line_in_file)
{
    const struct source_part *part = NULL;
    for (size_t i = 0; i < source->n_parts && source->parts[i].first_line <= line; i++) {
        part = &source->parts[i];
    }
    if (part == NULL) {
        return NULL;
    }
    *line_in_file = part->line + line - part->first_line;
    return part->file;
}

void source_release(struct study_text *source)
{
    for (size_t i = 0; i < source->n_parts; i++) {
        free(source->parts[i].file);
    }
    free(source->parts);
    free(source->text);
    *source = (struct study_text){0};
}

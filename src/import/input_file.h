/* A regular file from elsewhere, read at any place and never beyond its end. */
#pragma once

#include "core/status.h"

#include <stddef.h>

struct input_file {
    int descriptor;
    uint64_t size;
};

/* A place in a file that moves on with every read. */
struct input_cursor {
    const struct input_file *file;
    uint64_t offset;
};

/* STATUS_INPUT when it is not there, not regular or not readable. Closed by input_file_close. */
MUST_CHECK enum status input_file_open(struct input_file *file, const char *path,
                                       struct error *error);
void input_file_close(struct input_file *file);

/* Exactly `size` bytes at `offset`; false when they are not all there. */
bool input_file_read(const struct input_file *file, uint64_t offset, void *bytes, size_t size);

/* The next `size` bytes of a struct input_cursor, as a byte_reader of elements.h. */
bool input_cursor_read(void *cursor, void *bytes, size_t size);

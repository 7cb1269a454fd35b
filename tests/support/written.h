/* What a function writes to a stream. */
#pragma once

#include <stdio.h>

struct written {
    FILE *stream;
    char *text;
    size_t size;
};

/* Begins an empty stream, ended by written_check. */
void written_begin(struct written *written);

/* Exactly this was written to it. */
void written_check(struct written *written, const char *expected);

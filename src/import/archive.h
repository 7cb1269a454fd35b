/* Members of a zip archive, read by libzip: stored or deflated, zip64, checksums. What is opened is
 * read with libzip's own functions beside these. */
#pragma once

#include "core/status.h"

#include <stddef.h>
#include <zip.h>

/* A history of losses may have one for each. */
enum { ARCHIVE_MAX_MEMBERS = 1 << 18 };

struct archive {
    zip_t *zip;
    uint64_t n_members;
    uint64_t file_size; /* bytes */
};

/* One member, by its number in the directory. */
struct archive_member {
    const char *name; /* bytes as they stand there; borrowed from the archive */
    uint64_t size;    /* bytes unpacked, as the directory claims */
    const char
        *problem; /* why it cannot be unpacked, or NULL; then nothing may be allocated by size */
};

/* Opens an archive of at most `limit` members. STATUS_INPUT for what is none, is damaged, truncated
 * or no regular file. On success closed by archive_close. Local. */
MUST_CHECK enum status archive_open(struct archive *archive, const char *path, uint64_t limit,
                                    struct error *error);

/* Accepts a zeroed struct. */
void archive_close(struct archive *archive);

/* `index` is below n_members. */
struct archive_member archive_member(const struct archive *archive, uint64_t index);

/* The next bytes of a member that zip_fopen_index has opened, as a byte_reader of elements.h. */
bool archive_read(void *file, void *bytes, size_t size);

/* True when the whole member was read, no byte of it is left, and its checksum fits. */
bool archive_is_whole(zip_file_t *file);

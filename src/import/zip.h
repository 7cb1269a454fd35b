/* Members of a zip archive: stored or deflated, sizes up to 2^64 (zip64). */
#ifndef SCHURSWEEP_IMPORT_ZIP_H
#define SCHURSWEEP_IMPORT_ZIP_H

#include "core/status.h"
#include "store/input_file.h"

#include <stddef.h>
#include <zlib.h>

enum { ZIP_NAME_LENGTH = 255, ZIP_BUFFER_SIZE = 16384 };

struct zip_member {
    char name[ZIP_NAME_LENGTH + 1];
    uint64_t offset;      /* of its local header */
    uint64_t packed_size; /* bytes in the file */
    uint64_t size;        /* bytes unpacked */
    uint32_t crc;
    unsigned method;
    bool encrypted;
};

struct zip_archive {
    struct input_file file;
    struct zip_member *members; /* [n_members] in the order of the central directory */
    size_t n_members;
};

/* Reads the central directory, of at most `limit` members. STATUS_INPUT for a damaged archive. On
 * success closed by zip_close. Local. */
MUST_CHECK enum status zip_open(struct zip_archive *archive, const char *path, size_t limit,
                                struct error *error);
void zip_close(struct zip_archive *archive);

/* Why a member cannot be unpacked, or NULL: its method, encryption, sizes that no archive can have.
 */
const char *zip_member_problem(const struct zip_member *member);

/* The unpacked bytes of one member, from the first on. */
struct zip_reader {
    const struct zip_member *member;
    struct input_cursor cursor;
    uint64_t packed_left; /* not yet read from the file */
    uint64_t left;        /* not yet handed out */
    uint32_t crc;         /* of what was handed out */
    z_stream stream;
    unsigned char buffer[ZIP_BUFFER_SIZE];
};

/* Begins to unpack a member without a problem; false when it does not lie in the file. On success
 * closed by zip_reader_close. */
bool zip_reader_open(struct zip_reader *reader, const struct zip_archive *archive,
                     const struct zip_member *member);
void zip_reader_close(struct zip_reader *reader);

/* The next bytes of a struct zip_reader, as a byte_reader of elements.h. */
bool zip_reader_read(void *reader, void *bytes, size_t size);

/* True when the whole member was read and its checksum fits. */
bool zip_reader_is_whole(const struct zip_reader *reader);

#endif

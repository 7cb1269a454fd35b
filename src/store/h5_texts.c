/* HDF5 File Format Specification 3.0, sections III.E (global heap) and VII.B (how references to it
 * are stored): all numbers little-endian, addresses and lengths of 8 bytes.
 *
 *   reference   u32 length, u64 address of a collection, u32 index of an object in it
 *   collection  "GCOL", u8 version, 3 bytes, u64 size of the whole; then objects up to its end
 *   object      u16 index (0: what is left, free), u16, u32, u64 size; its bytes, padded to 8 */
#include "store/h5_texts.h"

#include "core/memory.h"
#include "store/results_internal.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { REFERENCE_SIZE = 16, HEAD_SIZE = 16, OBJECT_HEAD_SIZE = 16 };

struct reader {
    int descriptor;
    uint64_t file_size;
    unsigned char *heap; /* the collection that was read last, or NULL */
    uint64_t address;    /* of it */
    uint64_t size;
    uint64_t next;   /* object behind the one that was found last: neighbours refer to neighbours */
    uint64_t effort; /* bytes of collections that were read, and of heads that were passed */
};

/* References in any order that HDF5 writes read the heap once. In the order of an enemy they read
 * it over and over. */
static bool is_too_much(const struct reader *reader)
{
    return reader->effort / 8 > reader->file_size;
}

static uint64_t number(const unsigned char *bytes, int size)
{
    uint64_t value = 0;
    for (int i = size - 1; i >= 0; i--) {
        value = value << 8 | bytes[i];
    }
    return value;
}

static bool read_bytes(const struct reader *reader, uint64_t place, void *bytes, uint64_t size)
{
    if (place > reader->file_size || size > reader->file_size - place) {
        return false;
    }
    for (uint64_t done = 0; done < size;) {
        const ssize_t got = pread(reader->descriptor, (char *)bytes + done, (size_t)(size - done),
                                  (off_t)(place + done));
        if (got <= 0) {
            return false;
        }
        done += (uint64_t)got;
    }
    return true;
}

static bool read_heap(struct reader *reader, uint64_t address)
{
    unsigned char head[HEAD_SIZE];
    if (reader->heap != NULL && reader->address == address) {
        return true;
    }
    free(reader->heap);
    reader->heap = NULL;
    if (!read_bytes(reader, address, head, sizeof head) || memcmp(head, "GCOL\1", 5) != 0) {
        return false;
    }
    reader->address = address;
    reader->size = number(head + 8, 8);
    reader->next = HEAD_SIZE;
    reader->effort += reader->size;
    if (reader->size < HEAD_SIZE || reader->size > reader->file_size - address ||
        is_too_much(reader)) {
        return false;
    }
    reader->heap = malloc((size_t)reader->size);
    return reader->heap != NULL && read_bytes(reader, address, reader->heap, reader->size);
}

/* The bytes of an object that has at least `size` of them; NULL when there is none. */
static const unsigned char *find_object(struct reader *reader, uint64_t index, uint64_t size)
{
    for (int round = 0; round < 2; round++) { /* from the last one on, then from the first */
        uint64_t at = round == 0 ? reader->next : HEAD_SIZE;
        while (at <= reader->size && reader->size - at >= OBJECT_HEAD_SIZE) {
            const unsigned char *const object = reader->heap + at;
            const uint64_t found = number(object, 2);
            const uint64_t length = number(object + 8, 8);
            if (found == 0 || length > reader->size - at - OBJECT_HEAD_SIZE) {
                break;
            }
            at += OBJECT_HEAD_SIZE + (length + 7) / 8 * 8;
            reader->effort += OBJECT_HEAD_SIZE;
            if (found == index) {
                reader->next = at;
                return length >= size ? object + OBJECT_HEAD_SIZE : NULL;
            }
        }
    }
    return NULL;
}

/* A string without bytes refers to nothing. */
static bool copy_texts(struct reader *reader, const unsigned char *references, size_t count,
                       char *texts, size_t stride)
{
    for (size_t i = 0; i < count; i++) {
        const unsigned char *const reference = references + i * REFERENCE_SIZE;
        const uint64_t length = number(reference, 4);
        if (length == 0) {
            continue;
        }
        if (is_too_much(reader) || !read_heap(reader, number(reference + 4, 8))) {
            return false;
        }
        const unsigned char *const text = find_object(reader, number(reference + 12, 4), length);
        if (text == NULL) {
            return false;
        }
        memcpy(texts + i * stride, text, (size_t)length);
    }
    return true;
}

/* That of the open file where it has one, since its name may lead to another one by now; else the
 * name is opened, and *is_new. -1: it cannot be had. */
static int open_bytes(hid_t dataset, const char *path, bool *is_new)
{
    void *handle = NULL;
    const hid_t file = H5Iget_file_id(dataset);
    const hid_t access = H5Fget_access_plist(file);
    const bool is_plain = H5Pget_driver(access) == H5FD_SEC2;
    *is_new = !is_plain || H5Fget_vfd_handle(file, access, &handle) < 0 || handle == NULL;
    (void)H5Pclose(access);
    (void)H5Fclose(file);
    return *is_new ? open(path, O_RDONLY | O_CLOEXEC) : *(const int *)handle;
}

/* Whether addresses count from the start of the file and have 8 bytes, as in all files of this
 * program; and where the references lie. */
static bool find_references(hid_t dataset, size_t count, uint64_t *place)
{
    size_t address_size = 0;
    size_t length_size = 0;
    hsize_t user_block = 1;
    const hid_t file = H5Iget_file_id(dataset);
    const hid_t properties = H5Fget_create_plist(file);
    const haddr_t offset = H5Dget_offset(dataset);
    const bool good =
        H5Pget_sizes(properties, &address_size, &length_size) >= 0 && address_size == 8 &&
        length_size == 8 && H5Pget_userblock(properties, &user_block) >= 0 && user_block == 0 &&
        offset != HADDR_UNDEF && H5Dget_storage_size(dataset) / REFERENCE_SIZE == count;
    (void)H5Pclose(properties);
    (void)H5Fclose(file);
    *place = offset;
    return good;
}

enum status h5_read_texts(hid_t dataset, const char *path, const char *name, size_t count,
                          size_t longest, char **texts, size_t *stride, struct error *error)
{
    struct stat info = {.st_size = 0};
    uint64_t place = 0;
    uint64_t found = 0;
    unsigned char *references = NULL;
    enum status status = STATUS_OK;
    *texts = NULL;
    if (!find_references(dataset, count, &place)) {
        return results_damaged(path, name, "is not stored as strings", error);
    }
    bool is_new = false;
    struct reader reader = {.descriptor = open_bytes(dataset, path, &is_new)};
    if (reader.descriptor < 0 || fstat(reader.descriptor, &info) != 0) {
        status = results_damaged(path, name, "cannot be read", error);
    }
    reader.file_size = (uint64_t)info.st_size;
    THEN(status, memory_array(&references, count, REFERENCE_SIZE, error));
    if (status == STATUS_OK &&
        !read_bytes(&reader, place, references, (uint64_t)count * REFERENCE_SIZE)) {
        status = results_damaged(path, name, "cannot be read", error);
    }
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        const uint64_t length = number(references + i * REFERENCE_SIZE, 4);
        found = length > found ? length : found;
    }
    if (found > longest) {
        status = results_damaged(path, name, "holds a text of endless length", error);
    }
    *stride = (size_t)found + 1;
    THEN(status, memory_array2(texts, count, *stride, 1, error));
    if (status == STATUS_OK && !copy_texts(&reader, references, count, *texts, *stride)) {
        free(*texts);
        *texts = NULL;
        status = results_damaged(path, name, "holds a text that is not in the file", error);
    }
    free(references);
    free(reader.heap);
    if (is_new && reader.descriptor >= 0) {
        (void)close(reader.descriptor);
    }
    return status;
}

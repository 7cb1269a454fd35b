#include "import/torch/storages.h"

#include "core/memory.h"
#include "import/input_file.h"
#include "import/torch/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NAME = 512, SKIP_SIZE = 16384, MAX_MEMBERS = 16384 };

/* Of a pickle, which is in memory as a whole while the file is open. */
static const uint64_t MAX_PICKLE = (uint64_t)1 << 32;

static const char PICKLE_NAME[] = "data.pkl";

/* ---- archives ---- */

/* The length of the prefix of a name such as "name/data.pkl"; false for other names. */
static bool ends_with_pickle(const char *name, size_t *prefix_length)
{
    const size_t length = strlen(name);
    const size_t tail = strlen(PICKLE_NAME);
    if (length < tail || strcmp(name + length - tail, PICKLE_NAME) != 0) {
        return false;
    }
    *prefix_length = length - tail;
    return *prefix_length == 0 || name[*prefix_length - 1] == '/';
}

bool torch_is_archive(const struct archive *archive)
{
    size_t length = 0;
    for (uint64_t i = 0; i < archive->n_members; i++) {
        if (ends_with_pickle(archive_member(archive, i).name, &length)) {
            return true;
        }
    }
    return false;
}

/* The number of the member <prefix><folder><name>; false when there is none. */
static bool find_member(const struct torch_file *file, const char *folder, struct pickle_text name,
                        uint64_t *index)
{
    char path[MAX_NAME];
    const int length = name.size < MAX_NAME
                           ? snprintf(path, sizeof path, "%s%s%.*s", file->prefix, folder,
                                      (int)name.size, (const char *)name.bytes)
                           : MAX_NAME;
    const zip_int64_t found =
        length < MAX_NAME ? zip_name_locate(file->archive.zip, path, ZIP_FL_ENC_RAW) : -1;
    *index = (uint64_t)found;
    return found >= 0;
}

static struct pickle_text text_of(const char *text)
{
    return (struct pickle_text){(const unsigned char *)text, strlen(text)};
}

/* Skips to the offset, reads, and goes on to the end, where the checksum is compared. */
static bool read_member(const struct archive *archive, uint64_t index, uint64_t offset, void *bytes,
                        size_t size)
{
    char skipped[SKIP_SIZE];
    zip_file_t *const member = zip_fopen_index(archive->zip, index, 0);
    bool good = member != NULL;
    for (uint64_t left = offset; good && left > 0;) {
        const size_t part = left < sizeof skipped ? (size_t)left : sizeof skipped;
        good = archive_read(member, skipped, part);
        left -= part;
    }
    good = good && archive_read(member, bytes, size);
    zip_int64_t got = good ? 1 : -1;
    while (got > 0) {
        got = zip_fread(member, skipped, sizeof skipped);
    }
    if (member != NULL) {
        (void)zip_fclose(member);
    }
    return got == 0;
}

static enum status take_bytes(struct torch_file *file, uint64_t size, struct error *error)
{
    if (size > MAX_PICKLE) {
        return error_set(error, STATUS_INPUT, "%s: a pickle of %llu bytes, expected at most %llu",
                         file->path, (unsigned long long)size, (unsigned long long)MAX_PICKLE);
    }
    file->size = (size_t)size;
    file->bytes = malloc(file->size + 1);
    return file->bytes != NULL
               ? STATUS_OK
               : error_set(error, STATUS_INTERNAL, "out of memory: %zu bytes", file->size);
}

/* Programs of TorchScript are archives of the same form, whose objects are made by code in them. */
static enum status check_members(const struct torch_file *file, struct error *error)
{
    char code[MAX_NAME];
    uint64_t index = 0;
    bool has_code = find_member(file, "", text_of("constants.pkl"), &index);
    (void)snprintf(code, sizeof code, "%scode/", file->prefix);
    for (uint64_t i = 0; i < file->archive.n_members && !has_code; i++) {
        has_code = strncmp(archive_member(&file->archive, i).name, code, strlen(code)) == 0;
    }
    return has_code ? error_set(error, STATUS_INPUT,
                                "%s: a program of TorchScript, expected weights: save the state "
                                "dict, torch.save(model.state_dict(), \"model.pt\")",
                                file->path)
                    : STATUS_OK;
}

/* "big" or "little"; little where nothing is said. */
static enum status read_byte_order(struct torch_file *file, struct error *error)
{
    char word[8] = "";
    uint64_t index = 0;
    if (!find_member(file, "", text_of("byteorder"), &index)) {
        return STATUS_OK;
    }
    const struct archive_member member = archive_member(&file->archive, index);
    if (member.problem == NULL && member.size < sizeof word &&
        read_member(&file->archive, index, 0, word, (size_t)member.size)) {
        file->big_endian = strcmp(word, "big") == 0;
        if (file->big_endian || strcmp(word, "little") == 0) {
            return STATUS_OK;
        }
    }
    return error_set(error, STATUS_INPUT, "%s: byteorder is '%s', expected big or little",
                     file->path, word);
}

/* The number of the one pickle, and the length of its prefix. */
static enum status find_pickle(const struct torch_file *file, uint64_t *found,
                               size_t *prefix_length, struct error *error)
{
    int count = 0;
    size_t length = 0;
    for (uint64_t i = 0; i < file->archive.n_members; i++) {
        if (ends_with_pickle(archive_member(&file->archive, i).name, &length)) {
            *found = i;
            *prefix_length = length;
            count++;
        }
    }
    return count == 1 ? STATUS_OK
                      : error_set(error, STATUS_INPUT,
                                  "%s: %d members are a data.pkl, expected one", file->path, count);
}

static enum status open_archive(struct torch_file *file, struct error *error)
{
    uint64_t index = 0;
    size_t used = 0;
    size_t length = 0;
    TRY(find_pickle(file, &index, &length, error));
    const struct archive_member member = archive_member(&file->archive, index);
    TRY(memory_string(&file->prefix, member.name, error));
    file->prefix[length] = '\0';
    TRY(check_members(file, error));
    TRY(read_byte_order(file, error));
    if (member.problem != NULL) {
        return error_set(error, STATUS_INPUT, "%s: data.pkl cannot be read: %s", file->path,
                         member.problem);
    }
    TRY(take_bytes(file, member.size, error));
    if (!read_member(&file->archive, index, 0, file->bytes, file->size)) {
        return error_set(error, STATUS_INPUT, "%s: data.pkl is damaged: bad data or checksum",
                         file->path);
    }
    return pickle_read(&file->pickle, file->path, (struct pickle_text){file->bytes, file->size},
                       &used, &file->root, error);
}

/* ---- files ---- */

static enum status read_whole(struct torch_file *file, const struct input_file *input,
                              struct error *error)
{
    TRY(take_bytes(file, input->size, error));
    return input_file_read(input, 0, file->bytes, file->size)
               ? STATUS_OK
               : error_set(error, STATUS_INPUT, "%s: cannot read it", file->path);
}

enum status torch_open(struct torch_file *file, const char *path, struct error *error)
{
    struct input_file input;
    unsigned char head[2] = {0};
    *file = (struct torch_file){.path = path};
    TRY(input_file_open(&input, path, error));
    file->is_archive = input_file_read(&input, 0, head, 2) && memcmp(head, "PK", 2) == 0;
    const enum status status = file->is_archive ? STATUS_OK : read_whole(file, &input, error);
    input_file_close(&input);
    TRY(status);
    if (file->is_archive) {
        TRY(archive_open(&file->archive, path, MAX_MEMBERS, error));
        return open_archive(file, error);
    }
    return torch_read_stream(file, (struct pickle_text){file->bytes, file->size}, false,
                             &file->root, &file->stream, error);
}

void torch_close(struct torch_file *file)
{
    archive_close(&file->archive);
    pickle_release(&file->pickle);
    free(file->prefix);
    free(file->bytes);
    free(file->stream.stored);
    free(file->nested);
    *file = (struct torch_file){0};
}

/* ---- storages ---- */

static void find_in_archive(const struct torch_file *file, const struct torch_identity *identity,
                            struct torch_storage *storage)
{
    uint64_t index = 0;
    uint64_t size = 0;
    storage->dtype = identity->dtype;
    if (!find_member(file, "data/", identity->key, &index)) {
        storage->problem = "its storage is not in the archive";
        return;
    }
    const struct archive_member member = archive_member(&file->archive, index);
    storage->problem = member.problem;
    if (__builtin_mul_overflow(identity->count, identity->dtype->size, &size) ||
        size > member.size) {
        storage->problem = "its storage is shorter than the pickle says";
    }
    storage->data = (struct torch_data){.member = index, .size = size};
}

static void find_identity(const struct torch_file *file, const struct torch_stream *stream,
                          const struct pickle_value *value, struct torch_storage *storage)
{
    struct torch_identity identity;
    if (!torch_read_identity(value, &identity) || identity.dtype == NULL) {
        storage->problem = "its storage is of a type that is not known here";
    } else if (stream == NULL) {
        find_in_archive(file, &identity, storage);
    } else {
        torch_find_stored(stream, &identity, storage);
    }
}

/* torch.storage._load_from_bytes(stream): each is read once, and all of them together are no longer
 * than the file, so that a stream in itself or in many calls costs nothing. */
static enum status read_nested(struct torch_file *file, struct pickle_value *value,
                               struct pickle_text source, struct error *error)
{
    struct pickle_value *root = NULL;
    struct torch_stream stream;
    struct torch_storage storage = {0};
    if (source.size > file->size - file->nested_size) {
        return error_set(error, STATUS_INPUT, "%s: storages of more bytes than the file has",
                         file->path);
    }
    file->nested_size += source.size;
    TRY(torch_read_stream(file, source, true, &root, &stream, error));
    find_identity(file, &stream, root, &storage);
    free(stream.stored);
    TRY(memory_reserve(&file->nested, &file->nested_capacity, file->n_nested + 1,
                       sizeof *file->nested, error));
    file->nested[file->n_nested++] = storage;
    value->tag = (uint32_t)file->n_nested;
    return STATUS_OK;
}

enum status torch_find_storage(struct torch_file *file, struct pickle_value *value,
                               struct torch_storage *storage, struct error *error)
{
    struct pickle_text source;
    *storage = (struct torch_storage){0};
    if (pickle_is_global(pickle_callable(value), "torch", "_load_from_bytes") &&
        pickle_get_text(pickle_argument(value, 0), &source)) {
        if (value->tag == 0) {
            TRY(read_nested(file, value, source, error));
        }
        *storage = file->nested[value->tag - 1];
        return STATUS_OK;
    }
    find_identity(file, file->is_archive ? NULL : &file->stream, value, storage);
    return STATUS_OK;
}

bool torch_read(const struct torch_file *file, const struct torch_data *data, uint64_t offset,
                void *bytes, size_t size)
{
    if (offset > data->size || size > data->size - offset) {
        return false;
    }
    if (data->bytes == NULL) {
        return read_member(&file->archive, data->member, offset, bytes, size);
    }
    if (size > 0) {
        memcpy(bytes, data->bytes + offset, size);
    }
    return true;
}

#include "import/torch/archived.h"

#include "core/memory.h"
#include "core/text.h"

#include <stdio.h>
#include <string.h>

enum { MAX_NAME = 512, SKIP_SIZE = 16384 };

static const char PICKLE_NAME[] = "data.pkl";

/* ---- members ---- */

/* The length of the prefix of a name such as "name/data.pkl"; false for other names. */
static bool ends_with_pickle(const char *name, size_t *prefix_length)
{
    if (!text_ends(name, PICKLE_NAME)) {
        return false;
    }
    *prefix_length = strlen(name) - strlen(PICKLE_NAME);
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

/* Skips to the offset, reads, and goes on to the end, where the checksum is compared. */
bool torch_read_member(const struct archive *archive, uint64_t index, uint64_t offset, void *bytes,
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

/* ---- pickles ---- */

/* Programs of TorchScript are archives of the same form, whose objects are made by code in them. */
static enum status check_members(const struct torch_file *file, struct error *error)
{
    char code[MAX_NAME];
    uint64_t index = 0;
    bool has_code = find_member(file, "", pickle_text_of("constants.pkl"), &index);
    (void)snprintf(code, sizeof code, "%scode/", file->prefix);
    for (uint64_t i = 0; i < file->archive.n_members && !has_code; i++) {
        has_code = text_begins(archive_member(&file->archive, i).name, code);
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
    if (!find_member(file, "", pickle_text_of("byteorder"), &index)) {
        return STATUS_OK;
    }
    const struct archive_member member = archive_member(&file->archive, index);
    if (member.problem == NULL && member.size < sizeof word &&
        torch_read_member(&file->archive, index, 0, word, (size_t)member.size)) {
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

enum status torch_open_archive(struct torch_file *file, struct error *error)
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
    TRY(torch_take_bytes(file, member.size, error));
    if (!torch_read_member(&file->archive, index, 0, file->bytes, file->size)) {
        return error_set(error, STATUS_INPUT, "%s: data.pkl is damaged: bad data or checksum",
                         file->path);
    }
    return pickle_read(&file->pickle, file->path, (struct pickle_text){file->bytes, file->size},
                       &used, &file->root, error);
}

/* ---- storages ---- */

void torch_find_archived(const struct torch_file *file, const struct torch_identity *identity,
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

#include "import/archive.h"

#include "import/input_file.h"

#include <string.h>

/* Where libzip looks for the record that ends an archive: before the longest comment. */
enum { TAIL_SIZE = 65535 + 22 + 20, MAX_ENDS = 8 };

static const uint64_t DEFLATE_RATIO = 1032; /* no deflated byte unpacks to more */

/* libzip tries each record that might be the end with a whole directory: a small file of nothing
 * but such records would keep it busy for hours. */
static bool has_many_ends(const struct input_file *file)
{
    unsigned char tail[TAIL_SIZE];
    const size_t size = file->size < TAIL_SIZE ? (size_t)file->size : TAIL_SIZE;
    const unsigned char *at = tail;
    int count = 0;
    if (!input_file_read(file, file->size - size, tail, size)) {
        return false;
    }
    while ((at = memmem(at, size - (size_t)(at - tail), "PK\5\6", 4)) != NULL) {
        at++;
        count++;
    }
    return count > MAX_ENDS;
}

enum status archive_open(struct archive *archive, const char *path, uint64_t limit,
                         struct error *error)
{
    struct input_file file;
    int code = ZIP_ER_INCONS;
    *archive = (struct archive){0};
    TRY(input_file_open(&file, path, error));
    archive->zip = has_many_ends(&file) ? NULL : zip_fdopen(file.descriptor, ZIP_RDONLY, &code);
    if (archive->zip == NULL) {
        zip_error_t reason;
        input_file_close(&file); /* on success, libzip has it */
        zip_error_init_with_code(&reason, code);
        (void)error_set(error, STATUS_INPUT, "%s: damaged or truncated zip archive: %s", path,
                        zip_error_strerror(&reason));
        zip_error_fini(&reason);
        return STATUS_INPUT;
    }
    archive->file_size = file.size;
    archive->n_members = (uint64_t)zip_get_num_entries(archive->zip, 0);
    if (archive->n_members > limit) {
        const unsigned long long found = archive->n_members;
        archive_close(archive);
        return error_set(error, STATUS_INPUT,
                         "%s: zip archive of %llu members, expected at most %llu", path, found,
                         (unsigned long long)limit);
    }
    return STATUS_OK;
}

void archive_close(struct archive *archive)
{
    if (archive->zip != NULL) {
        zip_discard(archive->zip);
    }
    *archive = (struct archive){0};
}

/* libzip allocates nothing by the sizes that the directory claims, but its callers do. */
static const char *problem_of(const struct archive *archive, const zip_stat_t *info)
{
    if (info->encryption_method != ZIP_EM_NONE) {
        return "it is encrypted";
    }
    if (info->comp_size > archive->file_size) {
        return "it lies outside the archive";
    }
    if (info->comp_method == ZIP_CM_STORE) {
        return info->size == info->comp_size ? NULL : "its sizes in the archive differ";
    }
    if (info->comp_method != ZIP_CM_DEFLATE) {
        return "it is compressed by another method than deflate";
    }
    return info->size / DEFLATE_RATIO <= info->comp_size
               ? NULL
               : "its size in the archive is more than it can unpack to";
}

struct archive_member archive_member(const struct archive *archive, uint64_t index)
{
    zip_stat_t info;
    if (zip_stat_index(archive->zip, index, ZIP_FL_ENC_RAW, &info) != 0) {
        return (struct archive_member){"", 0, "its entry in the archive is damaged"};
    }
    return (struct archive_member){info.name, info.size, problem_of(archive, &info)};
}

bool archive_read(void *file, void *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        const zip_int64_t got = zip_fread(file, (char *)bytes + done, size - done);
        if (got <= 0) {
            return false;
        }
        done += (size_t)got;
    }
    return true;
}

/* At the end, libzip compares size and checksum before it says that there is no more. */
bool archive_is_whole(zip_file_t *file)
{
    char more = 0;
    return zip_fread(file, &more, 1) == 0;
}

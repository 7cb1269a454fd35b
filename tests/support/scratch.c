#include "support/scratch.h"

#include "store/library.h"
#include "support/check.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 256, PATH_COUNT = 8 };

static char directory[PATH_SIZE];

int scratch_create(void **state)
{
    (void)state;
    store_begin();
    const char *const parent = getenv("TMPDIR");
    (void)snprintf(directory, sizeof directory, "%s/schursweep-test.XXXXXX",
                   parent != NULL ? parent : "/tmp");
    return mkdtemp(directory) != NULL ? 0 : -1;
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    return place->level == 0 ? 0 : remove(path);
}

int scratch_clear(void **state)
{
    (void)state;
    return nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

int scratch_remove(void **state)
{
    return scratch_clear(state) == 0 && rmdir(directory) == 0 ? 0 : -1;
}

const char *scratch_directory(void)
{
    return directory;
}

const char *scratch_path(const char *name)
{
    static char paths[PATH_COUNT][2 * PATH_SIZE];
    static int next;
    next = (next + 1) % PATH_COUNT;
    (void)snprintf(paths[next], sizeof paths[next], "%s/%s", directory, name);
    return paths[next];
}

int scratch_count(void)
{
    DIR *const stream = opendir(directory);
    assert_non_null(stream);
    int count = -2; /* . and .. */
    while (readdir(stream) != NULL) {
        count++;
    }
    (void)closedir(stream);
    return count;
}

unsigned char *file_read(const char *path, size_t *size)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    *size = (size_t)info.st_size;
    unsigned char *const bytes = malloc(*size + 1);
    FILE *const stream = fopen(path, "rb");
    assert_non_null(bytes);
    assert_non_null(stream);
    assert_int_equal(fread(bytes, 1, *size, stream), *size);
    (void)fclose(stream);
    return bytes;
}

void file_write(const char *path, const void *bytes, size_t size)
{
    FILE *const stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, size, stream), size);
    assert_int_equal(fclose(stream), 0);
}

void file_write_text(const char *path, const char *text)
{
    file_write(path, text, strlen(text));
}

void file_copy(const char *from, const char *to)
{
    size_t size = 0;
    unsigned char *const bytes = file_read(from, &size);
    file_write(to, bytes, size);
    free(bytes);
}

bool file_exists(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0;
}

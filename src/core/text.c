#include "core/text.h"

#include "core/memory.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { WORD_MAX = 64 };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment distance; words longer than WORD_MAX are never near. */
static size_t distance(const char *a, const char *b)
{
    const size_t length_a = strlen(a);
    const size_t length_b = strlen(b);
    if (length_a > WORD_MAX || length_b > WORD_MAX) {
        return SIZE_MAX;
    }
    size_t d[WORD_MAX + 1][WORD_MAX + 1];
    for (size_t i = 0; i <= length_a; i++) {
        for (size_t j = 0; j <= length_b; j++) {
            if (i == 0 || j == 0) {
                d[i][j] = i + j;
                continue;
            }
            const size_t change = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            d[i][j] = smaller(change, smaller(d[i - 1][j], d[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                d[i][j] = smaller(d[i][j], d[i - 2][j - 2] + 1);
            }
        }
    }
    return d[length_a][length_b];
}

const char *text_nearest(const char *text, const char *const *words, size_t count)
{
    const char *nearest = NULL;
    size_t best = strlen(text) / 3 + 2; /* a third of the letters wrong is no longer a slip */
    for (size_t i = 0; i < count; i++) {
        const size_t found = distance(text, words[i]);
        if (found < best) {
            best = found;
            nearest = words[i];
        }
    }
    return nearest;
}

/* Bytes of the UTF-8 character at text; 0 when it is none (RFC 3629: shortest form, no surrogates,
 * at most U+10FFFF). */
static size_t character_length(const unsigned char *text)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
    } forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    for (size_t length = 1; length <= 4; length++) {
        if ((text[0] & forms[length - 1].mask) != forms[length - 1].lead) {
            continue;
        }
        uint32_t code = text[0] & (uint32_t)(unsigned char)~forms[length - 1].mask;
        for (size_t i = 1; i < length; i++) {
            if ((text[i] & 0xc0u) != 0x80u) {
                return 0;
            }
            code = code << 6 | (text[i] & 0x3fu);
        }
        const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
        return code >= forms[length - 1].least && code <= 0x10ffff && !is_surrogate ? length : 0;
    }
    return 0;
}

void text_clean(char *text)
{
    unsigned char *at = (unsigned char *)text;
    while (at != NULL && *at != '\0') {
        const size_t length = character_length(at);
        if (length == 0 || *at < 0x20 || *at == 0x7f) {
            *at = '?';
        }
        at += length == 0 ? 1 : length;
    }
}

enum status path_directory(char **out, const char *path, struct error *error)
{
    const char *const slash = strrchr(path, '/');
    if (slash == NULL) {
        return memory_string(out, ".", error);
    }
    TRY(memory_string(out, path, error));
    (*out)[slash == path ? 1 : slash - path] = '\0';
    return STATUS_OK;
}

/* Length of `directory` without its last component, when `..` from it leads there: that component
 * is a real directory with a name of its own. Otherwise the whole length. */
static size_t parent_length(const char *directory, size_t length)
{
    char last[4096];
    struct stat info;
    size_t start = length;
    while (start > 0 && directory[start - 1] != '/') {
        start--;
    }
    const bool is_dots = length - start <= 2 && strspn(directory + start, ".") >= length - start;
    if (length == start || is_dots || length >= sizeof last) {
        return length;
    }
    memcpy(last, directory, length);
    last[length] = '\0';
    return lstat(last, &info) == 0 && S_ISDIR(info.st_mode) ? start : length;
}

static enum status join(char **out, const char *directory, size_t length, const char *path,
                        struct error *error)
{
    const size_t size = length + strlen(path) + 2;
    *out = malloc(size);
    if (*out == NULL) {
        return error_set(error, STATUS_INTERNAL, "out of memory: a path of %zu bytes", size);
    }
    const bool needs_slash = length > 0 && directory[length - 1] != '/';
    (void)snprintf(*out, size, "%.*s%s%s", (int)length, directory, needs_slash ? "/" : "", path);
    return STATUS_OK;
}

enum status path_join(char **out, const char *directory, const char *path, struct error *error)
{
    const bool stands_alone = path[0] == '/' || strcmp(directory, ".") == 0;
    return stands_alone ? memory_string(out, path, error)
                        : join(out, directory, strlen(directory), path, error);
}

enum status path_join_short(char **out, const char *directory, const char *path,
                            struct error *error)
{
    size_t length = strlen(directory);
    while (strncmp(path, "../", 3) == 0) {
        const size_t shorter = parent_length(directory, length);
        if (shorter == length) {
            break;
        }
        length = shorter > 1 ? shorter - 1 : shorter; /* without the slash, but for the root's */
        path += 3;
    }
    return length == strlen(directory) ? path_join(out, directory, path, error)
                                       : join(out, directory, length, path, error);
}

enum status path_literal_pattern(char **out, const char *path, struct error *error)
{
    size_t length = 0;
    TRY(memory_array(out, 2 * strlen(path) + 1, 1, error));
    for (; *path != '\0'; path++) {
        if (strchr("*?[]\\", *path) != NULL) {
            (*out)[length++] = '\\';
        }
        (*out)[length++] = *path;
    }
    return STATUS_OK;
}

enum status path_make_folder(const char *path, struct error *error)
{
    struct stat info;
    if (mkdir(path, 0777) == 0) {
        return STATUS_OK;
    }
    const int code = errno;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode)
               ? STATUS_OK
               : error_set(error, STATUS_IO, "%s: cannot create the folder: %s", path,
                           strerror(code));
}

enum status path_follow_link(char **out, const char *path, struct error *error)
{
    char resolved[PATH_MAX];
    struct stat info;
    const bool is_link = lstat(path, &info) == 0 && S_ISLNK(info.st_mode);
    return memory_string(out, is_link && realpath(path, resolved) != NULL ? resolved : path, error);
}

size_t text_stem_length(const char *text, const char *suffix)
{
    const size_t length = strlen(text);
    const size_t ending = strlen(suffix);
    const bool ends_so = length > ending && strcmp(text + length - ending, suffix) == 0;
    return ends_so ? length - ending : length;
}

bool text_take_number(const char *text, const char **end, char mark)
{
    const char *digits = *end;
    while (digits > text && digits[-1] >= '0' && digits[-1] <= '9') {
        digits--;
    }
    if (digits == *end || digits == text || digits[-1] != mark) {
        return false;
    }
    *end = digits - 1;
    return true;
}

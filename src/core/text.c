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

/* Bytes of the UTF-8 character at text, and which it is; 0 when it is none (RFC 3629: shortest
 * form, no surrogates, at most U+10FFFF). */
static size_t read_character(const char *text, uint32_t *code)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
    } forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    const unsigned char *const at = (const unsigned char *)text;
    for (size_t length = 1; length <= 4; length++) {
        if ((at[0] & forms[length - 1].mask) != forms[length - 1].lead) {
            continue;
        }
        *code = at[0] & (uint32_t)(unsigned char)~forms[length - 1].mask;
        for (size_t i = 1; i < length; i++) {
            if ((at[i] & 0xc0u) != 0x80u) {
                return 0;
            }
            *code = *code << 6 | (at[i] & 0x3fu);
        }
        const bool is_surrogate = *code >= 0xd800 && *code <= 0xdfff;
        return *code >= forms[length - 1].least && *code <= 0x10ffff && !is_surrogate ? length : 0;
    }
    return 0;
}

bool text_is_utf8(const char *text)
{
    uint32_t code = 0;
    size_t length = 1;
    while (*text != '\0' && length > 0) {
        length = read_character(text, &code);
        text += length;
    }
    return length > 0;
}

struct code_range {
    uint32_t first, last;
};

/* Ranges ascend and end with an empty one. */
static bool is_in(const struct code_range *ranges, uint32_t code)
{
    while (ranges->last != 0 && ranges->last < code) {
        ranges++;
    }
    return ranges->last != 0 && ranges->first <= code;
}

/* What commands a terminal instead of being shown: controls of ASCII (C0) and Latin-1 (C1), marks
 * and overrides of the direction of writing, separators of lines, tags. */
static const struct code_range COMMANDS[] = {{0x01, 0x1f},     {0x7f, 0x9f},       {0x61c, 0x61c},
                                             {0x200e, 0x200f}, {0x2028, 0x202e},   {0x2066, 0x206f},
                                             {0xfff9, 0xfffb}, {0xe0000, 0xe007f}, {0, 0}};

void text_clean(char *text)
{
    char *end = text;
    uint32_t code = 0;
    for (size_t length = 1; text != NULL && *text != '\0'; text += length) {
        length = read_character(text, &code);
        if (length == 0 || is_in(COMMANDS, code)) {
            *end++ = '?';
            length = length == 0 ? 1 : length;
            continue;
        }
        memmove(end, text, length);
        end += length;
    }
    if (text != NULL) {
        *end = '\0';
    }
}

/* What stands on the character before it: combining marks of the scripts that names are mostly
 * written in, joiners, selectors of a form. Others count as one column, which is never too few. */
static const struct code_range WITHOUT_WIDTH[] = {
    {0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},   {0x610, 0x61a},     {0x64b, 0x65f},
    {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200d}, {0x20d0, 0x20ff},   {0x302a, 0x302d},
    {0x3099, 0x309a}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xe0100, 0xe01ef}, {0, 0}};

/* Two columns: wide and full-width characters of East Asian scripts, and pictures (UAX 11). */
static const struct code_range WIDE[] = {{0x1100, 0x115f},
                                         {0x231a, 0x231b},
                                         {0x2329, 0x232a},
                                         {0x23e9, 0x23f3},
                                         {0x25fd, 0x25fe},
                                         {0x2614, 0x2615},
                                         {0x2648, 0x2653},
                                         {0x267f, 0x267f},
                                         {0x2693, 0x2693},
                                         {0x26a1, 0x26a1},
                                         {0x26aa, 0x26ab},
                                         {0x26bd, 0x26be},
                                         {0x26c4, 0x26c5},
                                         {0x26ce, 0x26ce},
                                         {0x26d4, 0x26d4},
                                         {0x26ea, 0x26ea},
                                         {0x26f2, 0x26f5},
                                         {0x26fa, 0x26fd},
                                         {0x2705, 0x2705},
                                         {0x270a, 0x270b},
                                         {0x2728, 0x2728},
                                         {0x274c, 0x274e},
                                         {0x2753, 0x2757},
                                         {0x2795, 0x2797},
                                         {0x27b0, 0x27bf},
                                         {0x2b1b, 0x2b1c},
                                         {0x2b50, 0x2b55},
                                         {0x2e80, 0x303e},
                                         {0x3041, 0xa4cf},
                                         {0xa960, 0xa97c},
                                         {0xac00, 0xd7a3},
                                         {0xf900, 0xfaff},
                                         {0xfe10, 0xfe19},
                                         {0xfe30, 0xfe6f},
                                         {0xff00, 0xff60},
                                         {0xffe0, 0xffe6},
                                         {0x16fe0, 0x1b2ff},
                                         {0x1f004, 0x1f004},
                                         {0x1f0cf, 0x1f0cf},
                                         {0x1f18e, 0x1f19a},
                                         {0x1f200, 0x1f64f},
                                         {0x1f680, 0x1f6ff},
                                         {0x1f7e0, 0x1f7f0},
                                         {0x1f90c, 0x1f9ff},
                                         {0x1fa70, 0x1faff},
                                         {0x20000, 0x3fffd},
                                         {0, 0}};

static int character_columns(uint32_t code)
{
    return is_in(WITHOUT_WIDTH, code) ? 0 : is_in(WIDE, code) ? 2 : 1;
}

size_t text_fit(const char *text, int width, int *columns)
{
    size_t size = 0;
    *columns = 0;
    while (text[size] != '\0') {
        uint32_t code = '?';
        const size_t length = read_character(text + size, &code);
        const int wide = length > 0 ? character_columns(code) : 1;
        if (wide > width - *columns) {
            break;
        }
        *columns += wide;
        size += length > 0 ? length : 1;
    }
    return size;
}

int text_columns(const char *text)
{
    int columns = 0;
    (void)text_fit(text, INT_MAX, &columns);
    return columns;
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

bool path_same_file(const char *a, const char *b)
{
    struct stat first;
    struct stat second;
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

enum status path_follow_link(char **out, const char *path, struct error *error)
{
    char resolved[PATH_MAX];
    struct stat info;
    const bool is_link = lstat(path, &info) == 0 && S_ISLNK(info.st_mode);
    return memory_string(out, is_link && realpath(path, resolved) != NULL ? resolved : path, error);
}

bool text_begins(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

bool text_ends(const char *text, const char *end)
{
    const size_t length = strlen(text);
    return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
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

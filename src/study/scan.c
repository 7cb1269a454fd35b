#include "study/scan.h"

#include "core/memory.h"
#include "core/text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Open brackets, and the keys so far in each of them; files so far, the first one included. */
struct groups {
    int depth;
    int keys[SCAN_MAX_NESTING + 1];
    int n_files;
};

struct scanner {
    const char *path;
    const char *directory;
    const char *begin;
    const char *position;
    const char *end;
    const char *copied; /* what stands before is in the source */
    int line;
    int includes; /* how many files deep */
    struct study_text *source;
    struct groups *groups;
    struct error *error;
};

static const char INCLUDE[] = "@include";
static const char INCLUDE_FORM[] =
    "@include needs a file name in quotes on the same line, and nothing before it";

static enum status scan_file(const struct scanner *outer, const char *path, const char *text,
                             size_t size);

static enum status scan_error(const struct scanner *scanner, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static enum status scan_error(const struct scanner *scanner, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)error_set_list(scanner->error, STATUS_INPUT, format, arguments);
    va_end(arguments);
    return error_prefix(scanner->error, STATUS_INPUT, "%s:%d", scanner->path, scanner->line);
}

static bool starts_with(const struct scanner *scanner, const char *text)
{
    const size_t length = strlen(text);
    return (size_t)(scanner->end - scanner->position) >= length &&
           memcmp(scanner->position, text, length) == 0;
}

static enum status skip_comment(struct scanner *scanner)
{
    const int first_line = scanner->line;
    scanner->position += 2;
    while (!starts_with(scanner, "*/")) {
        if (scanner->position >= scanner->end) {
            scanner->line = first_line;
            return scan_error(scanner, "comment begins here and never ends, expected */");
        }
        scanner->line += *scanner->position == '\n';
        scanner->position++;
    }
    scanner->position += 2;
    return STATUS_OK;
}

static enum status skip_string(struct scanner *scanner)
{
    const int first_line = scanner->line;
    scanner->position++;
    while (scanner->position < scanner->end && *scanner->position != '"') {
        if (starts_with(scanner, "\\x00")) {
            return scan_error(scanner, "string contains \\x00, expected text");
        }
        scanner->line += *scanner->position == '\n';
        scanner->position += *scanner->position == '\\' ? 2 : 1;
    }
    if (scanner->position >= scanner->end) {
        scanner->line = first_line;
        return scan_error(scanner, "string begins here and never ends, expected \"");
    }
    scanner->position++;
    return STATUS_OK;
}

static size_t blank_length(const char *text, const char *end)
{
    size_t length = 0;
    while (text + length < end && (text[length] == ' ' || text[length] == '\t')) {
        length++;
    }
    return length;
}

/* A token that begins with a digit, a point or a sign, copied for strtod and strtoll. */
static enum status check_number(struct scanner *scanner)
{
    char text[80] = "";
    const char *digits = text;
    size_t length = 0;
    bool is_hex = false;
    bool is_long = false;
    for (; scanner->position < scanner->end && length + 1 < sizeof text; scanner->position++) {
        const char c = *scanner->position;
        const bool is_sign = (c == '+' || c == '-') &&
                             (length == 0 || (!is_hex && tolower(text[length - 1]) == 'e'));
        if (!isalnum((unsigned char)c) && c != '.' && !is_sign) {
            break;
        }
        text[length++] = c;
        digits = text + strspn(text, "+-");
        is_hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
    }
    while (length > 0 && text[length - 1] == 'L') {
        is_long = true;
        text[--length] = '\0';
    }
    if (length + 1 >= sizeof text) {
        return scan_error(scanner, "number is too long");
    }
    if (!is_hex && strpbrk(text, ".eE") != NULL) {
        return isinf(strtod(text, NULL)) ? scan_error(scanner, "number %s is out of range", text)
                                         : STATUS_OK;
    }
    if (!is_hex && digits[0] == '0' && digits[1] != '\0') {
        return scan_error(scanner, "integer %s has leading zeros, expected it without them", text);
    }
    errno = 0;
    const long long value = strtoll(text, NULL, 0);
    if (errno == ERANGE) {
        return scan_error(scanner, "integer %s is out of range, expected at most %" PRId64, text,
                          INT64_MAX);
    }
    return is_long || (value <= INT32_MAX && value >= INT32_MIN)
               ? STATUS_OK
               : scan_error(scanner, "integer %s does not fit 32 bits, expected the suffix L: %sL",
                            text, text);
}

static enum status read_file(const char *path, char **text, size_t *size, struct error *error)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        return error_set(error, STATUS_INPUT, "%s: %s", path, strerror(errno));
    }
    if (!S_ISREG(info.st_mode)) {
        return error_set(error, STATUS_INPUT, "%s: not a regular file", path);
    }
    if (info.st_size > SCAN_MAX_BYTES) {
        return error_set(error, STATUS_INPUT, "%s: %lld bytes, expected at most %d", path,
                         (long long)info.st_size, SCAN_MAX_BYTES);
    }
    FILE *const stream = fopen(path, "rb");
    if (stream == NULL) {
        return error_set(error, STATUS_INPUT, "%s: %s", path, strerror(errno));
    }
    const enum status status = memory_array(text, (size_t)info.st_size + 1, 1, error);
    if (status == STATUS_OK) {
        *size = fread(*text, 1, (size_t)info.st_size, stream);
    }
    (void)fclose(stream);
    return status;
}

/* What was scanned since the last include goes to the source; it always ends a line there. */
static enum status copy_scanned(struct scanner *scanner)
{
    struct study_text *const source = scanner->source;
    const size_t size = (size_t)(scanner->position - scanner->copied);
    if (source->size + size >= SCAN_MAX_BYTES) {
        return error_set(scanner->error, STATUS_INPUT,
                         "%s: with the files it includes more than %d bytes long",
                         source->parts[0].file, SCAN_MAX_BYTES);
    }
    TRY(source_append(source, scanner->copied, size, scanner->error));
    scanner->copied = scanner->position;
    return source->size > 0 && source->text[source->size - 1] != '\n'
               ? source_append(source, "\n", 1, scanner->error)
               : STATUS_OK;
}

/* The name in quotes, in which \" and \\ stand for themselves, as in libconfig. */
static enum status read_include_name(struct scanner *scanner, char *name, size_t size)
{
    size_t length = 0;
    scanner->position += strlen(INCLUDE);
    scanner->position += blank_length(scanner->position, scanner->end);
    if (!starts_with(scanner, "\"")) {
        return scan_error(scanner, "%s", INCLUDE_FORM);
    }
    for (scanner->position++; !starts_with(scanner, "\""); scanner->position++) {
        const bool escaped = starts_with(scanner, "\\\"") || starts_with(scanner, "\\\\");
        scanner->position += escaped;
        if (scanner->position >= scanner->end || *scanner->position == '\n' || length + 1 >= size) {
            return scan_error(scanner, "%s", INCLUDE_FORM);
        }
        if (*scanner->position == '\\' && !escaped) {
            return scan_error(scanner, "@include has a single \\, expected / or \\\\");
        }
        name[length++] = *scanner->position;
    }
    name[length] = '\0';
    scanner->position++;
    return STATUS_OK;
}

/* What @include names takes its place in the source: libconfig opens no file. */
static enum status take_include(struct scanner *scanner)
{
    char name[4096];
    char *path = NULL;
    char *text = NULL;
    size_t size = 0;
    const char *start = scanner->position;
    while (start > scanner->begin && (start[-1] == ' ' || start[-1] == '\t')) {
        start--;
    }
    /* Only blanks before it on its line, blanks after it: elsewhere it is a syntax error. */
    if (!starts_with(scanner, INCLUDE) || (start > scanner->begin && start[-1] != '\n') ||
        blank_length(scanner->position + strlen(INCLUDE), scanner->end) == 0) {
        return scan_error(scanner, "%s", INCLUDE_FORM);
    }
    TRY(copy_scanned(scanner));
    TRY(read_include_name(scanner, name, sizeof name));
    if (scanner->includes >= SCAN_MAX_INCLUDES) {
        return scan_error(scanner, "@include nests more than 10 files deep");
    }
    if (scanner->groups->n_files > SCAN_MAX_FILES) {
        return scan_error(scanner, "more than %d files are included", SCAN_MAX_FILES);
    }
    TRY(path_join(&path, scanner->directory, name, scanner->error));
    enum status status = read_file(path, &text, &size, scanner->error);
    if (status != STATUS_OK) {
        status =
            error_prefix(scanner->error, status, "%s:%d: @include", scanner->path, scanner->line);
    } else {
        status = scan_file(scanner, path, text, size);
    }
    free(text);
    free(path);
    TRY(status);
    scanner->copied = scanner->position;
    return source_begin_part(scanner->source, scanner->path, scanner->line, scanner->error);
}

static enum status scan_token(struct scanner *scanner)
{
    const char c = *scanner->position;
    const char *const end = scanner->end;
    struct groups *const groups = scanner->groups;
    const char next = *(scanner->position + 1 < end ? scanner->position + 1 : "");
    const bool begins_number =
        isdigit((unsigned char)c) ||
        ((c == '.' || c == '+' || c == '-') && (isdigit((unsigned char)next) || next == '.'));
    if (c == '#' || (c == '/' && next == '/')) {
        while (scanner->position < end && *scanner->position != '\n') {
            scanner->position++;
        }
    } else if (c == '/' && next == '*') {
        return skip_comment(scanner);
    } else if (c == '"') {
        return skip_string(scanner);
    } else if (c == '@') {
        return take_include(scanner);
    } else if (strchr("()[]{}", c) != NULL) {
        scanner->position++;
        if (strchr("([{", c) == NULL) {
            groups->depth -= groups->depth > 0; /* one too many is libconfig's to refuse */
        } else if (groups->depth == SCAN_MAX_NESTING) {
            return scan_error(scanner, "brackets are nested more than 64 deep");
        } else {
            groups->keys[++groups->depth] = 0;
        }
    } else if (begins_number) {
        return check_number(scanner);
    } else if (isalpha((unsigned char)c) || c == '*') {
        scanner->position++;
        while (scanner->position < end && (isalnum((unsigned char)*scanner->position) ||
                                           strchr("_-*", *scanner->position) != NULL)) {
            scanner->position++;
        }
    } else {
        scanner->line += c == '\n';
        scanner->position++;
        if ((c == '=' || c == ':') && ++groups->keys[groups->depth] > SCAN_MAX_KEYS) {
            return scan_error(scanner, "more than 100 keys in one group");
        }
    }
    return STATUS_OK;
}

/* One file, from its first line to its last, into the source of the outer one. */
static enum status scan_file(const struct scanner *outer, const char *path, const char *text,
                             size_t size)
{
    struct scanner scanner = *outer;
    scanner.path = path;
    scanner.begin = scanner.position = scanner.copied = text;
    scanner.end = text + size;
    scanner.line = 1;
    scanner.includes++;
    scanner.groups->n_files++;
    TRY(source_begin_part(scanner.source, path, 1, scanner.error));
    if (starts_with(&scanner, "\xef\xbb\xbf")) {
        return scan_error(&scanner, "file begins with a byte order mark, expected plain UTF-8");
    }
    if (starts_with(&scanner, "\x89HDF\r\n\x1a\n")) {
        return scan_error(&scanner,
                          "an HDF5 file, expected a study: a text that says what to sweep, "
                          "such as models = ( { file = \"lab/*.h5\"; } );");
    }
    /* libconfig reads up to the first NUL, and comments and strings may hold one too. */
    const char *const nul = size > 0 ? memchr(text, '\0', size) : NULL;
    if (nul != NULL) {
        for (const char *c = text; c < nul; c++) {
            scanner.line += *c == '\n';
        }
        return scan_error(&scanner, "file contains a NUL byte, expected text");
    }
    while (scanner.position < scanner.end) {
        TRY(scan_token(&scanner));
    }
    return copy_scanned(&scanner);
}

enum status scan_text(const char *path, const char *directory, const char *text, size_t size,
                      struct study_text *source, struct error *error)
{
    struct groups groups = {0};
    const struct scanner outer = {.directory = directory,
                                  .includes = -1,
                                  .source = source,
                                  .groups = &groups,
                                  .error = error};
    *source = (struct study_text){0};
    const enum status status = scan_file(&outer, path, text, size);
    if (status != STATUS_OK) {
        source_release(source);
    }
    return status;
}

enum status scan_study(const char *path, const char *directory, struct study_text *source,
                       struct error *error)
{
    char *text = NULL;
    size_t size = 0;
    TRY(read_file(path, &text, &size, error));
    const enum status status = scan_text(path, directory, text, size, source, error);
    free(text);
    return status;
}

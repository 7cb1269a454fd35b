#include "study/scan.h"

#include "core/memory.h"
#include "core/text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct scanner {
    const char *path;
    const char *directory;
    const char *position;
    const char *end;
    int line;
    int nesting;
    int includes; /* how many files deep */
    struct error *error;
};

static enum status scan_all(struct scanner *scanner);

static enum status scan_error(const struct scanner *scanner, const char *what)
{
    return error_set(scanner->error, STATUS_INPUT, "%s:%d: %s", scanner->path, scanner->line, what);
}

static bool starts_with(const struct scanner *scanner, const char *text)
{
    const size_t length = strlen(text);
    return (size_t)(scanner->end - scanner->position) >= length &&
           memcmp(scanner->position, text, length) == 0;
}

static void skip_line(struct scanner *scanner)
{
    while (scanner->position < scanner->end && *scanner->position != '\n') {
        scanner->position++;
    }
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

static bool is_word_character(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '*';
}

/* A token that begins with a digit, a point or a sign, copied for strtod and strtoll. */
struct number {
    char text[80];
    bool is_float;
    bool is_hex;
    bool is_long;
};

static bool read_number(struct scanner *scanner, struct number *number)
{
    size_t length = 0;
    *number = (struct number){0};
    while (scanner->position < scanner->end && length + 1 < sizeof number->text) {
        const char c = *scanner->position;
        const bool is_sign =
            (c == '+' || c == '-') &&
            (length == 0 || (!number->is_hex && tolower(number->text[length - 1]) == 'e'));
        if (!isalnum((unsigned char)c) && c != '.' && !is_sign) {
            break;
        }
        number->text[length++] = c;
        const char *const digits = number->text + strspn(number->text, "+-");
        number->is_hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
        scanner->position++;
    }
    while (length > 0 && number->text[length - 1] == 'L') {
        number->is_long = true;
        number->text[--length] = '\0';
    }
    number->is_float = !number->is_hex && strpbrk(number->text, ".eE") != NULL;
    return length + 1 < sizeof number->text;
}

static enum status check_integer(const struct scanner *scanner, const struct number *number)
{
    const char *const digits = number->text + strspn(number->text, "+-");
    if (!number->is_hex && digits[0] == '0' && digits[1] != '\0') {
        return error_set(scanner->error, STATUS_INPUT,
                         "%s:%d: integer %s has leading zeros, expected it without them",
                         scanner->path, scanner->line, number->text);
    }
    errno = 0;
    const long long value = strtoll(number->text, NULL, 0);
    if (errno == ERANGE) {
        return error_set(scanner->error, STATUS_INPUT,
                         "%s:%d: integer %s is out of range, expected at most %" PRId64,
                         scanner->path, scanner->line, number->text, INT64_MAX);
    }
    if (!number->is_long && (value > INT32_MAX || value < INT32_MIN)) {
        return error_set(scanner->error, STATUS_INPUT,
                         "%s:%d: integer %s does not fit 32 bits, expected the suffix L: %sL",
                         scanner->path, scanner->line, number->text, number->text);
    }
    return STATUS_OK;
}

static enum status check_number(struct scanner *scanner)
{
    struct number number;
    if (!read_number(scanner, &number)) {
        return scan_error(scanner, "number is too long");
    }
    if (!number.is_float) {
        return check_integer(scanner, &number);
    }
    if (isinf(strtod(number.text, NULL))) {
        return error_set(scanner->error, STATUS_INPUT, "%s:%d: number %s is out of range",
                         scanner->path, scanner->line, number.text);
    }
    return STATUS_OK;
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

static enum status scan_included(const struct scanner *outer, const char *path)
{
    char *text = NULL;
    struct scanner inner = *outer;
    size_t size = 0;
    const enum status read = read_file(path, &text, &size, outer->error);
    if (read != STATUS_OK) {
        return error_prefix(outer->error, read, "%s:%d: @include", outer->path, outer->line);
    }
    inner.path = path;
    inner.position = text;
    inner.end = text + size;
    inner.line = 1;
    inner.includes++;
    const enum status status = scan_all(&inner);
    free(text);
    return status;
}

/* @include "file" at the start of a line; libconfig resolves it the same way. */
static enum status check_include(struct scanner *scanner)
{
    char name[4096];
    const char *const quote =
        memchr(scanner->position, '"', (size_t)(scanner->end - scanner->position));
    const char *const line_end =
        memchr(scanner->position, '\n', (size_t)(scanner->end - scanner->position));
    const char *const limit = line_end != NULL ? line_end : scanner->end;
    const char *const close =
        quote != NULL && quote < limit ? memchr(quote + 1, '"', (size_t)(limit - quote - 1)) : NULL;
    if (close == NULL || (size_t)(close - quote) > sizeof name) {
        return scan_error(scanner, "@include needs a file name in quotes on the same line");
    }
    if (scanner->includes >= SCAN_MAX_INCLUDES) {
        return scan_error(scanner, "@include nests more than 10 files deep");
    }
    memcpy(name, quote + 1, (size_t)(close - quote - 1));
    name[close - quote - 1] = '\0';
    char *path = NULL;
    TRY(path_join(&path, scanner->directory, name, scanner->error));
    const enum status status = scan_included(scanner, path);
    free(path);
    skip_line(scanner);
    return status;
}

static enum status check_bracket(struct scanner *scanner, char c)
{
    scanner->nesting += strchr("([{", c) != NULL ? 1 : -1;
    scanner->position++;
    return scanner->nesting > SCAN_MAX_NESTING
               ? scan_error(scanner, "brackets are nested more than 64 deep")
               : STATUS_OK;
}

static bool begins_number(const struct scanner *scanner)
{
    const char c = *scanner->position;
    const bool has_next = scanner->position + 1 < scanner->end;
    const char *const next = has_next ? scanner->position + 1 : "";
    return isdigit((unsigned char)c) ||
           ((c == '.' || c == '+' || c == '-') && (isdigit((unsigned char)*next) || *next == '.'));
}

static enum status scan_token(struct scanner *scanner)
{
    const char c = *scanner->position;
    if (c == '\0') {
        return scan_error(scanner, "file contains a NUL byte, expected text");
    }
    if (c == '#' || starts_with(scanner, "//")) {
        skip_line(scanner);
    } else if (starts_with(scanner, "/*")) {
        return skip_comment(scanner);
    } else if (c == '"') {
        return skip_string(scanner);
    } else if (starts_with(scanner, "@include")) {
        return check_include(scanner);
    } else if (strchr("()[]{}", c) != NULL) {
        return check_bracket(scanner, c);
    } else if (begins_number(scanner)) {
        return check_number(scanner);
    } else if (is_word_character(c)) {
        while (scanner->position < scanner->end && is_word_character(*scanner->position)) {
            scanner->position++;
        }
    } else {
        scanner->line += c == '\n';
        scanner->position++;
    }
    return STATUS_OK;
}

static enum status scan_all(struct scanner *scanner)
{
    if (starts_with(scanner, "\xef\xbb\xbf")) {
        return scan_error(scanner, "file begins with a byte order mark, expected plain UTF-8");
    }
    while (scanner->position < scanner->end) {
        TRY(scan_token(scanner));
    }
    return STATUS_OK;
}

enum status scan_text(const char *path, const char *directory, const char *text, size_t size,
                      struct error *error)
{
    struct scanner scanner = {.path = path,
                              .directory = directory,
                              .position = text,
                              .end = text + size,
                              .line = 1,
                              .error = error};
    return scan_all(&scanner);
}

enum status scan_study(const char *path, const char *directory, char **text, struct error *error)
{
    size_t size = 0;
    *text = NULL;
    TRY(read_file(path, text, &size, error));
    const enum status status = scan_text(path, directory, *text, size, error);
    if (status != STATUS_OK) {
        free(*text);
        *text = NULL;
    }
    return status;
}

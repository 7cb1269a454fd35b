#include "core/foreign_file.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINK_SIZE = 1024 };

static const char LFS[] = "a Git LFS pointer, the file itself is not here: run git lfs pull";
static const char ANNEX[] = "a git-annex pointer, the file itself is not here: run git annex get";
static const char PICTURE[] = "a picture, expected weights";
static const char CHECKPOINT[] =
    "part of a TensorFlow checkpoint: read it with tf.train.load_checkpoint and save the arrays "
    "with numpy.savez";
static const char ONNX[] =
    "an ONNX model, which is a graph: save the weights of the model that it was made from, with "
    "safetensors or numpy.savez";

#define MAGIC(place, text, what)                                                                   \
    {                                                                                              \
        .offset = (place), .size = sizeof(text) - 1, .bytes = (text), .advice = (what)             \
    }

/* Told by bytes at a place of the file. */
static const struct magic {
    size_t offset;
    size_t size;
    const char *bytes;
    const char *advice;
} MAGICS[] = {
    MAGIC(0, "version https://git-lfs.", LFS),
    MAGIC(0, "version http://git-media.", LFS), /* what it was called before */
    MAGIC(0, "version https://hawser.", LFS),
    MAGIC(0, "PK\5\6", "a zip archive with nothing in it"),
    MAGIC(0, "\x93NUMPY", "a .npy file holds one array: save all of them with numpy.savez"),
    MAGIC(4, "TFL3",
          "a TensorFlow Lite model: save the weights of the model that it was made from"),
    MAGIC(0, "GGUF", "a GGUF model: save the weights of the model that it was made from"),
    MAGIC(0, "\x1f\x8b", "compressed by gzip: unpack it first"),
    MAGIC(0, "BZh", "compressed by bzip2: unpack it first"),
    MAGIC(0, "\xfd\x37zXZ", "compressed by xz: unpack it first"),
    MAGIC(0, "\x28\xb5\x2f\xfd", "compressed by zstd: unpack it first"),
    MAGIC(0, "7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it first"),
    MAGIC(0, "Rar!", "a rar archive: unpack it first"),
    MAGIC(257, "ustar", "a tar archive: unpack it first, and name the file of weights in it"),
    MAGIC(0, "%PDF", "a PDF document, expected weights"),
    MAGIC(0, "\x89PNG", PICTURE),
    MAGIC(0, "\xff\xd8\xff", PICTURE),
    MAGIC(0, "PAR1", "a Parquet table: save the arrays with numpy.savez"),
    MAGIC(0, "ARROW1", "an Arrow table: save the arrays with numpy.savez"),
    MAGIC(0, "CDF", "netCDF of the classic format: save it as netCDF-4, which is HDF5"),
    MAGIC(0, "\x0e\x03\x13\x01", "an HDF4 file: convert it to HDF5"),
    MAGIC(0, "MATLAB 5.0 MAT-file", "a MATLAB file of version 5 to 7: save it with '-v7.3'"),
};

/* Told by a part of the name alone: their bytes say little. */
static const struct {
    const char *part;
    const char *advice;
} NAMES[] = {
    {".onnx", ONNX},
    {".pb", "a TensorFlow graph: save the model's weights with numpy.savez"},
    {".index", CHECKPOINT},
    {".meta", CHECKPOINT},
    {".data-0000", CHECKPOINT},
};

/* ---- text ---- */

/* Upper and lower case are the same; `head` need not end with a NUL. */
static bool contains(const unsigned char *head, size_t size, const char *word)
{
    const size_t length = strlen(word);
    for (size_t i = 0; length <= size && i <= size - length; i++) {
        if (strncasecmp((const char *)head + i, word, length) == 0) {
            return true;
        }
    }
    return false;
}

/* Any 8-bit text: no control characters but those of lines, in the beginning of the file at least.
 */
bool foreign_is_text(const unsigned char *head, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (head[i] == 0x7f ||
            (head[i] < 0x20 && (head[i] == 0 || strchr("\t\n\r\f\v", head[i]) == NULL))) {
            return false;
        }
    }
    return true;
}

/* A first line of numbers, or with what separates columns. */
static bool is_table(const unsigned char *head, size_t size)
{
    bool separators = false;
    bool numbers = size > 0;
    for (size_t i = 0; i < size && head[i] != '\n'; i++) {
        separators = separators || head[i] == ',' || head[i] == '\t';
        numbers = numbers && (isdigit(head[i]) != 0 || strchr("+-.eE; \r", head[i]) != NULL);
    }
    return separators || numbers;
}

static bool begins(const unsigned char *head, size_t size, const char *word)
{
    const size_t length = strlen(word);
    return size >= length && strncasecmp((const char *)head, word, length) == 0;
}

static const char *json_advice(const unsigned char *head, size_t size)
{
    return contains(head, size, "\"weight_map\"") || contains(head, size, "\"total_size\"")
               ? "the index of weights in several files (JSON): import the .safetensors file that "
                 "it names for the recurrent layer, or save all of them as one"
               : "a JSON text, expected arrays: save them with numpy.savez";
}

static const char *text_advice(const unsigned char *head, size_t size)
{
    static const unsigned char MARK[] = {0xef, 0xbb, 0xbf}; /* of UTF-8 */
    if (size > sizeof MARK && memcmp(head, MARK, sizeof MARK) == 0) {
        head += sizeof MARK;
        size -= sizeof MARK;
    }
    while (size > 0 && isspace(*head) != 0) {
        head++;
        size--;
    }
    if (begins(head, size, "<?xml")) {
        return "an XML document, perhaps the error message of a download: fetch the file again";
    }
    if (begins(head, size, "<!doctype") || begins(head, size, "<html") ||
        contains(head, size, "<head") || begins(head, size, "<!--")) {
        return "a web page (HTML), not the file behind it: download the raw file";
    }
    if (contains(head, size, "annex/objects/") || contains(head, size, "annex\\objects\\")) {
        return ANNEX;
    }
    if (begins(head, size, "{") || begins(head, size, "[")) {
        return json_advice(head, size);
    }
    return is_table(head, size) ? "a text with numbers (CSV?), expected named arrays: read it with "
                                  "numpy.loadtxt and save the arrays with numpy.savez"
                                : NULL;
}

/* ---- other kinds ---- */

/* Version of the format, then the name of the program that made it (or model version, or graph). */
static bool is_onnx(const unsigned char *head, size_t size)
{
    return size > 4 && head[0] == 0x08 && head[1] >= 1 && head[1] <= 32 &&
           (head[2] == 0x12 || head[2] == 0x1a || head[2] == 0x22 || head[2] == 0x28 ||
            head[2] == 0x3a);
}

static bool is_zeros(const unsigned char *head, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (head[i] != 0) {
            return false;
        }
    }
    return true;
}

const char *foreign_file_advice(const char *path, const unsigned char *head, size_t size)
{
    if (size == 0) {
        return "an empty file (0 bytes): was the save or the download interrupted?";
    }
    for (size_t i = 0; i < sizeof MAGICS / sizeof MAGICS[0]; i++) {
        const struct magic *const magic = &MAGICS[i];
        if (size >= magic->offset + magic->size &&
            memcmp(head + magic->offset, magic->bytes, magic->size) == 0) {
            return magic->advice;
        }
    }
    if (foreign_is_text(head, size)) {
        return text_advice(head, size);
    }
    if (is_onnx(head, size)) {
        return ONNX;
    }
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        const char *const found = strcasestr(path, NAMES[i].part);
        if (found != NULL && strpbrk(found, "/") == NULL) {
            return NAMES[i].advice;
        }
    }
    return is_zeros(head, size)
               ? "nothing but zeros where it begins: was the save or the download interrupted?"
               : NULL;
}

const char *foreign_path_advice(const char *path)
{
    char target[LINK_SIZE];
    struct stat info;
    if (stat(path, &info) == 0) {
        return S_ISDIR(info.st_mode)
                   ? "a folder, not a regular file: name the file of weights in it"
                   : NULL;
    }
    const ssize_t length = readlink(path, target, sizeof target);
    return length > 0 && contains((const unsigned char *)target, (size_t)length, "annex/objects/")
               ? ANNEX
               : NULL;
}

const char *foreign_content_advice(const char *path)
{
    unsigned char head[FOREIGN_HEAD_SIZE];
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode)) {
        return NULL;
    }
    if (info.st_size == 0) { /* to read it could wait: some of the kernel's own are endless */
        return foreign_file_advice(path, head, 0);
    }
    FILE *const stream = fopen(path, "rb");
    if (stream == NULL) {
        return NULL;
    }
    const size_t size = fread(head, 1, sizeof head, stream);
    const bool good = ferror(stream) == 0;
    (void)fclose(stream);
    return good ? foreign_file_advice(path, head, size) : NULL;
}

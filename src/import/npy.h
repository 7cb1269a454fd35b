/* The header of a .npy array, versions 1 to 3. */
#pragma once

#include "import/elements.h"

enum { NPY_MAX_RANK = 32, NPY_MAX_HEADER = 65536 };

enum npy_content {
    NPY_NUMBERS,
    NPY_TEXT,    /* strings, padded with NUL */
    NPY_OBJECTS, /* pickled Python objects */
    NPY_OTHER    /* complex, dates, records, ... */
};

struct npy_header {
    enum npy_content content;
    struct element_type type; /* of numbers; of text, one character */
    size_t item_size;         /* bytes of one element; 0 for objects and others */
    bool fortran_order;       /* the first axis varies fastest */
    int rank;
    uint64_t dims[NPY_MAX_RANK];
    uint64_t count;     /* product of dims */
    size_t header_size; /* bytes before the data */
    char dtype[32];     /* as it stands there; "record" for a list of fields */
};

/* Reads a header from the beginning of a stream. False when it is none, or a damaged one. */
bool npy_read_header(struct npy_header *header, byte_reader *reader, void *stream);

/* The same of the text between the length field and the data: the dictionary. */
bool npy_parse_header(struct npy_header *header, const char *text, size_t length);

/* Content, type and item_size of the dtype that stands in the header. */
void npy_read_dtype(struct npy_header *header);

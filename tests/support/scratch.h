/* A directory of its own for the files of one test program, gone when the program ends. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Group set-up and tear-down for cmocka; HDF5 is quiet from then on. */
int scratch_create(void **state);
int scratch_remove(void **state);

/* Tear-down of one test: removes what is in the directory, so that every test starts in an empty
 * one. */
int scratch_clear(void **state);
#define SCRATCH_TEST(function) cmocka_unit_test_teardown(function, scratch_clear)

const char *scratch_directory(void);

/* "<directory>/<name>". Good until eight more paths were asked for. */
const char *scratch_path(const char *name);

/* Number of entries of the directory. */
int scratch_count(void);

/* Whole files. The bytes of a read are released by free(). */
unsigned char *file_read(const char *path, size_t *size);
void file_write(const char *path, const void *bytes, size_t size);
void file_write_text(const char *path, const char *text);
void file_copy(const char *from, const char *to);
bool file_exists(const char *path);

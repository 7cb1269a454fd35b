/* What people have in the place of weights without knowing it: a pointer to a file that was never
 * fetched, a web page, a model of another kind. Told by the first bytes, and by the name where
 * they do not tell. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { FOREIGN_HEAD_SIZE = 512 };

/* What a file is and what to do, as "a Git LFS pointer ...: run git lfs pull", by its first `size`
 * bytes (at most FOREIGN_HEAD_SIZE, fewer only when the file is no longer); NULL for what is not
 * known. Constant. Local. */
const char *foreign_file_advice(const char *path, const unsigned char *head, size_t size);

/* True for 8-bit text: no control characters but those of lines. */
bool foreign_is_text(const unsigned char *head, size_t size);

/* What foreign_file_advice says of a path that cannot be opened as a regular file (a folder, a link
 * of git-annex that leads nowhere), or NULL; reads no file. Local. */
const char *foreign_path_advice(const char *path);

/* foreign_file_advice of a regular file that is there: reads its first bytes. NULL also when it
 * cannot be read. Local. */
const char *foreign_content_advice(const char *path);

/* A file that exists complete or not at all: written under a temporary name in the same folder,
 * synced, then linked to its name without replacing anything. */
#pragma once

#include "core/status.h"

/* Removes what writers of a path, or of any in a folder, have left that were killed: temporary
 * files, and Open MPI's locks of those and of the files themselves; told by name, owner and
 * content, so that nothing of anybody else is. Only for who is alone to write them, by a lock say.
 * Only a lack of memory is a failure. */
MUST_CHECK enum status atomic_file_clear(const char *path, struct error *error);
MUST_CHECK enum status atomic_file_clear_folder(const char *folder, struct error *error);

/* Of a folder that others write to meanwhile: only temporary files, and of these what a process of
 * this host has left that is gone, for a minute at least. */
MUST_CHECK enum status atomic_file_clear_dead(const char *folder, struct error *error);

/* Makes a file of that path. */
typedef enum status file_writer(const char *path, void *context, struct error *error);

/* Gives `writer` the temporary name, syncs the file that it makes and gives it its name.
 * STATUS_OUTPUT_TAKEN when the name exists, else the writer's status or STATUS_IO. The temporary
 * file is gone in every case. Local. */
MUST_CHECK enum status atomic_file_write(const char *path, file_writer *writer, void *context,
                                         struct error *error);

/* The same in the place of a file of that name, which stands until the new one is complete. */
MUST_CHECK enum status atomic_file_replace(const char *path, file_writer *writer, void *context,
                                           struct error *error);

/* The same, and the file of that name gets the name `aside`, which must be free or lead to it
 * already. One of the two has the name at every moment, where the file system has hard links. */
MUST_CHECK enum status atomic_file_exchange(const char *path, const char *aside,
                                            file_writer *writer, void *context,
                                            struct error *error);

/* The two ends of it, for a file that several ranks write. */

/* "<path>.tmp.schursweep.<host>.<pid>", a name that only this process uses; what a dead process has
 * left under that name is removed. To be created as a new file, which follows no link. New string,
 * owned by the caller. */
MUST_CHECK enum status atomic_file_begin(char **temporary, const char *path, struct error *error);

/* Syncs the temporary file and gives it its name. STATUS_OUTPUT_TAKEN when the name exists. The
 * temporary file is gone in every case. */
MUST_CHECK enum status atomic_file_finish(const char *temporary, const char *path,
                                          struct error *error);

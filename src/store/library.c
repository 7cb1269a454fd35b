#include "store/library.h"

#include <hdf5.h>
#include <malloc.h>
#include <stdio.h>

/* HDF5 clears a megabyte for each file that it opens. It stays with the library, or else with the
 * process: pages given back and taken anew cost more than all else in opening a model file. */
enum { MAPPED_FROM = 8 << 20, KEPT = 64 << 20 };

void store_begin(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, MAPPED_FROM);
    (void)mallopt(M_TRIM_THRESHOLD, KEPT);
    /* Before any other call of the library: its own clean-up at exit crashes after a file could not
     * be closed, as on a full disk. */
    (void)H5dont_atexit();
    (void)H5set_free_list_limits(KEPT, KEPT, KEPT, KEPT, KEPT, KEPT);
    (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

void store_library_version(char *text, size_t size)
{
    unsigned major = 0;
    unsigned minor = 0;
    unsigned release = 0;
    (void)H5get_libversion(&major, &minor, &release);
    (void)snprintf(text, size, "%u.%u.%u", major, minor, release);
}

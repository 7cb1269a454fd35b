#include "store/library.h"

#include <hdf5.h>
#include <stdio.h>

void store_begin(void)
{
    /* HDF5's own clean-up at exit crashes after a file could not be closed, as on a full disk. */
    (void)H5dont_atexit();
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

/* Do ranks that write one file side by side read what the others have written, mapped too? */
#include "cli/checks/check.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MARK = 0x5c4u };

static int mark_of(int rank)
{
    return rank * 7919 + MARK;
}

static bool is_whole(const int *marks, int n)
{
    for (int i = 0; i < n; i++) {
        if (marks[i] != mark_of(i)) {
            return false;
        }
    }
    return true;
}

/* Why the file is not what it should be, through a mapping; NULL: it is. */
static const char *look(const struct check_site *site)
{
    const size_t size = (size_t)site->n_ranks * sizeof(int);
    const int descriptor = open(site->scratch, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return strerror(errno);
    }
    const off_t length = lseek(descriptor, 0, SEEK_END);
    void *const map =
        length >= (off_t)size ? mmap(NULL, size, PROT_READ, MAP_SHARED, descriptor, 0) : MAP_FAILED;
    const char *why = length < (off_t)size ? "is too short" : strerror(errno);
    if (map != MAP_FAILED) {
        why = is_whole(map, site->n_ranks) ? NULL : "lacks what other ranks have written";
        (void)munmap(map, size);
    }
    (void)close(descriptor);
    return why;
}

static struct finding run(const struct check_site *site)
{
    MPI_File file = MPI_FILE_NULL;
    char scratch[FINDING_SIZE * 8];
    const int mark = mark_of(site->rank);
    (void)strncpy(scratch, site->scratch, sizeof scratch - 1);
    scratch[sizeof scratch - 1] = '\0';
    if (MPI_File_open(site->comm, scratch, MPI_MODE_CREATE | MPI_MODE_RDWR, MPI_INFO_NULL, &file) !=
        MPI_SUCCESS) {
        return check_found(VERDICT_FAULT, "cannot open a file through MPI-IO in %s", site->folder);
    }
    const bool good = MPI_File_write_at(file, (MPI_Offset)site->rank * (MPI_Offset)sizeof mark,
                                        &mark, 1, MPI_INT, MPI_STATUS_IGNORE) == MPI_SUCCESS &&
                      MPI_File_sync(file) == MPI_SUCCESS;
    (void)MPI_Barrier(site->comm);
    const char *const why = good ? look(site) : "cannot be written";
    (void)MPI_File_close(&file);
    (void)MPI_Barrier(site->comm);
    if (site->rank == 0) {
        (void)unlink(site->scratch);
    }
    return why == NULL
               ? check_found(VERDICT_GOOD, "side by side and mapping work in %s", site->folder)
               : check_found(VERDICT_FAULT, "a file in %s %s", site->folder, why);
}

const struct check CHECK_WRITING = {"writing", run};

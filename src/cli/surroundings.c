#include "cli/surroundings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

static const double SEGMENT = 4194304.0; /* bytes of shared memory that Open MPI takes per rank */

/* Values that stand unless the user has chosen others. */
struct setting {
    const char *name;
    const char *value;
};

static const struct setting SETTINGS[] = {
    /* The only component that neither needs shared memory nor overruns its buffer on long paths. */
    {"OMPI_MCA_sharedfp", "individual"},
    /* A process alone needs no daemon of Open MPI beside it, nor ssh to start one. */
    {"OMPI_MCA_ess_singleton_isolated", "1"},
};

/* To look for fast networks and for devices takes longer than all the rest of a start. */
static const struct setting OF_ONE_NODE[] = {
    {"OMPI_MCA_pml", "ob1"},
    {"HWLOC_COMPONENTS", "-x86,-pci,-linux:pci,-opencl,-gl"},
    {"HWLOC_PLUGINS_PATH", "/dev/null"}, /* which would bring X11, OpenCL and libxml2 */
};

/* Limits below which MPI_Init has been seen to hang, crash or print pages. */
static const struct {
    int resource;
    rlim_t least;
    const char *name;
    const char *advice;
} LIMITS[] = {
    {RLIMIT_NOFILE, 64, "open files", "ulimit -n 64"},
    {RLIMIT_FSIZE, 16 << 20, "the size of files in bytes", "ulimit -f 16384"},
};

/* Whether all ranks of this node find room for what they share. */
static bool has_shared_memory(void)
{
    const char *const local = getenv("OMPI_COMM_WORLD_LOCAL_SIZE");
    const double n_ranks = local != NULL ? strtod(local, NULL) : 1.0;
    struct statvfs info;
    return access("/dev/shm", W_OK) == 0 && statvfs("/dev/shm", &info) == 0 &&
           (double)info.f_bavail * (double)info.f_frsize >= SEGMENT * (n_ranks + 1.0);
}

/* Whether mpirun or srun has started no rank on another node. */
static bool is_one_node(void)
{
    const char *const n_ranks = getenv("OMPI_COMM_WORLD_SIZE");
    const char *const local = getenv("OMPI_COMM_WORLD_LOCAL_SIZE");
    if (n_ranks == NULL || local == NULL) {
        return getenv("PMIX_RANK") == NULL && getenv("PMI_RANK") == NULL;
    }
    return strcmp(n_ranks, local) == 0;
}

static void set(const struct setting *settings, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        (void)setenv(settings[i].name, settings[i].value, 0);
    }
}

void surroundings_prepare(void)
{
    set(SETTINGS, sizeof SETTINGS / sizeof SETTINGS[0]);
    if (is_one_node()) {
        set(OF_ONE_NODE, sizeof OF_ONE_NODE / sizeof OF_ONE_NODE[0]);
    }
    if (getenv("SLURM_NODELIST") != NULL) { /* alone it would be taken for a start by srun */
        const char *const job = getenv("SLURM_JOB_ID");
        (void)setenv("SLURM_JOBID", job != NULL ? job : "0", 0);
    }
    const char *const folder = getenv("TMPDIR");
    const bool is_forbidden = folder != NULL && access(folder, W_OK | X_OK) != 0;
    if (is_forbidden && access("/tmp", W_OK | X_OK) == 0) {
        (void)setenv("OMPI_MCA_orte_tmpdir_base", "/tmp", 0);
    }
    if (!has_shared_memory()) {
        (void)setenv("OMPI_MCA_btl_vader_backing_directory",
                     folder != NULL && !is_forbidden ? folder : "/tmp", 0);
    }
}

enum status surroundings_check(struct error *error)
{
    for (size_t i = 0; i < sizeof LIMITS / sizeof LIMITS[0]; i++) {
        const __rlimit_resource_t resource = (__rlimit_resource_t)LIMITS[i].resource;
        struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
        (void)getrlimit(resource, &limit);
        if (limit.rlim_cur < LIMITS[i].least && limit.rlim_cur < limit.rlim_max) {
            limit.rlim_cur = limit.rlim_max < LIMITS[i].least ? limit.rlim_max : LIMITS[i].least;
            (void)setrlimit(resource, &limit);
        }
        if (limit.rlim_cur < LIMITS[i].least) {
            return error_set(error, STATUS_IO,
                             "the limit of %s is %llu, expected %llu at least: %s", LIMITS[i].name,
                             (unsigned long long)limit.rlim_cur,
                             (unsigned long long)LIMITS[i].least, LIMITS[i].advice);
        }
    }
    return STATUS_OK;
}

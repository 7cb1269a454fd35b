/* The Schur form of a team in a file: test_keep_schur FOLDER. Leaves FOLDER/kept.h5 behind. */
#include "cases/keep_schur.h"
#include "mpi/demand.h"
#include "mpi/team_case.h"
#include "store/h5.h"
#include "store/library.h"
#include "support/matgen.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct error error;
static int rank;
static char path[512];
static const char *folder;

static int count_files(void)
{
    int count = 0;
    DIR *const directory = opendir(folder);
    DEMAND(directory != NULL);
    for (const struct dirent *entry = readdir(directory); entry != NULL;
         entry = readdir(directory)) {
        count += strstr(entry->d_name, ".h5") != NULL;
    }
    (void)closedir(directory);
    return count;
}

static void read_dataset(hid_t file, const char *name, hid_t type, void *values)
{
    const hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    DEMAND(dataset >= 0);
    DEMAND(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    (void)H5Dclose(dataset);
}

/* The file has them by rows, the form by columns. */
static void check_matrix(hid_t file, const char *name, const double *expected, int n)
{
    const size_t count = (size_t)n * (size_t)n;
    double *const found = matgen_zeros(count);
    double *const by_columns = matgen_zeros(count);
    read_dataset(file, name, H5T_NATIVE_DOUBLE, found);
    matgen_transpose(found, by_columns, n);
    DEMAND(memcmp(by_columns, expected, count * sizeof *expected) == 0);
    free(found);
    free(by_columns);
}

static void check_file(const struct schur *whole)
{
    const int n = whole->n;
    double *const values = matgen_zeros((size_t)n);
    int *const block = calloc((size_t)n, sizeof *block);
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    DEMAND(file >= 0 && block != NULL);
    check_matrix(file, "t", whole->t, n);
    check_matrix(file, "q", whole->q, n);
    read_dataset(file, "eigenvalue_re", H5T_NATIVE_DOUBLE, values);
    DEMAND(memcmp(values, whole->eigenvalue_re, (size_t)n * sizeof *values) == 0);
    read_dataset(file, "eigenvalue_im", H5T_NATIVE_DOUBLE, values);
    DEMAND(memcmp(values, whole->eigenvalue_im, (size_t)n * sizeof *values) == 0);
    read_dataset(file, "block", H5T_NATIVE_INT, block);
    for (int i = 0; i < whole->n_blocks; i++) {
        DEMAND(block[whole->blocks[i].start] == i);
        DEMAND(block[whole->blocks[i].start + whole->blocks[i].size - 1] == i);
    }
    (void)H5Fclose(file);
    free(values);
    free(block);
}

static void a_file_that_is_there_stays(const struct team_schur *schur)
{
    DEMAND(keep_schur(path, schur, "again", "test", &error) == STATUS_OUTPUT_TAKEN);
    DEMAND(shared_case_same_everywhere(error.text, strlen(error.text), MPI_COMM_WORLD));
    DEMAND(rank != 0 || count_files() == 1);
}

static void a_folder_that_is_not_there_is_an_error_of_all(const struct team_schur *schur)
{
    DEMAND(keep_schur("/nowhere/at/all.h5", schur, "m", "test", &error) == STATUS_IO);
    DEMAND(strstr(error.text, "/nowhere/at/all.h5") != NULL);
}

static void check_width(const struct process_grid *grid, int n)
{
    struct team_case team_case;
    struct team_schur schur;
    struct schur whole;
    double *const full = matgen_zeros((size_t)n * (size_t)n);
    matgen_fill(MATGEN_GAUSSIAN, 4, full, n);
    shared_case_create(&team_case, grid, full, n, 32);
    shared_case_compute(&team_case, &schur);
    shared_case_collect(&schur, &whole);
    if (rank == 0) {
        (void)unlink(path);
    }
    (void)MPI_Barrier(MPI_COMM_WORLD);
    DEMAND_OK(keep_schur(path, &schur, "gaussian", "test", &error));
    if (rank == 0) {
        check_file(&whole);
    }
    ranks_meet();
    a_file_that_is_there_stays(&schur);
    a_folder_that_is_not_there_is_an_error_of_all(&schur);
    schur_release(&whole);
    team_schur_release(&schur);
    shared_case_release(&team_case);
}

static void check_grid(const struct process_grid *grid)
{
    static const int WIDTHS[] = {1, 5, 33, 130};
    for (size_t i = 0; i < sizeof WIDTHS / sizeof WIDTHS[0]; i++) {
        check_width(grid, WIDTHS[i]);
    }
}

int main(int argc, char **argv)
{
    int size = 0;
    ranks_begin(&argc, &argv, &rank, &size);
    store_begin();
    DEMAND(argc == 2);
    folder = argv[1];
    (void)snprintf(path, sizeof path, "%s/kept.h5", folder);
    shared_case_on_all_grids(check_grid);
    (void)MPI_Finalize();
    return 0;
}

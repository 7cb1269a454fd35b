#include "support/oracle_case.h"

#include "store/h5.h"
#include "store/library.h"
#include "store/model_file.h"
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>

static const double ALPHAS[ORACLE_ALPHAS] = {0.85, 0.90, 0.95};

static struct error error;

void oracle_case_open(struct alone *alone, const char *name, const char *data_dir)
{
    char path[512];
    struct network network;
    struct trials trials;
    struct model_labels labels;
    struct experiment_settings settings = experiment_case_settings(PRECISION_FLOAT64);
    store_begin();
    (void)snprintf(path, sizeof path, "%s/%s.h5", data_dir, name);
    CHECK_OK(model_file_read(path, &network, &labels, &error));
    CHECK_OK(trials_file_read(path, &trials, &error));
    settings.grid.alphas = ALPHAS;
    settings.grid.n_alphas = ORACLE_ALPHAS;
    settings.grid.n_partitions = network.n_hidden;
    *alone = alone_begin(&settings, &EXPERIMENT_IN_MEMORY);
    CHECK_OK(alone_set_network(alone, &network, &(struct network_form){.gates = 1}, &error));
    CHECK_OK(alone_set_trials(alone, &trials, &error));
    CHECK_OK(alone_run_reference(alone, &error));
}

double *oracle_case_read(const char *name, const char *dataset, const char *data_dir, int *count)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/diagnostics/%s.h5", data_dir, name);
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    const hid_t opened = H5Dopen2(file, dataset, H5P_DEFAULT);
    const hid_t space = H5Dget_space(opened);
    *count = (int)H5Sget_simple_extent_npoints(space);
    double *const values = calloc((size_t)*count, sizeof *values);
    assert_non_null(values);
    assert_true(H5Dread(opened, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    (void)H5Sclose(space);
    (void)H5Dclose(opened);
    (void)H5Fclose(file);
    return values;
}

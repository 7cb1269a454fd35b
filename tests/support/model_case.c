#include "support/model_case.h"

#include "store/model_file.h"
#include "support/check.h"
#include "support/scratch.h"

enum { N = H5WRITE_HIDDEN };

const struct model_array MODEL_ARRAYS[MODEL_ARRAY_COUNT] = {
    {"weight_hh", 2, {N, N}}, {"weight_ih", 2, {N, H5WRITE_IN}}, {"weight_hy", 2, {H5WRITE_OUT, N}},
    {"bias_h", 1, {N, 0}},    {"bias_y", 1, {H5WRITE_OUT, 0}},   {"h0", 1, {N, 0}},
};

const char *model_case_path(void)
{
    return scratch_path("model.h5");
}

hid_t model_case_begin(void)
{
    h5write_model(model_case_path());
    return h5write_open(model_case_path());
}

void model_case_refused(hid_t file, const char *part)
{
    struct network network = {0};
    struct model_labels labels;
    struct error error;
    (void)H5Fclose(file);
    CHECK_FAILS(model_file_read(model_case_path(), &network, &labels, &error), STATUS_INPUT, part);
    assert_non_null(strstr(error.text, "/model.h5: "));
    assert_null(strchr(error.text, '\n'));
    assert_null(network.weight_hh);
    assert_int_equal(h5write_open_handles(), 0);
}

/* HDF5 files of Keras and MATLAB that the bytes put together, in an archive, behind a user block or
 * alone: a finite network, or a refusal of one line; no HDF5 object stays open. */
#include "fuzz/fuzz.h"
#include "fuzz/h5_shape.h"
#include "fuzz/import_claims.h"
#include "import/keras/config.h"
#include "support/h5write.h"
#include "support/scratch.h"
#include "support/weightfiles.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_ARRAYS = 8, MOST_TEXT = 512 };

static const char *const GROUPS[] = {"/",
                                     "layers/simple_rnn/cell/vars",
                                     "layers/dense/vars",
                                     "layers/gru/cell/vars",
                                     "model_weights/rnn/rnn/cell",
                                     "model_weights/dense/dense",
                                     "optimizer/vars",
                                     "net",
                                     "#refs#"};
static const char *const NAMES[] = {
    "0",      "1",      "2",     "3",          "kernel:0",
    "bias:0", "kernel", "bias",  "W_rec",      "W_in",
    "W_out",  "b_rec",  "alpha", "activation", "recurrent_kernel:0"};
static const char *const CLASSES[] = {"double", "single", "char",   "logical",         "int8",
                                      "cell",   "struct", "string", "function_handle", "table"};

static const char *path(void)
{
    return scratch_path("weights.h5");
}

/* ---- the file -----------------------------------------------------------------------------------
 */

static void add_text(struct fuzz_input *input, hid_t object, const char *name)
{
    char text[MOST_TEXT + 1] = "";
    size_t size = (size_t)fuzz_byte(input) * 2;
    size = size < fuzz_left(input) ? size : fuzz_left(input);
    fuzz_take(input, text, size);
    if (text[0] != '\0') {
        h5write_string(object, name, text, fuzz_below(input, 2) != 0);
    }
}

static void add_marks(struct fuzz_input *input, hid_t object)
{
    static const char *const MARKS[] = {"MATLAB_empty", "MATLAB_sparse", "MATLAB_object_decode",
                                        "nonlinearity", "alpha",         "MATLAB_class"};
    h5write_text(object, "MATLAB_class", CLASSES[fuzz_below(input, 10)]);
    if (fuzz_below(input, 4) == 0) {
        h5_shape_attribute(input, object, MARKS[fuzz_below(input, 6)]);
    }
}

static hid_t open_group(hid_t file, const char *name)
{
    const hid_t links = H5Pcreate(H5P_LINK_CREATE);
    FUZZ_DEMAND(H5Pset_create_intermediate_group(links, 1) >= 0);
    const hid_t group = H5Lexists(file, name, H5P_DEFAULT) > 0 || strcmp(name, "/") == 0
                            ? H5Gopen2(file, name, H5P_DEFAULT)
                            : H5Gcreate2(file, name, links, H5P_DEFAULT, H5P_DEFAULT);
    (void)H5Pclose(links);
    return group;
}

/* Mostly numbers of a small shape. */
static void add_array(struct fuzz_input *input, hid_t file)
{
    static const hsize_t LENGTHS[] = {1, 2, 3, 4, 12, 16};
    const char *const name = NAMES[fuzz_below(input, 15)];
    const char *const place = GROUPS[fuzz_below(input, 9)];
    const int rank = 1 + fuzz_below(input, 2);
    const hsize_t dims[2] = {LENGTHS[fuzz_below(input, 6)], LENGTHS[fuzz_below(input, 6)]};
    hid_t group = H5I_INVALID_HID;
    H5E_BEGIN_TRY
    {
        group = open_group(file, place);
    }
    H5E_END_TRY
    if (group < 0) { /* an array stands on the way */
        return;
    }
    if (fuzz_below(input, 8) == 0) {
        h5_shape_dataset(input, group, name, rank, dims);
    } else {
        h5write_array(group, name, rank, dims, H5T_IEEE_F32LE, NULL);
    }
    if (fuzz_below(input, 3) == 0 && H5Lexists(group, name, H5P_DEFAULT) > 0) {
        const hid_t object = H5Oopen(group, name, H5P_DEFAULT);
        if (object >= 0) {
            add_marks(input, object);
            (void)H5Oclose(object);
        }
    }
    (void)H5Gclose(group);
}

static void build(struct fuzz_input *input)
{
    const hid_t file = h5write_create(path());
    const int count = fuzz_below(input, MOST_ARRAYS + 1);
    for (int i = 0; i < count; i++) {
        add_array(input, file);
        (void)H5Eclear2(H5E_DEFAULT);
    }
    if (fuzz_below(input, 2) != 0) {
        add_text(input, file, KERAS_CONFIG);
    }
    FUZZ_DEMAND(H5Fclose(file) >= 0);
}

/* ---- what stands around it ----------------------------------------------------------------------
 */

static void wrap_in_archive(struct fuzz_input *input, const struct bytes *image)
{
    struct zip_maker zip = {0};
    struct bytes config = {0};
    const size_t left = fuzz_left(input);
    bytes_add(&config, left > 0 ? input->bytes + input->position : NULL, left);
    zip_maker_add(&zip, "config.json", &config, ZIP_STORED);
    zip_maker_add(&zip, "model.weights.h5", image, left % 2 != 0 ? ZIP_DEFLATED : ZIP_STORED);
    zip_maker_finish(&zip);
    bytes_write(&zip.file, path());
    bytes_release(&zip.file);
    bytes_release(&config);
}

static void wrap_in_user_block(const struct bytes *image)
{
    char head[512] = "MATLAB 7.3 MAT-file";
    struct bytes file = {0};
    memcpy(head + 124, "\0\2IM", 4);
    bytes_add(&file, head, sizeof head);
    bytes_add(&file, image->data, image->size);
    bytes_write(&file, path());
    bytes_release(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static int open_before = -1;
    struct fuzz_input input = {.bytes = bytes, .size = size};
    struct bytes image = {0};
    fuzz_scratch();
    h5_shape_keep_memory();
    open_before = open_before < 0 ? h5write_open_handles() : open_before;
    const int kind = fuzz_below(&input, 3);
    build(&input);
    if (kind > 0) {
        image.data = file_read(path(), &image.size);
    }
    if (kind == 1) {
        wrap_in_archive(&input, &image);
    } else if (kind == 2) {
        wrap_in_user_block(&image);
    }
    bytes_release(&image);
    claim_table(path());
    claim_import(path());
    FUZZ_DEMAND(h5write_open_handles() == open_before);
    return 0;
}

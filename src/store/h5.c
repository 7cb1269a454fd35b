#include "store/h5.h"

#include "core/foreign_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A failed write tells times, addresses and sizes too; the system's words in it are enough. */
static herr_t keep_innermost(unsigned depth, const H5E_error2_t *entry, void *data)
{
    static const char prefix[] = "error message = '";
    char *const reason = data;
    if (depth != 0 || entry->desc == NULL) {
        return 0;
    }
    const char *const quoted = strstr(entry->desc, prefix);
    const char *const text = quoted != NULL ? quoted + sizeof prefix - 1 : entry->desc;
    const size_t length = quoted != NULL ? strcspn(text, "'") : strlen(text);
    (void)snprintf(reason, ERROR_TEXT_SIZE / 2, "%.*s", (int)length, text);
    return 0;
}

enum status h5_error(struct error *error, enum status status, const char *path, const char *what)
{
    char reason[ERROR_TEXT_SIZE / 2] = "no reason given by HDF5";
    (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, reason);
    (void)H5Eclear2(H5E_DEFAULT);
    return error_set(error, status, "%s: %s: %s", path, what, reason);
}

/* HDF5 marks a file that is open for writing, and finds the mark when its writer has died. */
static bool is_open_elsewhere(void)
{
    char reason[ERROR_TEXT_SIZE / 2] = "";
    (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, reason);
    return strstr(reason, "already open for") != NULL;
}

static enum status open_elsewhere(const char *path, enum status bad_status, struct error *error)
{
    (void)H5Eclear2(H5E_DEFAULT);
    return error_set(error, bad_status == STATUS_DAMAGED ? STATUS_OUTPUT_TAKEN : bad_status,
                     "%s: open for writing in another program, which must close it first; if that "
                     "one has died: h5clear -s %s",
                     path, path);
}

bool h5_has_signature(const char *path)
{
    static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    static const off_t smallest_user_block = 512;
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode)) {
        return false; /* opening a pipe would wait for its writer */
    }
    FILE *const stream = fopen(path, "rb");
    bool found = false;
    for (off_t at = 0; stream != NULL && !found && at < info.st_size;
         at = at == 0 ? smallest_user_block : 2 * at) {
        unsigned char bytes[sizeof signature] = {0};
        found = fseeko(stream, at, SEEK_SET) == 0 &&
                fread(bytes, 1, sizeof bytes, stream) == sizeof bytes &&
                memcmp(bytes, signature, sizeof bytes) == 0;
    }
    if (stream != NULL) {
        (void)fclose(stream);
    }
    return found;
}

/* With what it is instead, where that is known; a file that may not be read is neither. */
static enum status not_hdf5(const char *path, enum status bad_status, struct error *error)
{
    const char *const advice = foreign_content_advice(path);
    (void)H5Eclear2(H5E_DEFAULT);
    if (access(path, R_OK) != 0) {
        return error_set(error, bad_status, "%s: %s", path, strerror(errno));
    }
    if (advice != NULL) {
        return error_set(error, bad_status, "%s: not an HDF5 file but %s", path, advice);
    }
    return error_set(error, bad_status, "%s: not an HDF5 file%s", path,
                     bad_status == STATUS_INPUT
                         ? " (schursweep import makes a model file of other formats)"
                         : "");
}

enum status h5_open_input(const char *path, hid_t *file, enum status bad_status,
                          struct error *error)
{
    struct stat info;
    const char *const place = foreign_path_advice(path);
    if (place != NULL) {
        return error_set(error, bad_status, "%s: %s", path, place);
    }
    if (stat(path, &info) != 0) {
        return error_set(error, bad_status, "%s: %s", path, strerror(errno));
    }
    if (!S_ISREG(info.st_mode)) {
        return error_set(error, bad_status, "%s: not a regular file, expected an HDF5 file", path);
    }
    if (info.st_size == 0) {
        return not_hdf5(path, bad_status, error);
    }
    *file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (*file < 0 && is_open_elsewhere()) {
        return open_elsewhere(path, bad_status, error);
    }
    if (*file < 0) {
        return h5_has_signature(path)
                   ? h5_error(error, bad_status, path, "damaged or truncated HDF5 file")
                   : not_hdf5(path, bad_status, error);
    }
    return STATUS_OK;
}

enum status h5_create_file(const char *path, H5F_libver_t format, h5_writer *writer,
                           const void *content, struct error *error)
{
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    (void)H5Pset_libver_bounds(access, format, H5F_LIBVER_LATEST);
    const hid_t file = H5Fcreate(path, H5F_ACC_EXCL, H5P_DEFAULT, access);
    (void)H5Pclose(access);
    if (file < 0) {
        return h5_error(error, STATUS_IO, path, "cannot create the file");
    }
    enum status status = writer(file, path, content, error);
    if (status == STATUS_OK && H5Fflush(file, H5F_SCOPE_GLOBAL) < 0) {
        status = h5_error(error, STATUS_IO, path, "cannot flush the file");
    }
    if (H5Fclose(file) < 0 && status == STATUS_OK) {
        status = h5_error(error, STATUS_IO, path, "cannot close the file");
    }
    return status;
}

bool h5_exists(hid_t location, const char *name)
{
    return H5Lexists(location, name, H5P_DEFAULT) > 0;
}

bool h5_is_hard_link(hid_t location, const char *name)
{
    H5L_info_t info;
    return H5Lget_info(location, name, &info, H5P_DEFAULT) >= 0 && info.type == H5L_TYPE_HARD;
}

bool h5_is_plain_storage(hid_t dataset)
{
    const hid_t properties = H5Dget_create_plist(dataset);
    if (properties < 0) {
        return false;
    }
    const bool plain = H5Pget_layout(properties) != H5D_VIRTUAL &&
                       H5Pget_layout(properties) != H5D_LAYOUT_ERROR &&
                       H5Pget_external_count(properties) == 0;
    (void)H5Pclose(properties);
    return plain;
}

bool h5_storage_fits(hid_t dataset, uint64_t wanted)
{
    static const uint64_t packing_ratio = 1100; /* of any filter: deflate has the best, 1032 */
    const hid_t file = H5Iget_file_id(dataset);
    const uint64_t stored = H5Dget_storage_size(dataset);
    hsize_t size = 0;
    const bool fits =
        H5Fget_filesize(file, &size) >= 0 && stored <= size && wanted / packing_ratio <= stored;
    (void)H5Fclose(file);
    return fits;
}

static enum status check_shape(hid_t dataset, const char *path, const char *name, int rank,
                               hsize_t limit, hsize_t *dims, struct error *error)
{
    const hid_t space = H5Dget_space(dataset);
    const int found_rank = H5Sget_simple_extent_ndims(space);
    hsize_t found[H5S_MAX_RANK] = {0};
    const int got = H5Sget_simple_extent_dims(space, found, NULL);
    (void)H5Sclose(space);
    if (found_rank != rank || got != rank) {
        return error_set(error, STATUS_INPUT, "%s: %s has rank %d, expected %d", path, name,
                         found_rank, rank);
    }
    for (int i = 0; i < rank; i++) {
        if (found[i] < 1 || found[i] > limit) {
            return error_set(error, STATUS_INPUT,
                             "%s: %s has %llu elements along axis %d, expected 1 to %llu", path,
                             name, (unsigned long long)found[i], i, (unsigned long long)limit);
        }
        dims[i] = found[i];
    }
    return STATUS_OK;
}

enum status h5_open_array(hid_t location, const char *path, const char *name, int rank,
                          hsize_t limit, hid_t *dataset, hsize_t *dims, struct error *error)
{
    if (!h5_exists(location, name)) {
        return error_set(error, STATUS_INPUT, "%s: dataset %s is missing", path, name);
    }
    if (!h5_is_hard_link(location, name)) {
        return error_set(error, STATUS_INPUT,
                         "%s: %s is a soft or external link, expected a dataset of this file", path,
                         name);
    }
    *dataset = H5Dopen2(location, name, H5P_DEFAULT);
    if (*dataset < 0) {
        (void)H5Eclear2(H5E_DEFAULT);
        return error_set(error, STATUS_INPUT, "%s: %s is no readable dataset", path, name);
    }
    const hid_t type = H5Dget_type(*dataset);
    const bool is_number = h5_is_number(type);
    (void)H5Tclose(type);
    enum status status = STATUS_OK;
    if (!h5_is_plain_storage(*dataset)) {
        status = error_set(error, STATUS_INPUT,
                           "%s: %s is virtual or stored in another file, expected its data here",
                           path, name);
    } else if (!is_number) {
        status = error_set(error, STATUS_INPUT, "%s: %s is not an array of numbers", path, name);
    } else {
        status = check_shape(*dataset, path, name, rank, limit, dims, error);
    }
    if (status != STATUS_OK) {
        (void)H5Dclose(*dataset);
    }
    return status;
}

enum status h5_check_data(hid_t location, const char *path, const char *name, struct error *error)
{
    /* An array that was never written reads as zeros: good for a small one, such as a bias. */
    static const uint64_t small = 16 << 20;
    const hid_t dataset = H5Dopen2(location, name, H5P_DEFAULT);
    const hid_t type = H5Dget_type(dataset);
    const hid_t space = H5Dget_space(dataset);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    uint64_t wanted = 0;
    const bool good = count >= 0 &&
                      !__builtin_mul_overflow((uint64_t)count, H5Tget_size(type), &wanted) &&
                      (wanted <= small || h5_storage_fits(dataset, wanted));
    (void)H5Sclose(space);
    (void)H5Tclose(type);
    (void)H5Dclose(dataset);
    return good ? STATUS_OK
                : error_set(error, STATUS_INPUT,
                            "%s: %s has fewer bytes in the file than its shape asks for", path,
                            name);
}

enum status h5_cannot_read(hid_t dataset, const char *path, const char *name, struct error *error)
{
    static const struct {
        H5Z_filter_t id;
        const char *name;
    } known[] = {{H5Z_FILTER_SZIP, "szip"}, {32000, "lzf"}, {32001, "blosc"}, {32004, "lz4"},
                 {32008, "bitshuffle"},     {32013, "zfp"}, {32015, "zstd"},  {32017, "sz"},
                 {32026, "blosc2"}};
    const hid_t properties = H5Dget_create_plist(dataset);
    char what[96];
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < H5Pget_nfilters(properties); i++) {
        char text[64] = "";
        unsigned flags = 0;
        unsigned config = 0;
        size_t n_values = 0;
        const H5Z_filter_t id = H5Pget_filter2(properties, (unsigned)i, &flags, &n_values, NULL,
                                               sizeof text, text, &config);
        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
            if (known[k].id == id) {
                (void)snprintf(text, sizeof text, "%s", known[k].name);
            }
        }
        if (id >= 0 && H5Zfilter_avail(id) <= 0) {
            status = error_set(error, STATUS_INPUT,
                               "%s: %s is packed by the filter '%s' (%d), which is not here: save "
                               "it with compression=\"gzip\", or without",
                               path, name, text, (int)id);
        }
    }
    (void)H5Pclose(properties);
    if (status != STATUS_OK) {
        (void)H5Eclear2(H5E_DEFAULT);
        return status;
    }
    (void)snprintf(what, sizeof what, "cannot read %.64s", name);
    return h5_error(error, STATUS_INPUT, path, what);
}

/* Reads one string attribute; variable-length ones are freed by HDF5's own allocator. */
static bool read_string(hid_t attribute, hid_t type, char *text, size_t size)
{
    if (H5Tis_variable_str(type) > 0) {
        char *value = NULL;
        if (H5Aread(attribute, type, &value) < 0 || value == NULL) {
            return false;
        }
        (void)snprintf(text, size, "%s", value);
        (void)H5free_memory(value);
        return true;
    }
    static const size_t longest = 1 << 20;
    const size_t stored = H5Tget_size(type);
    char *const value = stored <= longest ? calloc(stored + 1, 1) : NULL;
    if (value == NULL) {
        return false;
    }
    const bool good = H5Aread(attribute, type, value) >= 0;
    (void)snprintf(text, size, "%s", value);
    free(value);
    return good;
}

/* Text[size], int64_t or, of any number, double. */
static bool read_scalar(hid_t object, const char *name, H5T_class_t wanted, void *value,
                        size_t size)
{
    const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    const hid_t type = H5Aget_type(attribute);
    const hid_t space = H5Aget_space(attribute);
    const H5T_class_t class = H5Tget_class(type);
    bool good = (class == wanted || (wanted == H5T_FLOAT && class == H5T_INTEGER)) &&
                H5Sget_simple_extent_npoints(space) == 1;
    if (good && wanted == H5T_STRING) {
        good = read_string(attribute, type, value, size);
    } else if (good) {
        const hid_t memory = wanted == H5T_INTEGER ? H5T_NATIVE_INT64 : H5T_NATIVE_DOUBLE;
        good = H5Aread(attribute, memory, value) >= 0;
    }
    (void)H5Sclose(space);
    (void)H5Tclose(type);
    (void)H5Aclose(attribute);
    return good;
}

enum status h5_read_string_attribute(hid_t object, const char *path, const char *name, char *text,
                                     size_t size, struct error *error)
{
    text[0] = '\0';
    if (H5Aexists(object, name) <= 0 || read_scalar(object, name, H5T_STRING, text, size)) {
        return STATUS_OK;
    }
    (void)H5Eclear2(H5E_DEFAULT);
    return error_set(error, STATUS_INPUT, "%s: attribute %s is not a string", path, name);
}

enum status h5_read_integer_attribute(hid_t object, const char *path, const char *name,
                                      int64_t *value, struct error *error)
{
    if (H5Aexists(object, name) <= 0 ||
        read_scalar(object, name, H5T_INTEGER, value, sizeof *value)) {
        return STATUS_OK;
    }
    (void)H5Eclear2(H5E_DEFAULT);
    return error_set(error, STATUS_INPUT, "%s: attribute %s is not an integer", path, name);
}

bool h5_read_real_attribute(hid_t object, const char *name, double *value)
{
    return H5Aexists(object, name) > 0 &&
           read_scalar(object, name, H5T_FLOAT, value, sizeof *value);
}

hid_t h5_string_type(size_t size)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    (void)H5Tset_size(type, size > 0 ? size : 1);
    (void)H5Tset_strpad(type, H5T_STR_NULLPAD);
    (void)H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

static bool write_attribute(hid_t object, const char *name, hid_t type, hid_t space,
                            const void *values)
{
    const hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    const bool good = attribute >= 0 && H5Awrite(attribute, type, values) >= 0;
    if (attribute >= 0) {
        (void)H5Aclose(attribute);
    }
    (void)H5Sclose(space);
    return good;
}

bool h5_write_number(hid_t object, const char *name, hid_t type, const void *value)
{
    return write_attribute(object, name, type, H5Screate(H5S_SCALAR), value);
}

bool h5_write_numbers(hid_t object, const char *name, hid_t type, hsize_t count, const void *values)
{
    return write_attribute(object, name, type, H5Screate_simple(1, &count, NULL), values);
}

bool h5_write_dataset(hid_t location, const char *name, int rank, const hsize_t *dims, hid_t stored,
                      hid_t type, const void *values)
{
    const hid_t space = H5Screate_simple(rank, dims, NULL);
    const hid_t dataset =
        H5Dcreate2(location, name, stored, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const bool good =
        dataset >= 0 && H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
    if (dataset >= 0) {
        (void)H5Dclose(dataset);
    }
    (void)H5Sclose(space);
    return good;
}

bool h5_write_text(hid_t object, const char *name, const char *text)
{
    const hid_t type = h5_string_type(strlen(text));
    const bool good = h5_write_number(object, name, type, text);
    (void)H5Tclose(type);
    return good;
}

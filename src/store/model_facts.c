#include "store/model_facts.h"

#include "core/hash.h"
#include "store/h5.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum status model_checksum(char checksum[CHECKSUM_SIZE], const struct kept_facts *facts,
                           uint64_t weights_hash, struct error *error)
{
    const struct training_facts *const training = &facts->training;
    const double numbers[] = {training->metric, training->loss};
    struct hasher *hasher = NULL;
    TRY(hasher_create(&hasher, error));
    hasher_u64(hasher, weights_hash);
    hasher_string(hasher, facts->identity);
    hasher_u64(hasher, (uint64_t)(int64_t)training->converged);
    hasher_u64(hasher, (uint64_t)(int64_t)training->steps);
    for (int i = 0; i < 2; i++) { /* missing ones are NaN, of which there are many */
        const bool is_known = numbers[i] == numbers[i];
        const double number = is_known ? numbers[i] : 0.0;
        hasher_u64(hasher, is_known ? 1 : 0);
        hasher_doubles(hasher, &number, 1);
    }
    (void)snprintf(checksum, CHECKSUM_SIZE, "%016" PRIx64, hasher_digest64(hasher));
    hasher_destroy(&hasher);
    return STATUS_OK;
}

enum status model_file_read_facts(const char *path, struct kept_facts *facts, struct error *error)
{
    hid_t file = H5I_INVALID_HID;
    struct error ignored; /* a model from elsewhere may use the same names for something else */
    struct training_facts *const training = &facts->training;
    int64_t converged = -1;
    int64_t steps = -1;
    *facts = (struct kept_facts){.training = training_facts_missing()};
    TRY(h5_open_input(path, &file, STATUS_INPUT, error));
    (void)!h5_read_string_attribute(file, path, "identity", facts->identity, sizeof facts->identity,
                                    &ignored);
    (void)!h5_read_string_attribute(file, path, "weights_checksum", facts->checksum,
                                    sizeof facts->checksum, &ignored);
    (void)!h5_read_integer_attribute(file, path, "converged", &converged, &ignored);
    (void)!h5_read_integer_attribute(file, path, "train_steps", &steps, &ignored);
    training->converged = (int8_t)(converged == 0 || converged == 1 ? converged : -1);
    training->steps = steps >= 0 && steps <= INT32_MAX ? (int32_t)steps : -1;
    (void)h5_read_real_attribute(file, "train_metric", &training->metric);
    (void)h5_read_real_attribute(file, "train_loss", &training->loss);
    (void)h5_read_real_attribute(file, "train_seconds", &training->seconds);
    (void)H5Fclose(file);
    return STATUS_OK;
}

enum status model_file_check(const char *path, const struct kept_facts *facts,
                             uint64_t weights_hash, struct error *error)
{
    char expected[CHECKSUM_SIZE];
    TRY(model_checksum(expected, facts, weights_hash, error));
    return facts->checksum[0] == '\0' || strcmp(facts->checksum, expected) == 0
               ? STATUS_OK
               : error_set(error, STATUS_INPUT,
                           "%s: weights_checksum is %s, expected %s of what is in it: weights or "
                           "facts of "
                           "training are not what was written, %s",
                           path, facts->checksum, expected,
                           facts->identity[0] != '\0'
                               ? "remove the file and the model is trained again"
                               : "import the model again");
}

enum status model_file_check_weights(const char *path, uint64_t weights_hash, struct error *error)
{
    struct kept_facts facts;
    TRY(model_file_read_facts(path, &facts, error));
    return model_file_check(path, &facts, weights_hash, error);
}

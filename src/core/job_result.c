#include "core/job_result.h"

#include "core/hash.h"

#include <math.h>
#include <string.h>

enum { REST_SIZE = sizeof(uint8_t) + sizeof(uint16_t) };

uint64_t job_result_checksum(const struct job_result *result, const int *places, int n_measures,
                             struct job_index index)
{
    const int64_t place[3] = {index.case_index, index.alpha, index.ablation};
    unsigned char bytes[sizeof place + sizeof result->values + REST_SIZE];
    const size_t values_size = (size_t)n_measures * sizeof result->values[0];
    unsigned char *const rest = bytes + sizeof place + values_size;
    memcpy(bytes, place, sizeof place);
    for (int i = 0; i < n_measures; i++) {
        memcpy(bytes + sizeof place + (size_t)i * sizeof(double), &result->values[places[i]],
               sizeof(double));
    }
    rest[0] = result->stabilizer;
    memcpy(rest + 1, &result->error, sizeof result->error);
    return hash_bytes64(bytes, sizeof place + values_size + REST_SIZE);
}

uint8_t job_result_verdict(double distance, double epsilon)
{
    return distance <= epsilon;
}

struct job_result job_result_absent(void)
{
    struct job_result result = {
        .stabilizer = STABILIZER_MISSING, .state = JOB_PENDING, .seconds = NAN};
    for (int i = 0; i < MEASURES_MAX; i++) {
        result.values[i] = NAN;
    }
    return result;
}

struct job_result job_result_predicted(void)
{
    struct job_result result = job_result_absent();
    result.state = JOB_PREDICTED;
    result.seconds = 0.0;
    return result;
}

struct job_result job_result_failed(enum status status)
{
    struct job_result result = job_result_absent();
    result.error = (uint16_t)status;
    result.state = JOB_FAILED;
    result.seconds = 0.0;
    return result;
}

#include "core/cell.h"

#include "core/hash.h"

#include <math.h>
#include <string.h>

enum { CELL_BYTES = 3 * 8 + 6 * 8 + 1 + 2 };

uint64_t cell_checksum(const struct cell *cell, struct cell_index index)
{
    const int64_t place[3] = {index.case_index, index.alpha, index.ablation};
    const double values[6] = {cell->fvu,      cell->delta_fvu,    cell->accuracy,
                              cell->distance, cell->removed_mass, cell->sensitivity};
    unsigned char bytes[CELL_BYTES];
    memcpy(bytes, place, sizeof place);
    memcpy(bytes + sizeof place, values, sizeof values);
    bytes[CELL_BYTES - 3] = cell->stabilizer;
    memcpy(bytes + CELL_BYTES - 2, &cell->error, sizeof cell->error);
    return hash_bytes64(bytes, sizeof bytes);
}

struct cell cell_failed(enum status status)
{
    return (struct cell){.fvu = NAN,
                         .delta_fvu = NAN,
                         .accuracy = NAN,
                         .distance = NAN,
                         .removed_mass = NAN,
                         .sensitivity = NAN,
                         .stabilizer = STABILIZER_MISSING,
                         .error = (uint16_t)status,
                         .state = CELL_FAILED,
                         .seconds = 0.0};
}

struct training_facts training_facts_missing(void)
{
    return (struct training_facts){
        .converged = -1, .metric = NAN, .loss = NAN, .steps = -1, .seconds = NAN};
}

/* The checksum of a model file. For this folder alone. */
#pragma once

#include "store/model_write.h"

enum { CHECKSUM_SIZE = 17 };

/* 16 hex digits of XXH3 over weights, identity and facts of training but for the time that it took:
 * equal models have equal ones. */
MUST_CHECK enum status model_checksum(char checksum[CHECKSUM_SIZE], const struct kept_facts *facts,
                                      uint64_t weights_hash, struct error *error);

/* Messages of any bytes, for the fuzz target `messages`. */
#ifndef SCHURSWEEP_TESTS_FUZZ_MESSAGE_BYTES_H
#define SCHURSWEEP_TESTS_FUZZ_MESSAGE_BYTES_H

#include "fuzz/fuzz.h"

/* A good message, spoilt: every unpacker takes it or refuses it. */
void check_message_bytes(struct fuzz_input *input);

#endif

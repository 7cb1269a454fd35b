/* Messages of any bytes, for the fuzz target `messages`. */
#pragma once

#include "fuzz/fuzz.h"

/* A good message, spoilt: every unpacker takes it or refuses it. */
void check_message_bytes(struct fuzz_input *input);

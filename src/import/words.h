/* The words of a name and of a text: "rnn.hiddenActivation_fn" ends with hidden, activation, fn. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { WORDS_MOST = 12, WORD_SIZE = 32 };

/* Words in lower case; longer ones are cut, what is beyond WORDS_MOST is left out. */
struct words {
    char word[WORDS_MOST][WORD_SIZE];
    int count;
};

/* Of the last part of a name, after the last '.' or '/', split at '_', '-', ' ' and where a capital
 * follows a small letter; a final ":0" counts for nothing. */
struct words words_of_name(const char *name);

/* Of all parts of a name. */
struct words words_of_path(const char *name);

/* True when one of the words is in the list, which ends with NULL, or is one of it and a number. */
bool words_have(const struct words *words, const char *const *list);

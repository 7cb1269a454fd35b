#include "import/words.h"

#include <ctype.h>
#include <string.h>

static void add_letter(struct words *words, size_t *length, char letter)
{
    if (*length == 0 && words->count < WORDS_MOST) {
        words->count++;
    }
    if (words->count <= WORDS_MOST && *length + 1 < WORD_SIZE) {
        words->word[words->count - 1][*length] = (char)tolower((unsigned char)letter);
    }
    ++*length;
}

/* Letters beyond the last word that is kept go nowhere. */
static struct words split(const char *text, size_t size)
{
    struct words words = {.count = 0};
    size_t length = 0; /* of the word so far */
    bool is_full = false;
    for (size_t i = 0; i < size && !is_full; i++) {
        const unsigned char letter = (unsigned char)text[i];
        const bool is_letter = isalnum(letter) != 0;
        const bool is_hump =
            length > 0 && i > 0 && isupper(letter) != 0 && islower((unsigned char)text[i - 1]) != 0;
        if (!is_letter || is_hump) {
            is_full = length > 0 && words.count == WORDS_MOST;
            length = 0;
        }
        if (is_letter && !is_full) {
            add_letter(&words, &length, (char)letter);
        }
    }
    return words;
}

static size_t length_of(const char *name)
{
    const size_t length = strlen(name);
    return length > 2 && strcmp(name + length - 2, ":0") == 0 ? length - 2 : length;
}

struct words words_of_name(const char *name)
{
    const size_t length = length_of(name);
    size_t begin = length;
    while (begin > 0 && strchr("./", name[begin - 1]) == NULL) {
        begin--;
    }
    return split(name + begin, length - begin);
}

struct words words_of_path(const char *name)
{
    return split(name, length_of(name));
}

/* "alpha2" is another alpha. */
static bool is_word(const char *word, const char *listed)
{
    const size_t length = strlen(listed);
    return strncmp(word, listed, length) == 0 &&
           strspn(word + length, "0123456789") == strlen(word + length);
}

bool words_have(const struct words *words, const char *const *list)
{
    for (; *list != NULL; list++) {
        for (int i = 0; i < words->count; i++) {
            if (is_word(words->word[i], *list)) {
                return true;
            }
        }
    }
    return false;
}

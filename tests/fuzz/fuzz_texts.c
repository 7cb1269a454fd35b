/* What files say in words: configurations as JSON, YAML, Python's print, options of a command line,
 * and names of keys and activations. Notes whose names mean something, or a refusal of one line. */
#include "fuzz/fuzz.h"
#include "fuzz/import_claims.h"
#include "import/dynamics_words.h"
#include "import/keras/config.h"
#include "import/notes.h"
#include "import/table.h"
#include "import/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void check_words(const char *text)
{
    enum activation activation = ACTIVATION_TANH;
    double value = 0.0;
    const struct words words = words_of_path(text);
    FUZZ_DEMAND(words.count >= 0 && words.count <= WORDS_MOST);
    for (int i = 0; i < words.count; i++) {
        FUZZ_DEMAND(strnlen(words.word[i], WORD_SIZE) < WORD_SIZE);
    }
    FUZZ_DEMAND(dynamics_key(text) <= DYNAMICS_BACKWARDS);
    if (activation_word(text, &activation) == ACTIVATION_OURS) {
        FUZZ_DEMAND(activation_name(activation) != NULL);
    }
    FUZZ_DEMAND(!number_word(text, &value) || !isnan(value));
}

/* What is found in a text is said under a name that means something, or is a layer of Keras. */
static void check_notes(const struct import_table *table)
{
    for (size_t i = 1; i < table->n_notes; i++) {
        const struct import_note *const note = &table->notes[i];
        const size_t length = strlen(note->key);
        const bool is_class = length > 6 && strcmp(note->key + length - 6, ".class") == 0;
        FUZZ_DEMAND(is_class || dynamics_key(note->key) != DYNAMICS_NOTHING);
    }
    FUZZ_DEMAND(table->n_notes <= IMPORT_MAX_ENTRIES);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const KEYS[] = {KERAS_CONFIG, "training_config", "config", "rnn.settings",
                                       "activation"};
    struct fuzz_input input = {.bytes = bytes, .size = size};
    struct import_table table = {.path = "file"};
    struct error error = {""};
    const char *const key = KEYS[fuzz_below(&input, 5)];
    const size_t left = fuzz_left(&input);
    char *const text = malloc(left + 1);
    FUZZ_DEMAND(text != NULL);
    fuzz_take(&input, text, left);
    text[left] = '\0';
    check_words(text);
    FUZZ_DEMAND(import_table_note(&table, key, text, &error) == STATUS_OK);
    enum status status = keras_note_layers(&table, &error);
    THEN(status, import_notes_expand(&table, &error));
    if (status == STATUS_OK) {
        check_notes(&table);
    } else {
        claim_refusal(status, &error, "file");
    }
    import_table_release(&table);
    free(text);
    return 0;
}

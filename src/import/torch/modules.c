#include "import/torch/walker.h"

#include "core/text.h"
#include "import/dynamics_words.h"

#include <stdio.h>
#include <string.h>

/* ---- words ---- */

static void write_text(struct pickle_text from, char text[WALKER_TEXT_SIZE])
{
    const int length = from.size < WALKER_TEXT_SIZE ? (int)from.size : WALKER_TEXT_SIZE - 1;
    (void)snprintf(text, WALKER_TEXT_SIZE, "%.*s", length, (const char *)from.bytes);
}

static void write_global(const struct pickle_value *global, char text[WALKER_TEXT_SIZE])
{
    struct pickle_text module = {NULL, 0};
    struct pickle_text name = {NULL, 0};
    (void)pickle_get_text(global->global.module, &module);
    (void)pickle_get_text(global->global.name, &name);
    (void)snprintf(text, WALKER_TEXT_SIZE, "%.*s.%.*s",
                   (int)(module.size < WALKER_TEXT_SIZE ? module.size : WALKER_TEXT_SIZE),
                   (const char *)module.bytes,
                   (int)(name.size < WALKER_TEXT_SIZE ? name.size : WALKER_TEXT_SIZE),
                   (const char *)name.bytes);
}

/* A function that is an attribute of a class or module is pickled as getattr(it, 'name'), one of
 * NumPy by _ufunc_reconstruct(module, 'name'). */
static const struct pickle_value *function_name(const struct pickle_value *value)
{
    const struct pickle_value *const callable = pickle_callable(value);
    return pickle_is_global(callable, "builtins", "getattr") ||
                   pickle_is_global(callable, "__builtin__", "getattr") ||
                   pickle_is_global(callable, "numpy", "_ufunc_reconstruct")
               ? pickle_argument(value, 1)
               : NULL;
}

/* A function with some of its arguments fixed is another one. */
static bool write_partial(const struct pickle_value *value, char text[WALKER_TEXT_SIZE])
{
    char name[WALKER_TEXT_SIZE];
    const struct pickle_value *const function =
        pickle_is_global(pickle_callable(value), "functools", "partial") ? pickle_argument(value, 0)
                                                                         : NULL;
    struct pickle_text words;
    if (function != NULL && function->kind == PICKLE_GLOBAL) {
        write_global(function, name);
    } else if (pickle_get_text(function_name(function), &words)) {
        write_text(words, name);
    } else {
        return false;
    }
    (void)snprintf(text, WALKER_TEXT_SIZE, "functools.partial(%.*s)", WALKER_TEXT_SIZE - 32, name);
    return true;
}

bool walker_scalar(const struct pickle_value *value, char text[WALKER_TEXT_SIZE])
{
    struct pickle_text words;
    switch (value->kind) {
    case PICKLE_BOOL:
        (void)snprintf(text, WALKER_TEXT_SIZE, "%s", value->integer != 0 ? "True" : "False");
        return true;
    case PICKLE_INT:
        (void)snprintf(text, WALKER_TEXT_SIZE, "%lld", (long long)value->integer);
        return true;
    case PICKLE_FLOAT:
        (void)snprintf(text, WALKER_TEXT_SIZE, "%.17g", value->real);
        return true;
    case PICKLE_GLOBAL:
        write_global(value, text);
        return true;
    case PICKLE_OBJECT:
        if (pickle_get_text(function_name(value), &words)) {
            write_text(words, text);
            return true;
        }
        return write_partial(value, text);
    default:
        if (pickle_get_text(value, &words)) {
            write_text(words, text);
            return true;
        }
        return false;
    }
}

/* The class of an object. In streams of old, classes of modules are stored as
 * ('module', class, file, source); copyreg._reconstructor(class, ...) makes objects of protocol 1.
 */
static const struct pickle_value *class_of(const struct pickle_value *object)
{
    const struct pickle_value *class = pickle_callable(object);
    if (pickle_is_global(class, "copyreg", "_reconstructor") ||
        pickle_is_global(class, "copy_reg", "_reconstructor") ||
        pickle_is_global(class, "copyreg", "__newobj__") ||
        pickle_is_global(class, "copy_reg", "__newobj__")) {
        class = pickle_argument(object, 0);
    }
    if (class != NULL && class->kind == PICKLE_PERSISTENT &&
        pickle_is_text(pickle_item(class->identity, 0), "module")) {
        class = pickle_item(class->identity, 1);
    }
    return class;
}

void walker_class_name(const struct pickle_value *object, char text[WALKER_TEXT_SIZE])
{
    const struct pickle_value *const class = class_of(object);
    (void)snprintf(text, WALKER_TEXT_SIZE, "object");
    if (class != NULL && class->kind == PICKLE_GLOBAL) {
        write_global(class, text);
    }
}

/* ---- attributes ---- */

/* A dict, or a tuple of a dict or None and a dict, as objects with slots have it. */
const struct pickle_value *walker_state(const struct pickle_value *object)
{
    const struct pickle_value *state = object->object->state;
    if (state != NULL && state->kind == PICKLE_TUPLE) {
        state = pickle_item(state, 0);
    }
    return pickle_pairs(state) != NULL ? state : NULL;
}

/* Private attributes are those of PyTorch, but for functions, names that are about the dynamics,
 * and the configuration that Lightning keeps. */
static bool is_told(const struct pickle_value *key, const struct pickle_value *value)
{
    char text[WALKER_TEXT_SIZE];
    struct pickle_text word;
    if (!pickle_get_text(key, &word) || word.size == 0 || pickle_is_text(key, "training")) {
        return false;
    }
    if (word.bytes[0] != '_' || pickle_is_text(key, "_hparams") || value->kind == PICKLE_GLOBAL ||
        (value->kind == PICKLE_OBJECT && walker_scalar(value, text))) {
        return true;
    }
    write_text(word, text);
    return dynamics_key(text) != DYNAMICS_NOTHING;
}

enum status walker_attributes(struct walker *walker, const struct pickle_value *state,
                              struct error *error)
{
    const struct pickle_list *const pairs = pickle_pairs(state);
    for (uint32_t i = 0; i < pairs->count; i += 2) {
        const struct pickle_list pair = {pairs->items + i, 2, 2};
        if (is_told(pairs->items[i], pairs->items[i + 1])) {
            TRY(walker_pairs(walker, &pair, error));
        }
    }
    return STATUS_OK;
}

static enum status add_note(struct walker *walker, const char *word, const char *text,
                            struct error *error)
{
    const size_t before = walker_enter(walker, pickle_text_of(word));
    TRY(import_table_note(walker->table, walker->name, text, error));
    walker_leave(walker, before);
    return STATUS_OK;
}

/* What nn.RNN, and classes derived from it, knew before `nonlinearity`: RNN_TANH or RNN_RELU. */
static enum status note_mode(struct walker *walker, const struct pickle_value *state,
                             struct error *error)
{
    char text[WALKER_TEXT_SIZE];
    const struct pickle_value *const mode = pickle_entry(state, "mode");
    return mode != NULL && walker_scalar(mode, text) && text_begins(text, "RNN_")
               ? add_note(walker, "nonlinearity", text, error)
               : STATUS_OK;
}

/* Attributes of torch.nn's recurrent modules that say what they compute; those of its other modules
 * say nothing that their arrays do not. */
static enum status note_recurrent(struct walker *walker, const struct pickle_value *state,
                                  struct error *error)
{
    static const char *const WORDS[] = {"nonlinearity", "mode",          "num_layers",
                                        "proj_size",    "bidirectional", "batch_first"};
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        char text[WALKER_TEXT_SIZE];
        const struct pickle_value *const value = pickle_entry(state, WORDS[i]);
        if (value != NULL && walker_scalar(value, text)) {
            TRY(add_note(walker, WORDS[i], text, error));
        }
    }
    return STATUS_OK;
}

/* What a module of an activation says, and under which word: Softmax and its like stand at the
 * output. */
static bool is_activation(const char *class, const char **word, const char **name)
{
    static const char MODULE[] = "torch.nn.modules.activation.";
    if (!text_begins(class, MODULE)) {
        return false;
    }
    *name = class + strlen(MODULE);
    *word = strstr(*name, "Softm") != NULL ? "output_activation" : "activation";
    return strstr(*name, "Attention") == NULL;
}

/* Softplus(beta=1, threshold=20) is that of the manual, to a rounding. */
static bool has_other_slope(const struct pickle_value *state)
{
    static const struct {
        const char *word;
        const char *usual;
    } WORDS[] = {{"beta", "1"}, {"threshold", "20"}};
    bool found = false;
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        char text[WALKER_TEXT_SIZE];
        const struct pickle_value *const value = pickle_entry(state, WORDS[i].word);
        found = found ||
                (value != NULL && walker_scalar(value, text) && strcmp(text, WORDS[i].usual) != 0);
    }
    return found;
}

/* Layers of torch.nn that change nothing, or only by arrays of their own. */
static bool is_plain_layer(const char *class)
{
    static const char MODULES[] = "torch.nn.modules.";
    static const char *const PLAIN[] = {"linear.", "container.", "dropout.", "flatten.",   "loss.",
                                        "sparse.", "distance.",  "module.",  "activation."};
    bool found = !text_begins(class, MODULES);
    for (size_t i = 0; i < sizeof PLAIN / sizeof PLAIN[0] && !found; i++) {
        found = text_begins(class + strlen(MODULES), PLAIN[i]);
    }
    return found;
}

static enum status note_class(struct walker *walker, const struct pickle_value *module,
                              const struct pickle_value *state, struct error *error)
{
    char class[WALKER_TEXT_SIZE];
    const char *word = NULL;
    const char *activation = NULL;
    walker_class_name(module, class);
    const bool is_recurrent = text_begins(class, "torch.nn.modules.rnn.");
    if (is_activation(class, &word, &activation)) {
        if (text_ends(class, "Softplus") && has_other_slope(state)) {
            (void)snprintf(class, sizeof class, "Softplus with a beta or threshold of its own");
            activation = class;
        }
        return add_note(walker, word, activation, error);
    }
    if (text_begins(class, "torch.nn.") && !is_recurrent) {
        return is_plain_layer(class) ? STATUS_OK : add_note(walker, "class", class, error);
    }
    TRY(add_note(walker, "class", class, error));
    TRY(note_mode(walker, state, error));
    return is_recurrent ? note_recurrent(walker, state, error)
                        : walker_attributes(walker, state, error);
}

enum status walker_module(struct walker *walker, const struct pickle_value *module,
                          const struct pickle_value *state, struct error *error)
{
    TRY(walker_mapping(walker, pickle_entry(state, "_parameters"), error));
    TRY(walker_mapping(walker, pickle_entry(state, "_buffers"), error));
    TRY(walker_mapping(walker, pickle_entry(state, "_modules"), error));
    return note_class(walker, module, state, error);
}

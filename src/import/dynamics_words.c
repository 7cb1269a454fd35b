#include "import/dynamics_words.h"

#include "import/key_rules.h"
#include "import/words.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TOKEN_SIZE = 48 };

/* ---- names of keys ---- */

#define LIST(...)                                                                                  \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

/* Words with which a key is about training, or about another layer's constants. */
static bool is_of_training(const struct words *words)
{
    return words_have(
        words, LIST("weight", "lr", "learning", "dropout", "reg", "regularizer", "regularization",
                    "loss", "l1", "l2", "optim", "optimizer", "scheduler", "sched", "momentum",
                    "ema", "noise", "sigma", "prior", "penalty", "cost", "batch", "norm", "mixup",
                    "grad", "gradient", "teacher", "epoch", "epochs", "elastic", "slope", "relu",
                    "elu", "energy", "checkpoint", "checkpointing", "gate", "gates"));
}

static bool is_of_readout(const char *name)
{
    const struct words words = words_of_path(name);
    return words_have(&words, LIST("out", "output", "outputs", "readout", "dense", "decoder",
                                   "head", "final", "fc", "h2o", "last"));
}

static bool is_of_activation(const struct words *words)
{
    return words_have(words, LIST("nonlinearity", "nonlinearities", "nonlin", "nonlinear",
                                  "activation", "activations", "activ", "act", "actfn", "actfun",
                                  "transferfn", "transfer")) ||
           (words_have(words, LIST("linearity")) && words_have(words, LIST("non")));
}

/* Names that are not in key_rules.def. */
static enum dynamics_key like_key(const char *name)
{
    const struct words words = words_of_name(name);
    const struct words path = words_of_path(name);
    const bool has_time = words_have(&words, LIST("time"));
    if (is_of_activation(&path) && words_have(&words, LIST("slope", "gain", "beta", "shift"))) {
        return DYNAMICS_SLOPE;
    }
    if (is_of_activation(&path) && words.count == 1 && words_have(&words, LIST("name", "type"))) {
        return DYNAMICS_NONLINEARITY; /* activation_args.name */
    }
    if (words.count == 0 || is_of_training(&words)) {
        return DYNAMICS_NOTHING;
    }
    if (words_have(&words, LIST("backwards")) && words_have(&words, LIST("go"))) {
        return DYNAMICS_BACKWARDS;
    }
    if (is_of_activation(&words)) {
        return words_have(&words, LIST("recurrent")) ? DYNAMICS_GATE_NONLINEARITY
                                                     : DYNAMICS_NONLINEARITY;
    }
    if (words_have(&words, LIST("decay", "decays", "oneminusalpha", "retention", "forgetting",
                                "tau", "taus", "timeconstant", "timeconstants", "timeconst", "taum",
                                "membrane")) ||
        (has_time && words_have(&words, LIST("constant", "constants", "const"))) ||
        (words_have(&words, LIST("alpha")) && words_have(&words, LIST("minus", "1")))) {
        return words_have(&words, LIST("dt", "deltat")) ? DYNAMICS_LIKE_LEAK : DYNAMICS_LIKE_TIME;
    }
    return words_have(&words, LIST("alpha", "alphas", "leak", "leaks", "leaky", "leakage",
                                   "leaking", "leakiness", "dttau", "dtovertau"))
               ? DYNAMICS_LIKE_LEAK
               : DYNAMICS_NOTHING;
}

enum dynamics_key dynamics_key(const char *name)
{
    static const struct {
        enum import_role role;
        enum dynamics_key key;
    } EXACT[] = {{IMPORT_LEAK, DYNAMICS_LEAK},
                 {IMPORT_STEP, DYNAMICS_STEP},
                 {IMPORT_TIME, DYNAMICS_TIME},
                 {IMPORT_LEAK_FORM, DYNAMICS_LEAK_FORM},
                 {IMPORT_NONLINEARITY, DYNAMICS_NONLINEARITY}};
    enum dynamics_key key = DYNAMICS_NOTHING;
    for (size_t i = 0; i < sizeof EXACT / sizeof EXACT[0] && key == DYNAMICS_NOTHING; i++) {
        size_t length = 0;
        key = import_key_rule(name, EXACT[i].role, &length) != NULL ? EXACT[i].key : key;
    }
    key = key == DYNAMICS_NOTHING ? like_key(name) : key;
    return key == DYNAMICS_NONLINEARITY && is_of_readout(name) ? DYNAMICS_READOUT_NONLINEARITY
                                                               : key;
}

/* ---- activations ---- */

/* What stands around a name in Python's words for it. */
static const char FILLERS[] =
    " torch nn functional modules activation activations keras tf "
    "tensorflow jax flax linen numpy np "
    "jnp scipy special math function class built in builtin builtins "
    "method of type object at ufunc "
    "pjitfunction jitted compiled bound inplace true false python src b "
    "u f rnn haiku hk equinox api "
    "custom jit ops impl wrapped core multiarrayumath c variablefunctions ";

/* Activations that networks here cannot have. */
static const char FOREIGN[] =
    " gelu elu celu selu leakyrelu lrelu prelu rrelu relu6 crelu relu2 hardtanh htanh hardsigmoid "
    "hardswish hardsilu silu swish mish softsign softmax logsoftmax logsigmoid softshrink "
    "hardshrink "
    "tanhshrink threshold glu arctan atan arctanh atanh arcsinh sinh satlin exponential maxout "
    "snake "
    "hardrelu thresholdedrelu squareplus erf rectifiedpowerlaw powerlaw sin cos exp square ";

/* Whether a list of words between spaces has the word. */
static bool is_listed(const char *list, const char *word)
{
    char padded[TOKEN_SIZE + 2];
    (void)snprintf(padded, sizeof padded, " %s ", word);
    return strstr(list, padded) != NULL;
}

static bool is_filler(const char *word)
{
    return (word[0] == '0' && word[1] == 'x') || is_listed(FILLERS, word);
}

static enum activation_word known_word(const char *word, enum activation *activation)
{
    static const struct {
        const char *name;
        enum activation activation;
    } OTHERS[] = {{"linear", ACTIVATION_IDENTITY},
                  {"logistic", ACTIVATION_SIGMOID},
                  {"expit", ACTIVATION_SIGMOID},
                  {"rectifiedtanh", ACTIVATION_RETANH},
                  {"rectifiedlinear", ACTIVATION_RELU}};
    if (activation_from_name(word, activation)) {
        return ACTIVATION_OURS;
    }
    for (size_t i = 0; i < sizeof OTHERS / sizeof OTHERS[0]; i++) {
        if (strcmp(word, OTHERS[i].name) == 0) {
            *activation = OTHERS[i].activation;
            return ACTIVATION_OURS;
        }
    }
    return is_listed(FOREIGN, word) ? ACTIVATION_FOREIGN : ACTIVATION_NO_WORD;
}

/* Takes the next run of letters, digits and '_' in lower case, without the '_', and without the
 * RNN_ of PyTorch's modes. False at the end, or at a sign that no name has. */
static bool next_token(const char **text, char token[TOKEN_SIZE])
{
    size_t length = 0;
    while (**text != '\0' && isalnum((unsigned char)**text) == 0 && **text != '_') {
        if (strchr(".,:()<>'\"=- \t\r\n", **text) == NULL) {
            return false;
        }
        ++*text;
    }
    if (strncasecmp(*text, "RNN_", strlen("RNN_")) == 0) {
        *text += strlen("RNN_");
    }
    for (; isalnum((unsigned char)**text) != 0 || **text == '_'; ++*text) {
        if (**text != '_' && length + 1 < TOKEN_SIZE) {
            token[length++] = (char)tolower((unsigned char)**text);
        }
    }
    token[length] = '\0';
    return length > 0;
}

enum activation_word activation_word(const char *text, enum activation *activation)
{
    char token[TOKEN_SIZE];
    char found[TOKEN_SIZE] = "";
    while (next_token(&text, token)) {
        if (is_filler(token) || strcmp(token, found) == 0) { /* "torch.nn.functional.relu relu" */
            continue;
        }
        if (found[0] != '\0') {
            return ACTIVATION_NO_WORD;
        }
        (void)snprintf(found, sizeof found, "%s", token);
    }
    return *text == '\0' && found[0] != '\0' ? known_word(found, activation) : ACTIVATION_NO_WORD;
}

/* ---- numbers ---- */

bool number_word(const char *text, double *value)
{
    char *end = NULL;
    *value = strtod(text, &end);
    if (end == text) {
        return false;
    }
    end += strspn(end, " \t\r\n");
    if (*end == '/') {
        const char *const below = end + 1;
        *value /= strtod(below, &end);
        if (end == below) {
            return false;
        }
        end += strspn(end, " \t\r\n");
    }
    return *end == '\0' && !isnan(*value); /* 0/0 is no number either */
}

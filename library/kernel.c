#include "schursweep/kernel.h"

#include "core/isa.h"
#include "core/memory.h"
#include "kernel/dynamics/rollout.h"
#include "kernel/spectral/removal.h"
#include "kernel/spectral/split.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(SCHURSWEEP_MESSAGE_SIZE == ERROR_TEXT_SIZE, "messages are those of the program");
_Static_assert(SCHURSWEEP_RR == 1 << COUPLING_RR && SCHURSWEEP_CR == 1 << COUPLING_CR &&
                   SCHURSWEEP_CC == 1 << COUPLING_CC,
               "sets are those of the program");

struct schursweep_form {
    struct schur schur;
};

static int answer(enum status status, const struct error *error, char *message)
{
    if (message != NULL) {
        (void)memcpy(message, status == STATUS_OK ? "" : error->text,
                     status == STATUS_OK ? 1 : strlen(error->text) + 1);
    }
    return (int)status;
}

int schursweep_form_create(schursweep_form **form, int n, const double *w, double leak,
                           char *message)
{
    struct error error = {""};
    *form = NULL;
    if (n < 1 || !(leak > 0.0 && leak <= 1.0)) {
        return answer(error_set(&error, STATUS_USAGE,
                                "n is %d, the leak %g: expected 1 or more, and above 0 to 1", n,
                                leak),
                      &error, message);
    }
    enum status status = memory_array(form, 1, sizeof **form, &error);
    THEN(status, schur_compute(&(*form)->schur, w, n, leak, &error));
    if (status != STATUS_OK) {
        free(*form);
        *form = NULL;
    }
    return answer(status, &error, message);
}

void schursweep_form_destroy(schursweep_form *form)
{
    if (form != NULL) {
        schur_release(&form->schur);
        free(form);
    }
}

int schursweep_form_size(const schursweep_form *form)
{
    return form->schur.n;
}

const double *schursweep_form_t(const schursweep_form *form)
{
    return form->schur.t;
}

const double *schursweep_form_q(const schursweep_form *form)
{
    return form->schur.q;
}

const double *schursweep_form_eigenvalue_re(const schursweep_form *form)
{
    return form->schur.eigenvalue_re;
}

const double *schursweep_form_eigenvalue_im(const schursweep_form *form)
{
    return form->schur.eigenvalue_im;
}

struct schursweep_certificate schursweep_form_certificate(const schursweep_form *form)
{
    const struct schur_certificate *const own = &form->schur.certificate;
    return (struct schursweep_certificate){own->residual, own->orthogonality_loss, own->disorder};
}

static enum status check_alpha(double alpha, struct error *error)
{
    return alpha > 0.0 && alpha <= 1.0
               ? STATUS_OK
               : error_set(error, STATUS_USAGE, "alpha is %g, expected above 0 and at most 1",
                           alpha);
}

int schursweep_split_at(const schursweep_form *form, double alpha, struct schursweep_split *split,
                        char *message)
{
    struct error error = {""};
    const enum status status = check_alpha(alpha, &error);
    if (status == STATUS_OK) {
        const struct split found = split_at(&form->schur, alpha);
        split->n_r = found.n_r;
        memcpy(split->mass, found.mass, sizeof split->mass);
    }
    return answer(status, &error, message);
}

int schursweep_remove(const schursweep_form *form, double alpha, unsigned set, double *w,
                      double *mass, char *message)
{
    struct error error = {""};
    const size_t size = (size_t)form->schur.n * (size_t)form->schur.n;
    double *t = NULL;
    double *work = NULL;
    enum status status = check_alpha(alpha, &error);
    if (status == STATUS_OK && set > ABLATION_ALL) {
        status = error_set(&error, STATUS_USAGE, "the set is %u, expected 0 to 7", set);
    }
    THEN(status, memory_array(&t, size, sizeof *t, &error));
    THEN(status, memory_array(&work, size, sizeof *work, &error));
    if (status == STATUS_OK) {
        const struct split split = split_at(&form->schur, alpha);
        const struct removal removal = removal_of_set(split.n_blocks, set);
        removal_apply(&removal, &form->schur, t);
        removal_weights(&form->schur, t, work, w);
        if (mass != NULL) {
            *mass = removal_mass(&form->schur, t);
        }
    }
    free(work);
    free(t);
    return answer(status, &error, message);
}

/* What is NULL stays zero. */
static void copy(double *to, const double *from, size_t rows, size_t columns)
{
    if (from != NULL) {
        memcpy(to, from, rows * columns * sizeof *to);
    }
}

static enum status roll_out(struct network *network, const struct trials *trials, double *outputs,
                            struct error *error)
{
    struct packed_trials packed = {0};
    struct rollout *rollout = NULL;
    TRY(packed_trials_create(&packed, trials, PRECISION_FLOAT64, error));
    enum status status = rollout_create(&rollout, network, &packed, isa_best(), error);
    THEN(status, rollout_run(rollout, outputs, error));
    rollout_destroy(&rollout);
    packed_trials_release(&packed);
    return status;
}

int schursweep_rollout(const struct schursweep_network *given, int n_steps, int n_trials,
                       const double *inputs, double *outputs, char *message)
{
    struct error error = {""};
    struct network network = {0};
    struct trials trials = {0};
    const struct network_shape shape = {CELL_DEFAULT, given->n_hidden, given->n_in, given->n_out};
    if (n_steps < 1 || n_trials < 1 || given->n_hidden < 1 || given->n_in < 1 || given->n_out < 1) {
        return answer(error_set(&error, STATUS_USAGE, "a size is below 1"), &error, message);
    }
    const size_t n = (size_t)given->n_hidden;
    enum status status = network_create(&network, &shape, &error);
    THEN(status, trials_create(&trials, n_steps, n_trials, given->n_in, given->n_out, &error));
    if (status == STATUS_OK) {
        copy(network.weight_hh, given->weight_hh, n, n);
        copy(network.weight_ih, given->weight_ih, n, (size_t)given->n_in);
        copy(network.weight_hy, given->weight_hy, (size_t)given->n_out, n);
        copy(network.bias_h, given->bias_h, 1, n);
        copy(network.bias_y, given->bias_y, 1, (size_t)given->n_out);
        copy(network.h0, given->h0, 1, n);
        copy(trials.inputs, inputs, (size_t)n_steps * (size_t)n_trials, (size_t)given->n_in);
        status = roll_out(&network, &trials, outputs, &error);
    }
    trials_release(&trials);
    network_release(&network);
    return answer(status, &error, message);
}

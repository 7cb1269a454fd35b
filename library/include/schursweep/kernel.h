/* libschursweep-kernel: real Schur forms ordered by modulus, with a certificate, the sectors that a
 * threshold makes of them, what is left when couplings are removed, and rollouts.
 *
 * W is the recurrent matrix of a network, h_t = tanh(W h_{t-1} + U x_t + b), y_t = V h_t + c, and
 * W = Q T Q' its ordered real Schur form: T is upper quasi-triangular, the moduli of its diagonal
 * blocks do not increase. A threshold alpha in (0, 1] splits the blocks into R (modulus at least
 * alpha times the largest) and C (the rest), and T into the couplings RR, CR (rows R, columns C)
 * and CC.
 *
 * Functions give SCHURSWEEP_OK or another code and then a line in message[SCHURSWEEP_MESSAGE_SIZE],
 * which may be NULL. They print nothing and keep no state: different forms may be used by different
 * threads. BLAS' own threads are the caller's choice. */
#ifndef SCHURSWEEP_KERNEL_H
#define SCHURSWEEP_KERNEL_H

#ifdef __cplusplus
extern "C" {
#endif

enum { SCHURSWEEP_OK = 0, SCHURSWEEP_NO_MEMORY = 1, SCHURSWEEP_BAD_ARGUMENT = 2 };
/* Codes from 100 on are those of the variable `error` of results files: 101 weights not finite, 102
 * no convergence, 103 Schur form not finite, 104 certificate failed, 105 outputs not finite. */

enum { SCHURSWEEP_MESSAGE_SIZE = 1024 };

/* Couplings as bits of a set, and the order of schursweep_split.mass. */
enum { SCHURSWEEP_RR = 1, SCHURSWEEP_CR = 2, SCHURSWEEP_CC = 4 };

typedef struct schursweep_form schursweep_form;

/* Computes, orders and certifies the form of w[n, n] (row-major, w[to, from]), n >= 1. With a leak
 * a in (0, 1] the order is that of |1 - a + a lambda|; 1: of |lambda|. The caller destroys *form.
 */
int schursweep_form_create(schursweep_form **form, int n, const double *w, double leak,
                           char *message);
void schursweep_form_destroy(schursweep_form *form);

/* Borrowed from the form. T and Q are [n, n] column-major; eigenvalues [n] in the order of T's
 * diagonal. */
int schursweep_form_size(const schursweep_form *form);
const double *schursweep_form_t(const schursweep_form *form);
const double *schursweep_form_q(const schursweep_form *form);
const double *schursweep_form_eigenvalue_re(const schursweep_form *form);
const double *schursweep_form_eigenvalue_im(const schursweep_form *form);

struct schursweep_certificate {
    double residual;           /* |W - Q T Q'|_F / |W|_F */
    double orthogonality_loss; /* |Q'Q - I|_F / sqrt(n) */
    double disorder;           /* of moduli, relative to the largest; at most 0: ordered */
};
struct schursweep_certificate schursweep_form_certificate(const schursweep_form *form);

struct schursweep_split {
    int n_r;        /* rows of R */
    double mass[3]; /* |T_X|_F / |T|_F of RR, CR, CC without the diagonal blocks */
};
/* SCHURSWEEP_BAD_ARGUMENT for an alpha outside of (0, 1]. */
int schursweep_split_at(const schursweep_form *form, double alpha, struct schursweep_split *split,
                        char *message);

/* w[n, n] (row-major) = Q T~ Q', T~ being T without the couplings of the set (bits) at that alpha;
 * *mass, unless NULL, is |T - T~|_F / |T|_F. */
int schursweep_remove(const schursweep_form *form, double alpha, unsigned set, double *w,
                      double *mass, char *message);

/* Arrays are row-major; bias_h, bias_y and h0 may be NULL: zeros. */
struct schursweep_network {
    int n_hidden, n_in, n_out;
    const double *weight_hh; /* [n_hidden, n_hidden] */
    const double *weight_ih; /* [n_hidden, n_in] */
    const double *weight_hy; /* [n_out, n_hidden] */
    const double *bias_h;    /* [n_hidden] */
    const double *bias_y;    /* [n_out] */
    const double *h0;        /* [n_hidden] */
};
/* outputs[n_steps, n_trials, n_out] of inputs[n_steps, n_trials, n_in], both row-major. The bits do
 * not depend on the number of trials; 105 names a step whose outputs are not finite. */
int schursweep_rollout(const struct schursweep_network *network, int n_steps, int n_trials,
                       const double *inputs, double *outputs, char *message);

#ifdef __cplusplus
}
#endif
#endif

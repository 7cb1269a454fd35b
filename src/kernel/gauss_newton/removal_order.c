#include "kernel/gauss_newton/removal_order.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

enum { EVEN };

struct search {
    const struct pairs *pairs;
    struct removal_order *order;
    bool *is_left; /* [n_pairs] */
    double *fx;    /* [n_pairs] F x */
    double variation;
    bool is_by_mass;
};

static double gram(const struct search *search, int p, int q)
{
    return gauss_newton_gram(search->pairs->gn, EVEN, p, q) / search->variation;
}

/* What removing a pair adds to the square. */
static double addition(const struct search *search, int p)
{
    return 2.0 * search->fx[p] + gram(search, p, p);
}

static double score(const struct search *search, int p)
{
    const double mass = search->pairs->list[p].mass_square;
    const double added = addition(search, p);
    return search->is_by_mass ? mass : added > 0.0 ? added / mass : added * mass;
}

static int least(const struct search *search)
{
    int best = -1;
    double best_score = 0.0;
    for (int p = 0; p < search->pairs->gn->n_pairs; p++) {
        if (search->is_left[p]) {
            const double mine = score(search, p);
            if (best < 0 || mine < best_score) {
                best = p;
                best_score = mine;
            }
        }
    }
    return best;
}

/* Takes pair number `place` of the order. */
static void take(const struct search *search, int place)
{
    struct removal_order *const order = search->order;
    const int p = least(search);
    const double square = order->squares[place] + addition(search, p);
    order->pairs[place] = p;
    order->shares[place + 1] =
        order->shares[place] + search->pairs->list[p].mass_square / search->pairs->mass_square;
    order->squares[place + 1] = square > 0.0 ? square : 0.0; /* what cancels may leave rounding */
    order->diagonal += gram(search, p, p);
    search->is_left[p] = false;
    for (int q = 0; q < search->pairs->gn->n_pairs; q++) {
        search->fx[q] += gram(search, p, q);
    }
}

static enum status create(struct removal_order *order, const struct pairs *pairs, bool is_by_mass,
                          double variation, struct error *error)
{
    const size_t n_pairs = (size_t)pairs->gn->n_pairs;
    struct search search = {
        .pairs = pairs, .order = order, .variation = variation, .is_by_mass = is_by_mass};
    *order = (struct removal_order){.count = 0};
    enum status status = memory_array(&order->pairs, n_pairs, sizeof *order->pairs, error);
    THEN(status, memory_array(&order->shares, n_pairs + 1, sizeof *order->shares, error));
    THEN(status, memory_array(&order->squares, n_pairs + 1, sizeof *order->squares, error));
    THEN(status, memory_array(&search.is_left, n_pairs, sizeof *search.is_left, error));
    THEN(status, memory_array(&search.fx, n_pairs, sizeof *search.fx, error));
    for (size_t p = 0; p < n_pairs && status == STATUS_OK; p++) {
        search.is_left[p] = !pairs->list[p].is_empty && !pairs->list[p].is_ambiguous;
        order->count += search.is_left[p];
    }
    for (int i = 0; i < order->count && status == STATUS_OK; i++) {
        take(&search, i);
    }
    if (status == STATUS_OK) {
        order->whole = order->squares[order->count];
    }
    free(search.is_left);
    free(search.fx);
    return status;
}

enum status removal_order_create(struct removal_order *order, const struct pairs *pairs,
                                 double variation, struct error *error)
{
    return create(order, pairs, false, variation, error);
}

enum status removal_order_by_mass(struct removal_order *order, const struct pairs *pairs,
                                  double variation, struct error *error)
{
    return create(order, pairs, true, variation, error);
}

void removal_order_release(struct removal_order *order)
{
    free(order->pairs);
    free(order->shares);
    free(order->squares);
    *order = (struct removal_order){.count = 0};
}

double removal_order_random_square(const struct removal_order *order, int count)
{
    const double n = order->count;
    const double j = count;
    const double of_two = n > 1.0 ? j * (j - 1.0) / (n * (n - 1.0)) : 0.0;
    return j / n * order->diagonal + of_two * (order->whole - order->diagonal);
}

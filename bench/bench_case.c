#include "bench_case.h"

#include "core/memory.h"
#include "core/rng.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void demand(enum status status, const struct error *error)
{
    if (status != STATUS_OK) {
        (void)fprintf(stderr, "%s\n", error->text);
        exit((int)status);
    }
}

static void fill(struct rng *rng, double *values, size_t count, double deviation)
{
    for (size_t i = 0; i < count; i++) {
        values[i] = deviation * rng_normal(rng);
    }
}

void bench_case_create(struct bench_case *bench, const struct bench_sizes *sizes)
{
    struct error error;
    struct rng rng = rng_stream((struct rng_key){{1, 2}}, 0, 0);
    const size_t n = (size_t)sizes->n_hidden;
    const size_t channels = (size_t)sizes->n_channels;
    const size_t places = (size_t)sizes->n_steps * (size_t)sizes->n_trials;
    *bench = (struct bench_case){0};
    struct network_shape shape = {CELL_DEFAULT, sizes->n_hidden, sizes->n_channels,
                                  sizes->n_channels};
    shape.cell.kind = sizes->kind;
    const size_t gates = (size_t)cell_parts(sizes->kind)->n_gates;
    demand(network_create(&bench->network, &shape, &error), &error);
    demand(trials_create(&bench->trials, sizes->n_steps, sizes->n_trials, sizes->n_channels,
                         sizes->n_channels, &error),
           &error);
    fill(&rng, bench->network.weight_hh, n * n, 1.0 / sqrt((double)n));
    fill(&rng, bench->network.others_hh, (gates - 1) * n * n, 1.0 / sqrt((double)n));
    fill(&rng, bench->network.weight_ih, gates * n * channels, 1.0);
    fill(&rng, bench->network.weight_hy, n * channels, 1.0 / sqrt((double)n));
    fill(&rng, bench->trials.inputs, places * channels, 1.0);
    fill(&rng, bench->trials.targets, places * channels, 1.0);
    demand(packed_trials_create(&bench->packed, &bench->trials, sizes->precision, &error), &error);
    demand(rollout_create(&bench->rollout, &bench->network, &bench->packed, sizes->path, &error),
           &error);
    demand(memory_array(&bench->scores, (size_t)sizes->n_trials, sizeof *bench->scores, &error),
           &error);
}

void bench_case_release(struct bench_case *bench)
{
    rollout_destroy(&bench->rollout);
    packed_trials_release(&bench->packed);
    trials_release(&bench->trials);
    network_release(&bench->network);
    free(bench->scores);
}

void bench_case_run(struct bench_case *bench)
{
    const struct trial_range all = {0, bench->trials.n_trials};
    rollout_set_weights(bench->rollout, bench->network.weight_hh);
    rollout_score(bench->rollout, all, bench->scores);
}

int bench_number(int argc, char **argv, int index)
{
    const long number = index < argc ? strtol(argv[index], NULL, 10) : 0;
    return number > 0 && number < INT_MAX ? (int)number : 0;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare);
    return (values[count / 2] + values[(count - 1) / 2]) / 2.0;
}

double bench_clock(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

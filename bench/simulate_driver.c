/* Where one driver saturates: discrete-event simulation of its loop.
 *
 *   simulate_driver SERVICE_US LATENCY_US [LARGEST_UNITS]
 *
 * The driver takes reports in the order in which they arrive and needs SERVICE_US for each, booking
 * and next work unit together; a message travels LATENCY_US; a worker has as many work units in
 * flight as the program gives it. Work units last their mean length times a number from [0.5, 1.5).
 * Prints the efficiency (time under a driver that needs no time over the time), and the least work
 * unit length for 90 %. The splitting of the last cases is left out of both. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* As in src/driver. */
enum { DEPTH = 2, MAX_DEPTH = 32 };
static const double TIME_AT_HAND = 5e-3;

enum { UNITS_PER_WORKER = 20 }; /* of the second table */

struct settings {
    double service; /* seconds */
    double latency;
    double length; /* mean of a work unit */
    int n_workers;
    int64_t n_units;
};

struct arrival {
    double time;
    int worker;
};

/* Reports on their way, the earliest first: a binary heap. */
struct heap {
    struct arrival *arrivals;
    int64_t count;
};

static void heap_push(struct heap *heap, struct arrival arrival)
{
    int64_t place = heap->count++;
    while (place > 0 && heap->arrivals[(place - 1) / 2].time > arrival.time) {
        heap->arrivals[place] = heap->arrivals[(place - 1) / 2];
        place = (place - 1) / 2;
    }
    heap->arrivals[place] = arrival;
}

static struct arrival heap_pop(struct heap *heap)
{
    const struct arrival first = heap->arrivals[0];
    const struct arrival last = heap->arrivals[--heap->count];
    int64_t place = 0;
    for (int64_t child = 1; child < heap->count; child = 2 * place + 1) {
        child +=
            child + 1 < heap->count && heap->arrivals[child + 1].time < heap->arrivals[child].time;
        if (heap->arrivals[child].time >= last.time) {
            break;
        }
        heap->arrivals[place] = heap->arrivals[child];
        place = child;
    }
    heap->arrivals[place] = last;
    return first;
}

/* splitmix64 */
static double next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

struct state {
    struct heap heap;
    double *worker_free; /* [n_workers] when it has finished what it has */
    double driver_free;
    double end;
    int64_t n_left;
    uint64_t random;
};

static void hand_out(const struct settings *settings, struct state *state, int worker)
{
    const double length = settings->length * (0.5 + next_random(&state->random));
    const double arrival = state->driver_free + settings->latency;
    const double begin = fmax(arrival, state->worker_free[worker]);
    state->worker_free[worker] = begin + length;
    state->n_left--;
    heap_push(&state->heap, (struct arrival){begin + length + settings->latency, worker});
}

static int depth_of(const struct settings *settings)
{
    const double wanted = TIME_AT_HAND / settings->length;
    const double share = (double)settings->n_units / (2.0 * settings->n_workers);
    return (int)fmax(DEPTH, fmin(MAX_DEPTH, fmin(wanted, share)));
}

/* Handing out at first costs half a service: nothing has to be booked. */
static void begin(const struct settings *settings, struct state *state)
{
    const int depth = depth_of(settings);
    for (int round = 0; round < depth; round++) {
        for (int worker = 0; worker < settings->n_workers && state->n_left > 0; worker++) {
            state->driver_free += 0.5 * settings->service;
            hand_out(settings, state, worker);
        }
    }
}

/* Seconds until the last report is booked. */
static double simulate(const struct settings *settings)
{
    struct state state = {.n_left = settings->n_units, .random = 1};
    const size_t capacity = (size_t)settings->n_workers * MAX_DEPTH;
    state.heap.arrivals = calloc(capacity, sizeof *state.heap.arrivals);
    state.worker_free = calloc((size_t)settings->n_workers, sizeof *state.worker_free);
    if (state.heap.arrivals == NULL || state.worker_free == NULL) {
        (void)fprintf(stderr, "simulate_driver: out of memory\n");
        exit(1);
    }
    begin(settings, &state);
    while (state.heap.count > 0) {
        const struct arrival report = heap_pop(&state.heap);
        state.driver_free = fmax(state.driver_free, report.time) + settings->service;
        state.end = state.driver_free;
        if (state.n_left > 0) {
            hand_out(settings, &state, report.worker);
        }
    }
    free(state.heap.arrivals);
    free(state.worker_free);
    return state.end;
}

static double efficiency(const struct settings *settings)
{
    struct settings ideal = *settings;
    ideal.service = 0;
    ideal.latency = 0;
    /* The driver's delays change who gets which length: now and then for the better. */
    return fmin(1.0, simulate(&ideal) / simulate(settings));
}

static void print_efficiencies(struct settings settings, int64_t largest)
{
    static const double LENGTHS[] = {1e-3, 1e-2, 0.1, 1.0, 10.0};
    (void)printf("efficiency      work units of   1 ms    10 ms   100 ms      1 s     10 s\n");
    for (settings.n_workers = 100; settings.n_workers <= 100000; settings.n_workers *= 10) {
        for (settings.n_units = 10000; settings.n_units <= largest; settings.n_units *= 10) {
            (void)printf("%6d workers, 1e%.0f work units", settings.n_workers,
                         log10((double)settings.n_units));
            for (size_t i = 0; i < sizeof LENGTHS / sizeof LENGTHS[0]; i++) {
                settings.length = LENGTHS[i];
                (void)printf(" %6.1f %%", 100.0 * efficiency(&settings));
            }
            (void)printf("\n");
        }
    }
}

/* By bisection of its logarithm. */
static double least_length(struct settings settings)
{
    double low = -6.0;
    double high = 4.0;
    while (high - low > 0.02) {
        const double middle = 0.5 * (low + high);
        settings.length = pow(10.0, middle);
        if (efficiency(&settings) >= 0.9) {
            high = middle;
        } else {
            low = middle;
        }
    }
    return pow(10.0, high);
}

static void print_least_lengths(struct settings settings, int64_t largest)
{
    (void)printf("least work unit length for 90 %%, %d work units per worker\n", UNITS_PER_WORKER);
    for (settings.n_workers = 100; settings.n_workers <= 100000; settings.n_workers *= 10) {
        settings.n_units = (int64_t)UNITS_PER_WORKER * settings.n_workers;
        if (settings.n_units <= largest) {
            (void)printf("%6d workers %10.4f s\n", settings.n_workers, least_length(settings));
        }
    }
}

int main(int argc, char **argv)
{
    const struct settings settings = {.service = argc > 1 ? 1e-6 * strtod(argv[1], NULL) : 0,
                                      .latency = argc > 2 ? 1e-6 * strtod(argv[2], NULL) : 0};
    const int64_t largest = argc > 3 ? (int64_t)strtod(argv[3], NULL) : 10000000;
    if (settings.service <= 0 || settings.latency <= 0) {
        (void)fprintf(stderr, "usage: simulate_driver SERVICE_US LATENCY_US [LARGEST_UNITS]\n");
        return 2;
    }
    (void)printf("%g us per report and %g us per message: at most %.0f work units/s\n",
                 1e6 * settings.service, 1e6 * settings.latency, 1.0 / settings.service);
    print_efficiencies(settings, largest);
    print_least_lengths(settings, largest);
    return 0;
}

/* Path integration: where has a walk of changing heading and speed come to, seen from its start?
 * Polar inputs are to be multiplied first; of cartesian ones the position is a mere sum.
 *
 *     theta_t = theta_{t-1} + 0.3 N(0, 1),    w_t = w_{t-1} + 0.1 N(0, 1) reflected into [0, 1],
 *     p_t = p_{t-1} + 0.1 w_t (cos theta_t, sin theta_t),    p_{-1} = 0
 *
 * The speed changes slowly: of one drawn anew at each step the mean would do, and a network learns
 * to ignore it. */
#include "kernel/tasks/task.h"

#include "core/elementary.h"

#include <math.h>

static const double PI = 3.14159265358979323846;
static const double TURN = 0.3;
static const double JITTER = 0.1;
static const double STRIDE = 0.1; /* of full speed */

enum { TRIALS, STEPS, CHANNELS, PARAM_COUNT };
enum { DIMENSIONS = 2, POLAR_INPUTS = 3 };

static struct task_shape shape_with(const double *params, int n_inputs)
{
    const int channels = (int)params[CHANNELS];
    return (struct task_shape){(int)params[STEPS], n_inputs * channels, DIMENSIONS * channels};
}

static struct task_shape polar_shape(const double *params)
{
    return shape_with(params, POLAR_INPUTS);
}

static struct task_shape cartesian_shape(const double *params)
{
    return shape_with(params, DIMENSIONS);
}

/* One walk: inputs and targets begin with its own, of steps that lie n_in and n_out apart. */
static void walk(struct rng *rng, const struct task_shape *shape, bool is_polar, double *inputs,
                 double *targets)
{
    double heading = PI * (2.0 * rng_uniform(rng) - 1.0);
    double unreflected = rng_uniform(rng);
    double position[DIMENSIONS] = {0.0, 0.0};
    for (int t = 0; t < shape->n_steps; t++) {
        heading += t > 0 ? TURN * rng_normal(rng) : 0.0;
        unreflected += t > 0 ? JITTER * rng_normal(rng) : 0.0;
        const double speed = fabs(remainder(unreflected, 2.0));
        double direction[DIMENSIONS];
        elementary_circle(heading / (2.0 * PI), &direction[0], &direction[1]);
        double *const x = inputs + (ptrdiff_t)t * shape->n_in;
        double *const y = targets + (ptrdiff_t)t * shape->n_out;
        for (int i = 0; i < DIMENSIONS; i++) {
            position[i] += STRIDE * speed * direction[i];
            y[i] = position[i];
            x[i + is_polar] = is_polar ? direction[i] : speed * direction[i];
        }
        x[0] = is_polar ? speed : x[0];
    }
}

static void generate_walks(const struct task_shape *shape, bool is_polar, struct rng *rng,
                           const struct task_trial *trial)
{
    const int channels = shape->n_out / DIMENSIONS;
    for (int k = 0; k < channels; k++) {
        walk(rng, shape, is_polar, trial->inputs + shape->n_in / channels * k,
             trial->targets + DIMENSIONS * (ptrdiff_t)k);
    }
}

static void polar_generate(const double *params, struct rng *rng, const struct task_trial *trial)
{
    const struct task_shape shape = polar_shape(params);
    generate_walks(&shape, true, rng, trial);
}

static void cartesian_generate(const double *params, struct rng *rng,
                               const struct task_trial *trial)
{
    const struct task_shape shape = cartesian_shape(params);
    generate_walks(&shape, false, rng, trial);
}

#define PARAMS                                                                                     \
    .n_params = PARAM_COUNT, .params = {[TRIALS] = TASK_PARAM_TRIALS(512),                         \
                                        [STEPS] = {"steps", true, 40, 1, 1 << 20, 0, false},       \
                                        [CHANNELS] = TASK_PARAM_CHANNELS}

const struct task_ops TASK_PATH_INTEGRATION = {
    .name = "path_integration",
    .metric = METRIC_FVU,
    PARAMS,
    .target = 0.015,
    .shape = polar_shape,
    .generate = polar_generate,
};

const struct task_ops TASK_PATH_INTEGRATION_CARTESIAN = {
    .name = "path_integration_cartesian",
    .metric = METRIC_FVU,
    PARAMS,
    .target = 0.002,
    .shape = cartesian_shape,
    .generate = cartesian_generate,
};

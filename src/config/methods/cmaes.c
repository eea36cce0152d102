/* CMA-ES (base/cmaes.h) in the unit cube of all axes, on which logarithms lie evenly if one says
 * log_uniform: a generation is a population, the first one about the middle of the cube. All that it
 * knows is worked out again from the candidates and their places. What is drawn outside the cube is drawn
 * again; whole numbers are chosen as their fractions are. */
#include "base/cmaes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "config/sweep.h"

_Static_assert(CMAES_PARAMETERS >= (int)SWEEP_NUMBERS, "a sweep's axes");

enum { TRIES = 100, STREAM = 2 /* apart from those of other methods */ };

static const double SIGMA = 0.3; /* Hansen's advice: the best is within .5 +- sigma or so */

struct place {
    int32_t place; /* below 0: diverged */
    int64_t candidate;
};

struct state {
    const struct sweep *sweep;
    struct cmaes cmaes;
    struct cmaes_rates rates;
    double mean[SWEEP_NUMBERS];
    int moves;
    struct place *ranked; /* [generation] */
};

static bool suits(const struct sweep *sweep, int axis, char reason[SETTINGS_VALUE])
{
    snprintf(
        reason, SETTINGS_VALUE,
        "found values, allowed: a range {min, max} with method cmaes, which moves through one; "
        "method tpe chooses among values too");
    return sweep->axis[axis].count == 0;
}

static int generation(const struct sweep *sweep)
{
    return cmaes_population(sweep->axes);
}

static void start(struct state *state, double *numbers, const struct sweep *sweep)
{
    int n = sweep->axes;
    state->sweep = sweep;
    state->cmaes = cmaes_view(numbers, n);
    state->rates =
        cmaes_rates(sweep->generation < CMAES_POPULATION ? sweep->generation : CMAES_POPULATION, n);
    *state->cmaes.sigma = SIGMA;
    for (int a = 0; a < n; a++) {
        state->mean[a] = 0.5;
        state->cmaes.width[a] = 1;
        state->cmaes.covariance[a * n + a] = state->cmaes.axes[a * n + a] = 1;
    }
}

/* Where a candidate of the next generation lies; after many draws outside, where the last one is nearest. */
static void draw(double *point, const struct state *state, int64_t candidate)
{
    const struct sweep *sweep = state->sweep;
    struct random_key key = random_key(sweep->seed, STREAM, RANDOM_SEARCH);
    bool inside = false;
    for (uint64_t attempt = 0; attempt < TRIES && !inside; attempt++) {
        double z[SWEEP_NUMBERS], y[SWEEP_NUMBERS];
        random_normal(z, key, (uint64_t)candidate, attempt, sweep->axes);
        cmaes_draw(y, &state->cmaes, z);
        inside = true;
        for (int a = 0; a < sweep->axes; a++) {
            point[a] = state->mean[a] + *state->cmaes.sigma * y[a];
            inside &= point[a] >= 0 && point[a] < 1;
        }
    }
    for (int a = 0; a < sweep->axes; a++)
        point[a] = fmin(fmax(point[a], 0), 1 - 0x1p-32);
}

static int compare(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    return a->place < b->place ? -1 : a->place > b->place;
}

/* Those that came to something, best first. One that stands elsewhere than it was drawn, since that could
 * not be run, says nothing of this generation. */
static int rank(struct state *state, const int32_t *place, int64_t first)
{
    const struct sweep *sweep = state->sweep;
    int count = 0;
    for (int64_t c = first; c < first + sweep->generation; c++) {
        double point[SWEEP_NUMBERS];
        draw(point, state, c);
        size_t bytes = sizeof *point * (size_t)sweep->axes;
        if (place[c] >= 0 && memcmp(point, sweep->point + c * sweep->axes, bytes) == 0)
            state->ranked[count++] = (struct place){place[c], c};
    }
    qsort(state->ranked, (size_t)count, sizeof *state->ranked, compare);
    return count;
}

/* What a whole generation from `first` on has taught. */
static void move(struct state *state, const int32_t *place, int64_t first)
{
    const struct sweep *sweep = state->sweep;
    struct cmaes_best best = {0};
    if (rank(state, place, first) < state->rates.mu) {
        *state->cmaes.sigma /= 2; // as where most rules of a population diverged
        return;
    }
    for (int b = 0; b < state->rates.mu; b++) {
        double y[SWEEP_NUMBERS];
        const double *point = sweep->point + state->ranked[b].candidate * sweep->axes;
        for (int a = 0; a < sweep->axes; a++)
            y[a] = (point[a] - state->mean[a]) / *state->cmaes.sigma;
        cmaes_add(&best, y, &state->rates, sweep->axes);
    }
    cmaes_move(state->mean, &state->cmaes, &best, &state->rates, ++state->moves);
}

static bool learn(const struct sweep *sweep, const int32_t *place, int64_t first, int64_t end)
{
    struct state state = {0};
    double *numbers = calloc((size_t)cmaes_numbers(sweep->axes), sizeof *numbers);
    state.ranked = calloc((size_t)sweep->generation, sizeof *state.ranked);
    bool held = numbers && state.ranked;
    if (held) {
        start(&state, numbers, sweep);
        for (int64_t c = 0; c < first; c += sweep->generation)
            move(&state, place, c);
        for (int64_t c = first; c < end; c++) {
            double point[SWEEP_NUMBERS];
            draw(point, &state, c);
            sweep_place(sweep, c, point);
        }
    }
    free(numbers);
    free(state.ranked);
    return held;
}

const struct sweep_method sweep_cmaes = {
    .name = "cmaes",
    .sentence =
        "CMA-ES: candidates of a generation are drawn from a normal distribution, which moves, "
        "widens and turns towards the better ones of it; ranges only.",
    .draws = true,
    .suits = suits,
    .fraction = sweep_fraction,
    .learn = learn,
    .generation = generation,
    .least = 4,
};

/* Where a race looks next: along the bowl of race_bowl.c, or a single change of size, of a
 * constant, of a term that is set to 0. Size and direction are apart: a step changes the norm of the
 * coefficients by a factor, and turns them. */
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "model/rule.h"
#include "search/optimizers/race_bowl.h"
#include "search/optimizers/race_steps.h"

/* out = theta a step of `length` along `direction`: its part along theta changes the size by a
 * factor, the rest turns theta at that size. */
static void move(double *out, const struct race *race, const double *theta, const double *direction,
                 double length)
{
    int coefficients = (int)race->head->coefficients;
    double size = optimizer_race_size(race, theta), radial = 0, square = 0;
    for (int p = 0; p < coefficients; p++)
        radial += direction[p] * theta[p] / size;
    for (int p = 0; p < coefficients; p++) {
        out[p] = theta[p] / size + length * (direction[p] - radial * theta[p] / size);
        square += out[p] * out[p];
    }
    for (int p = 0; p < coefficients && square > 0; p++)
        out[p] *= size * exp(length * radial) / sqrt(square);
    for (int p = coefficients; p < race->n; p++)
        out[p] = theta[p] + length * direction[p];
}

static void scale(double *out, const struct race *race, const double *theta, double factor)
{
    for (int p = 0; p < race->n; p++)
        out[p] = theta[p] * (p < (int)race->head->coefficients ? factor : 1);
}

/* Without one of its terms, at the same size; false: it has but one. */
static bool drop_term(double *out, const struct race *race, const double *theta)
{
    double chance;
    int coefficients = (int)race->head->coefficients, terms = 0;
    for (int p = 0; p < coefficients; p++)
        terms += theta[p] != 0;
    if (terms < 2)
        return false;
    random_uniform(&chance, random_key((uint64_t)race->settings->seed, 0, RANDOM_SEARCH),
                   (uint64_t)race->head->proposals, 1, 1);
    int left = (int)(chance * terms);
    memcpy(out, theta, sizeof *out * (size_t)race->n);
    for (int p = 0; p < coefficients; p++)
        if (theta[p] != 0 && left-- == 0)
            out[p] = 0;
    double size = optimizer_race_size(race, theta);
    scale(out, race, out, size / optimizer_race_size(race, out));
    return true;
}

/* Whether a challenger of this kind is at work already: a second one would say nothing new. */
static bool is_taken(const struct race *race, int slot, int kind)
{
    bool taken = false;
    for (int i = 0; i < race->population; i++)
        taken |= i != slot && (int)optimizer_race_slot(race, i)->kind == kind;
    return taken;
}

/* The free constant that a kind of change is of, -1: none; and the length to try, with its sign. */
static int constant_of(double *length, const struct race *race, int kind)
{
    const struct race_head *head = race->head;
    int times = (int)head->times, turn = (int)(head->proposals / 16);
    *length = 0;
    switch (kind) {
    case OPTIMIZER_SLOWER:
    case OPTIMIZER_FASTER:
        *length = kind == OPTIMIZER_SLOWER ? head->time : -head->time;
        return times > 0 ? (int)head->coefficients + times - 1 - turn % times : -1;
    case OPTIMIZER_LOOSER:
    case OPTIMIZER_TIGHTER:
        *length = kind == OPTIMIZER_LOOSER ? head->bound : -head->bound;
        return (int)head->clip;
    case OPTIMIZER_QUICKER:
    case OPTIMIZER_STEADIER:
        *length = kind == OPTIMIZER_QUICKER ? head->rate : -head->rate;
        return (int)head->mean;
    default:
        return -1;
    }
}

/* A change of a single number, out; its length. 0: it is not to be had now. */
static double propose_single(double *out, const struct race *race, int slot, const double *theta,
                             int kind)
{
    const struct race_head *head = race->head;
    bool zero = true;
    double length;
    for (int p = 0; p < (int)head->coefficients; p++)
        zero &= theta[p] == 0;
    if (is_taken(race, slot, kind) || (zero && kind <= OPTIMIZER_WITHOUT))
        return 0;
    if (kind == OPTIMIZER_LARGER || kind == OPTIMIZER_SMALLER) {
        scale(out, race, theta, exp(kind == OPTIMIZER_LARGER ? head->size : -head->size));
        return head->size;
    }
    if (kind == OPTIMIZER_WITHOUT)
        return drop_term(out, race, theta) ? 1 : 0;
    int p = constant_of(&length, race, kind);
    if (p < 0)
        return 0;
    memcpy(out, theta, sizeof *out * (size_t)race->n);
    out[p] += length;
    return fabs(length);
}

void optimizer_race_propose(struct race *race, int slot, const double *theta)
{
    static const int turn[] = {
        OPTIMIZER_DIRECTION, OPTIMIZER_LARGER, OPTIMIZER_DIRECTION, OPTIMIZER_SMALLER,
        OPTIMIZER_DIRECTION, OPTIMIZER_SLOWER, OPTIMIZER_DOWNHILL,  OPTIMIZER_WITHOUT,
        OPTIMIZER_DIRECTION, OPTIMIZER_LARGER, OPTIMIZER_DOWNHILL,  OPTIMIZER_SMALLER,
        OPTIMIZER_DIRECTION, OPTIMIZER_FASTER, OPTIMIZER_DOWNHILL,  OPTIMIZER_DIRECTION,
    };
    // In the place of a direction where the rule has such a constant.
    static const int other[sizeof turn / sizeof *turn] = {
        [0] = OPTIMIZER_LOOSER,
        [4] = OPTIMIZER_QUICKER,
        [8] = OPTIMIZER_TIGHTER,
        [12] = OPTIMIZER_STEADIER,
    };
    static const double lengths[] = {1, 2, 0.5};
    struct race_head *head = race->head;
    double *out = optimizer_race_theta(race, slot), direction[RULE_PARAMETERS], length = 0;
    int now = (int)fmod(head->proposals, sizeof turn / sizeof *turn), kind = turn[now];
    if (constant_of(&length, race, other[now]) >= 0)
        kind = other[now];
    length = 0;
    if (kind != OPTIMIZER_DIRECTION && kind != OPTIMIZER_DOWNHILL)
        length = propose_single(out, race, slot, theta, kind);
    if (length == 0) {
        bool downhill = kind == OPTIMIZER_DOWNHILL && race->moments[0] > 0;
        kind = downhill ? OPTIMIZER_DOWNHILL : OPTIMIZER_DIRECTION;
        double far = optimizer_race_draw(direction, race, theta, downhill);
        length = downhill ? fmax(head->step / 4, fmin(far, 4 * head->step))
                          : head->step * lengths[(int)fmod(head->proposals, 3)];
        move(out, race, theta, direction, length);
    }
    head->proposals++;
    *optimizer_race_slot(race, slot) = (struct race_slot){.kind = kind, .length = length};
}

void optimizer_race_carry(struct race *race, int slot, const double *step)
{
    struct race_slot *challenger = optimizer_race_slot(race, slot);
    double *theta = optimizer_race_theta(race, slot);
    for (int p = 0; p < race->n; p++)
        theta[p] += step[p];
    *challenger = (struct race_slot){.kind = challenger->kind, .length = challenger->length};
}

void optimizer_race_shrink(struct race *race, int slot, const double *theta)
{
    scale(optimizer_race_theta(race, slot), race, theta, ldexp(1, -1 - slot));
    *optimizer_race_slot(race, slot) =
        (struct race_slot){.kind = OPTIMIZER_SMALLER, .length = (slot + 1) * log(2)};
}

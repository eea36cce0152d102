/* Candidates by number: which axes they have a value of, and which differ by their run seed only. Repeats
 * of the same values are neighbours, so that a run that is cut short has all of them or none of most. */

#include <string.h>

#include "base/random.h"
#include "config/sweep.h"

enum { SPARE = 64 - 53 }; /* bits: run seeds are exact in a double */

int64_t sweep_candidates(const struct sweep *sweep)
{
    if (sweep->axes == 0)
        return sweep->repeats;
    int64_t samples = sweep->method->draws ? sweep->samples : sweep->method->candidates(sweep);
    return (sweep->points + (samples - 1) * sweep->varied) * sweep->repeats;
}

/* Conditions name axes that stand before, so that this ends. */
static bool meets_all(const struct sweep *sweep, int64_t index, int axis)
{
    const struct sweep_axis *of = &sweep->axis[axis];
    for (int i = 0; i < of->whens; i++) {
        int choice = sweep_choice(sweep, index, of->when[i].axis);
        if (choice == SWEEP_NONE || !of->when[i].meets[choice])
            return false;
    }
    return true;
}

int sweep_choice(const struct sweep *sweep, int64_t index, int axis)
{
    const struct sweep_axis *of = &sweep->axis[axis];
    if (of->crossed)
        return sweep_crossed_choice(sweep, index, axis);
    if (!meets_all(sweep, index, axis))
        return SWEEP_NONE;
    if (of->count == 0)
        return SWEEP_POINT;
    int64_t sample = sweep_sample(sweep, index);
    if (sweep->method->draws)
        return sweep_drawn_choice(of, sweep_drawn(sweep, sample, axis));
    return *of->value[sample] ? (int)sample : SWEEP_NONE;
}

bool sweep_has(const struct sweep *sweep, int64_t index, int axis)
{
    const struct sweep_axis *of = &sweep->axis[axis];
    return (of->whens == 0 && !of->gaps) || sweep_choice(sweep, index, axis) != SWEEP_NONE;
}

void sweep_value(char text[SETTINGS_VALUE], const struct sweep *sweep, int64_t index, int axis)
{
    int choice = sweep_choice(sweep, index, axis);
    const struct sweep_axis *of = &sweep->axis[axis];
    *text = '\0';
    if (choice == SWEEP_POINT)
        sweep_point(text, of, sweep_drawn(sweep, sweep_sample(sweep, index), axis));
    else if (choice != SWEEP_NONE)
        strcpy(text, of->value[choice]);
}

int64_t sweep_seed(const struct sweep *sweep, int64_t index, int64_t seed)
{
    uint64_t word[4], repeat = (uint64_t)(index % sweep->repeats);
    if (repeat == 0)
        return seed;
    random_words(word, random_key((uint64_t)seed, 0, RANDOM_REPEATS), repeat, 0, 0);
    return (int64_t)(word[0] >> SPARE);
}

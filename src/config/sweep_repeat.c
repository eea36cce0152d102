/* Candidates by number: which axes they have a value of, and which differ by their run seed only. Repeats
 * of the same values are neighbours, so that a run that is cut short has all of them or none of most. */

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

bool sweep_has(const struct sweep *sweep, int64_t index, int axis)
{
    const struct sweep_axis *of = &sweep->axis[axis];
    for (int i = 0; i < of->whens; i++) {
        char text[SETTINGS_VALUE];
        sweep_value(text, sweep, index, of->when[i].axis); // it stands before, so that this ends
        if (!sweep_meets(&of->when[i], text))
            return false;
    }
    return true;
}

void sweep_value(char text[SETTINGS_VALUE], const struct sweep *sweep, int64_t index, int axis)
{
    *text = '\0';
    if (!sweep_has(sweep, index, axis))
        return;
    if (sweep->axis[axis].crossed)
        sweep_crossed_value(text, sweep, index, axis);
    else
        sweep->method->value(text, sweep, sweep_sample(sweep, index), axis);
}

int64_t sweep_seed(const struct sweep *sweep, int64_t index, int64_t seed)
{
    uint64_t word[4], repeat = (uint64_t)(index % sweep->repeats);
    if (repeat == 0)
        return seed;
    random_words(word, random_key((uint64_t)seed, 0, RANDOM_REPEATS), repeat, 0, 0);
    return (int64_t)(word[0] >> SPARE);
}

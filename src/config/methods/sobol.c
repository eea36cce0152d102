/* Points that fill the space of all parameters evenly, however many are taken: Sobol' (1967), with the
 * direction numbers of Joe and Kuo (2008), SIAM J. Sci. Comput. 30:2635-2654, scrambled by the seed:
 * every digit is flipped or not by a coin of its own for all digits above it (Owen 1995, LNS 106).
 * The first digits are those by which candidates differ; all below them are one draw. */
#include <stdio.h>

#include "base/random.h"
#include "config/sweep.h"

enum { BITS = 32, AXES = 21, DEGREE = 7, DIGITS = 20 };

/* Primitive polynomial x^degree + ... + 1, its middle coefficients as bits, and the first direction
 * numbers m of each axis; the first axis has none and mirrors the digits of the index. */
static const struct {
    unsigned degree, middle, m[DEGREE];
} start[AXES] = {
    {0, 0, {0}},
    {1, 0, {1}},
    {2, 1, {1, 3}},
    {3, 1, {1, 3, 1}},
    {3, 2, {1, 1, 1}},
    {4, 1, {1, 1, 3, 3}},
    {4, 4, {1, 3, 5, 13}},
    {5, 2, {1, 1, 5, 5, 17}},
    {5, 4, {1, 1, 5, 5, 5}},
    {5, 7, {1, 1, 7, 11, 19}},
    {5, 11, {1, 1, 5, 1, 1}},
    {5, 13, {1, 1, 1, 3, 11}},
    {5, 14, {1, 3, 5, 5, 31}},
    {6, 1, {1, 3, 3, 9, 7, 49}},
    {6, 13, {1, 1, 1, 15, 21, 21}},
    {6, 16, {1, 3, 1, 13, 27, 49}},
    {6, 19, {1, 1, 1, 15, 7, 5}},
    {6, 22, {1, 3, 1, 15, 13, 25}},
    {6, 25, {1, 1, 5, 5, 19, 61}},
    {7, 1, {1, 3, 7, 11, 23, 15, 103}},
    {7, 4, {1, 3, 7, 13, 13, 15, 69}},
};

static bool suits(const struct sweep *sweep, int axis, char reason[SETTINGS_VALUE])
{
    int coordinate = sweep_coordinate(sweep, axis);
    snprintf(reason, SETTINGS_VALUE,
             "found as parameter %d, allowed: %d at the most with method sobol", coordinate + 1,
             AXES);
    return coordinate < AXES;
}

/* The point's coordinate as 32 binary digits. */
static uint32_t coordinate(uint32_t index, int axis)
{
    uint32_t direction[BITS], point = 0;
    unsigned degree = start[axis].degree;
    for (unsigned b = 0; b < BITS; b++) {
        direction[b] = b < degree ? start[axis].m[b] << (31 - b) : (uint32_t)1 << (31 - b);
        if (degree == 0 || b < degree)
            continue;
        direction[b] = direction[b - degree] ^ direction[b - degree] >> degree;
        for (unsigned k = 1; k < degree; k++)
            if (start[axis].middle >> (degree - 1 - k) & 1)
                direction[b] ^= direction[b - k];
    }
    for (unsigned b = 0; b < BITS; b++)
        if (index >> b & 1)
            point ^= direction[b];
    return point;
}

/* Digit b is flipped by a coin that the digits above it choose. */
static uint32_t scramble(uint32_t point, const struct sweep *sweep, int axis)
{
    struct random_key key = random_key(sweep->seed, 0, RANDOM_SEARCH);
    uint64_t word[4];
    for (int b = 0; b < DIGITS; b++) {
        uint64_t above = b ? point >> (BITS - b) : 0;
        random_words(word, key, above, (uint64_t)axis, (uint64_t)b);
        point ^= (uint32_t)(word[0] >> 63) << (BITS - 1 - b);
    }
    random_words(word, key, point >> (BITS - DIGITS), (uint64_t)axis, DIGITS);
    return point ^ (uint32_t)(word[0] >> (32 + DIGITS));
}

static double fraction(const struct sweep *sweep, int64_t index, int axis)
{
    uint32_t point = scramble(coordinate((uint32_t)index, axis), sweep, axis);
    return (point + 0.5) / 4294967296.0;
}

const struct sweep_method sweep_sobol = {
    .name = "sobol",
    .sentence = "Points of Sobol's sequence, scrambled by the seed: they fill the space of all "
                "parameters more evenly than draws do, best if samples is a power of 2.",
    .draws = true,
    .suits = suits,
    .fraction = fraction,
};

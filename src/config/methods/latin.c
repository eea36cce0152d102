/* Latin hypercubes: McKay, Beckman and Conover (1979), Technometrics 21:239-245. Of n candidates each
 * has another n-th of every range, at a point of it that is drawn; which one has which is a random
 * permutation for each axis. A permutation is a function of the place: four rounds of a Feistel
 * network on the least even number of bits that hold n, again until the result is below n (Black and
 * Rogaway 2002, CT-RSA, LNCS 2271:114-130). */
#include "base/random.h"
#include "config/sweep.h"

enum { ROUNDS = 4 };

/* What a round mixes in: a function of half of the bits. */
static uint64_t mix(const struct sweep *sweep, int axis, int round, uint64_t half)
{
    uint64_t word[4];
    random_words(word, random_key(sweep->seed, 0, RANDOM_SEARCH), half,
                 (uint64_t)axis * (ROUNDS + 1) + (uint64_t)round, 0);
    return word[0];
}

static uint64_t permute(const struct sweep *sweep, int axis, uint64_t place)
{
    uint64_t count = (uint64_t)sweep->samples;
    int bits = 1;
    while (bits < 31 && (uint64_t)1 << 2 * bits < count)
        bits++;
    uint64_t mask = ((uint64_t)1 << bits) - 1;
    do {
        uint64_t left = place >> bits, right = place & mask;
        for (int round = 0; round < ROUNDS; round++) {
            uint64_t next = left ^ (mix(sweep, axis, round, right) & mask);
            left = right;
            right = next;
        }
        place = left << bits | right;
    } while (place >= count);
    return place;
}

static double fraction(const struct sweep *sweep, int64_t index, int axis)
{
    double u;
    random_uniform(&u, random_key(sweep->seed, 0, RANDOM_SEARCH), (uint64_t)index,
                   (uint64_t)axis * (ROUNDS + 1) + ROUNDS, 1);
    double part = (double)permute(sweep, axis, (uint64_t)index);
    return (part + u) / sweep->samples;
}

const struct sweep_method sweep_latin = {
    .name = "latin",
    .sentence = "A Latin hypercube: of n candidates each draws from another n-th of every range.",
    .draws = true,
    .fraction = fraction,
};

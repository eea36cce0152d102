/* Counter-based random numbers: Philox 4x64-10 of Random123. Every number is a function of
 * (run seed, task seed, purpose, trial, step, index), never of a rank or of the order of calls.
 * Source: Salmon et al., Parallel random numbers: as easy as 1, 2, 3, SC11.
 *
 * Anyone can recompute them:
 *   key     = {run seed, task seed * 256 + purpose}
 *   counter = {block, step, trial, 0}, lowest word first
 * numpy raises its counter before it draws, so that its words for block 0, 1, ... are
 *   counter = (step << 64 | trial << 128) - 1, modulo 1 << 256
 *   numpy.random.Philox(counter=counter, key=run_seed | (task_seed * 256 + purpose) << 64)
 *       .random_raw(4 * blocks)
 */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

/* What a stream is for; part of the key, so that streams never overlap. The numbers are part of
 * the archive's promise: never change one, only append. */
enum random_purpose {
    RANDOM_RECURRENT = 1,
    RANDOM_INPUT_WEIGHTS = 2,
    RANDOM_READOUT = 3,
    RANDOM_BIAS = 4,
    RANDOM_MASK = 5,
    RANDOM_INITIAL_STATE = 6,
    RANDOM_EXPLORATION = 7,
    RANDOM_WEIGHT_NOISE = 8,
    RANDOM_TASK = 9,
    RANDOM_SEARCH = 10,
    RANDOM_FEEDBACK = 11,
    RANDOM_HINTS = 12,
    RANDOM_BRACKETS = 13,
    RANDOM_REPEATS = 14,
    RANDOM_POPULATION = 15,
    RANDOM_ANALYSIS = 100,
    RANDOM_SIMULATION = 101,
};

/* One stream: run seed and task seed, with a purpose mixed in. */
struct random_key {
    uint64_t word[2];
};

/* Local. The key of (`run_seed`, `task_seed`, `purpose`); `task_seed` below 2^56. */
struct random_key random_key(uint64_t run_seed, uint64_t task_seed, enum random_purpose purpose);

/* Local. The four words of Philox block (`trial`, `step`, `block`) under `key`. */
void random_words(uint64_t word[4], struct random_key key, uint64_t trial, uint64_t step,
                  uint64_t block);

/* Local. `count` doubles, uniform in (0, 1), neither end included, one from each word w of blocks
 * 0, 1, ... of (`trial`, `step`): ((w >> 12) + 1/2) / 2^52. */
void random_uniform(double *out, struct random_key key, uint64_t trial, uint64_t step, long count);

/* Local. `count` standard normals by Box and Muller from the uniforms u of (`trial`, `step`):
 * u_0, u_1 give sqrt(-2 log u_0) times cos(2 pi u_1) and sin(2 pi u_1), and so on in pairs. The
 * same bits on every processor, and the first numbers do not depend on `count`. */
void random_normal(double *out, struct random_key key, uint64_t trial, uint64_t step, long count);

/* Local. The same of `steps` steps from `step` on, out [steps, count], row s those of random_normal() for
 * `step` + s: faster than a call for each where `count` is small. */
void random_normal_steps(double *out, struct random_key key, uint64_t trial, uint64_t step,
                         long steps, long count);

#endif

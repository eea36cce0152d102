#include "base/random.h"

#include <Random123/philox.h>
#include <assert.h>
#include <math.h>

#include "base/vector.h"

enum {
    WORDS = 4,         /* of a Philox block */
    CHUNK = 256,       /* uniforms at once on the stack: whole blocks */
    PAIRS = CHUNK / 2, /* of normals */
    PURPOSE_BITS = 8,  /* of the second key word */
};

struct random_key random_key(uint64_t run_seed, uint64_t task_seed, enum random_purpose purpose)
{
    assert(task_seed >> (64 - PURPOSE_BITS) == 0 && purpose < 1 << PURPOSE_BITS);
    return (struct random_key){{run_seed, task_seed << PURPOSE_BITS | (uint64_t)purpose}};
}

void random_words(uint64_t word[4], struct random_key key, uint64_t trial, uint64_t step,
                  uint64_t block)
{
    philox4x64_ctr_t counter = {{block, step, trial, 0}};
    philox4x64_key_t philox_key = {{key.word[0], key.word[1]}};
    philox4x64_ctr_t result = philox4x64(counter, philox_key);
    for (int w = 0; w < WORDS; w++) {
        word[w] = result.v[w];
    }
}

/* 52 of the 64 bits and a half: 53 bits would round the largest word up to 1. */
static double to_uniform(uint64_t word)
{
    return ((double)(word >> 12) + 0.5) * 0x1p-52;
}

/* `count` uniforms from block `block` on. */
static void uniforms(double *out, struct random_key key, uint64_t trial, uint64_t step,
                     uint64_t block, long count)
{
    for (long i = 0; i < count; i += WORDS) {
        uint64_t word[WORDS];
        random_words(word, key, trial, step, block++);
        for (long w = 0; w < WORDS && i + w < count; w++) {
            out[i + w] = to_uniform(word[w]);
        }
    }
}

void random_uniform(double *out, struct random_key key, uint64_t trial, uint64_t step, long count)
{
    uniforms(out, key, trial, step, 0, count);
}

void random_normal(double *out, struct random_key key, uint64_t trial, uint64_t step, long count)
{
    double uniform[CHUNK], radius[PAIRS], angle[PAIRS], sine[PAIRS], cosine[PAIRS];

    for (long done = 0; done < count; done += CHUNK) {
        long here = count - done < CHUNK ? count - done : CHUNK;
        long pairs = (here + 1) / 2;
        uniforms(uniform, key, trial, step, (uint64_t)(done / WORDS), 2 * pairs);
        for (long p = 0; p < pairs; p++) {
            radius[p] = uniform[2 * p];
            angle[p] = 2.0 * uniform[2 * p + 1];
        }
        vector_log(radius, radius, pairs);
        vector_sincospi(sine, cosine, angle, pairs);
        for (long i = 0; i < here; i++) {
            double r = sqrt(-2.0 * radius[i / 2]);
            out[done + i] = r * (i % 2 == 0 ? cosine[i / 2] : sine[i / 2]);
        }
    }
}

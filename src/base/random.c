#include "base/random.h"

#include <Random123/philox.h>
#include <assert.h>
#include <math.h>
#include <string.h>

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

/* 52 of the 64 bits and a half: 53 bits would round the largest word up to 1. The bits are the mantissa
 * of a number from 2^52 on, which every register can do; not every one converts whole numbers. */
VECTOR_CLONES static void to_uniform(double *restrict out, const uint64_t *restrict word,
                                     long count)
{
    for (long i = 0; i < count; i++) {
        uint64_t bits = word[i] >> 12 | UINT64_C(0x4330000000000000);
        double number;
        memcpy(&number, &bits, sizeof number);
        out[i] = (number - 0x1p52 + 0.5) * 0x1p-52;
    }
}

void random_uniform(double *out, struct random_key key, uint64_t trial, uint64_t step, long count)
{
    uint64_t word[CHUNK], block = 0;
    for (long i = 0; i < count; i += CHUNK) {
        long here = count - i < CHUNK ? count - i : CHUNK;
        for (long w = 0; w < here; w += WORDS)
            random_words(word + w, key, trial, step, block++);
        to_uniform(out + i, word, here);
    }
}

/* The first and second uniform of each pair. */
VECTOR_CLONES static void split(double *restrict radius, double *restrict angle,
                                const double *restrict uniform, long pairs)
{
    for (long p = 0; p < pairs; p++) {
        radius[p] = uniform[2 * p];
        angle[p] = 2.0 * uniform[2 * p + 1];
    }
}

/* out [2 pairs], from the logarithms of the first uniforms. */
VECTOR_CLONES static void join(double *restrict out, const double *restrict logarithm,
                               const double *restrict sine, const double *restrict cosine,
                               long pairs)
{
    for (long p = 0; p < pairs; p++) {
        double radius = sqrt(-2.0 * logarithm[p]);
        out[2 * p] = radius * cosine[p];
        out[2 * p + 1] = radius * sine[p];
    }
}

/* Normals of up to CHUNK words, two of each pair; out [2 pairs]. */
static void box_muller(double *restrict out, const uint64_t *restrict word, long pairs)
{
    double uniform[CHUNK], radius[PAIRS], angle[PAIRS], sine[PAIRS], cosine[PAIRS];
    to_uniform(uniform, word, 2 * pairs);
    split(radius, angle, uniform, pairs);
    vector_log(radius, radius, pairs);
    vector_sincospi(sine, cosine, angle, pairs);
    join(out, radius, sine, cosine, pairs);
}

void random_normal(double *out, struct random_key key, uint64_t trial, uint64_t step, long count)
{
    uint64_t word[CHUNK], block = 0;
    double normal[CHUNK];
    for (long done = 0; done < count; done += CHUNK) {
        long here = count - done < CHUNK ? count - done : CHUNK;
        for (long w = 0; w < here; w += WORDS)
            random_words(word + w, key, trial, step, block++);
        box_muller(normal, word, (here + 1) / 2);
        memcpy(out + done, normal, sizeof *out * (size_t)here);
    }
}

void random_normal_steps(double *out, struct random_key key, uint64_t trial, uint64_t step,
                         long steps, long count)
{
    uint64_t word[CHUNK + WORDS];
    double normal[CHUNK];
    long width = (count + 1) / 2 * 2, most = CHUNK / (width > 0 ? width : 1);
    for (long s = 0; most == 0 && s < steps; s++)
        random_normal(out + s * count, key, trial, step + (uint64_t)s, count);
    for (long s = 0; most > 0 && s < steps; s += most) {
        long here = steps - s < most ? steps - s : most;
        for (long i = 0; i < here; i++) // each step begins with a block of its own
            for (long w = 0; w < width; w += WORDS)
                random_words(word + i * width + w, key, trial, step + (uint64_t)(s + i),
                             (uint64_t)(w / WORDS));
        box_muller(normal, word, here * width / 2);
        for (long i = 0; i < here; i++)
            memcpy(out + (s + i) * count, normal + i * width, sizeof *out * (size_t)count);
    }
}

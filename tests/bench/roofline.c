/* What a trial of learning must at least cost on this core, beside what it does cost.
 *
 *     roofline REPETITIONS NAME=VALUE ...
 *
 * Each repetition measures in turns, in CPU seconds, and prints one JSON object, all of a trial:
 *   trial       of a lifetime without derivatives, the first trial left out
 *   weights     reading all recurrent weights T times, from the cache in which they fit
 *   product     the eligibility's products over time at DGEMM's rate, the best of several sizes; twice
 *               the rate in single precision
 *   tanh        of all units and steps, by the vector library, of numbers that stay in the first cache
 *   random      the exploration noise: the 64-bit multiplications of Philox 4x64-10, and by the vector
 *               library the logarithms, and of Gaussian noise the sines and cosines, likewise
 *   floor       the sum of these four
 * and "waiting", wall time over CPU time, less 1. With 0 REPETITIONS it runs 40 lifetimes, nothing beside
 * them, and prints nothing: for profilers. N units, T steps. */
#include "base/vector.h"
#include "bench/bench.h"

enum { BATCH = 1024, ALONE = 40, LINE = 256 };

static const double LEAST = 5e-3; /* s of CPU time that are measured at once */

/* What is timed, a trial's worth of it. */
struct work {
    const struct settings *settings;
    struct lifetime *lifetime;
    void *weights;        /* as many bytes as the recurrent weights */
    double kicks;         /* expected in a trial, or 0 */
    double number[BATCH]; /* in (0, 1] */
    float single[BATCH];
};

/* READ(name, bytes): a function that reads `count` stretches of LINE bytes by registers of so many
 * bytes. Whole numbers, whose sum does not depend on the order; two sums, one for each load of a
 * cycle. */
#define READ(name, bytes)                                                                          \
    static uint64_t name(const void *from, long count)                                             \
    {                                                                                              \
        typedef uint64_t words __attribute__((vector_size(bytes)));                                \
        const words *word = from, *end = word + count * (LINE / bytes);                            \
        words sum[2] = {{0}};                                                                      \
        for (; word < end; word += 4) {                                                            \
            sum[0] += word[0] + word[2];                                                           \
            sum[1] += word[1] + word[3];                                                           \
        }                                                                                          \
        return (sum[0] + sum[1])[0];                                                               \
    }

// clang-format off
READ(read_narrow, 16)
#ifdef __x86_64__
__attribute__((target("avx2"))) READ(read_avx2, 32)
__attribute__((target("avx512f"))) READ(read_avx512f, 64)
#endif
    // clang-format on

    static uint64_t read_all(const void *from, long count)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f"))
        return read_avx512f(from, count);
    if (__builtin_cpu_supports("avx2"))
        return read_avx2(from, count);
#endif
    return read_narrow(from, count);
}

/* Stretches that hold all recurrent weights. */
static long stretches(const struct trial *trial)
{
    size_t bytes = trial->in_single ? sizeof(float) : sizeof(double);
    return ((long)((size_t)trial->units * (size_t)trial->units * bytes) + LINE - 1) / LINE;
}

static volatile uint64_t sink; // so that they are read

static void read_weights(struct work *work)
{
    const struct trial *trial = &work->lifetime->trial;
    for (int t = 0; t < trial->shape.steps; t++)
        sink += read_all(work->weights, stretches(trial));
}

static void take_tanh(struct work *work)
{
    static double out[BATCH];
    const struct trial *trial = &work->lifetime->trial;
    for (long left = (long)trial->units * trial->shape.steps; left > 0; left -= BATCH) {
        long count = left < BATCH ? left : BATCH;
        if (trial->in_single)
            vector_tanh_single((float *)out, work->single, count);
        else
            vector_tanh(out, work->number, count);
    }
}

/* The multiplications of Philox for so many words of 64 bits: 20 for each four. */
VECTOR_CLONES static uint64_t multiply(long words, uint64_t factor)
{
    uint64_t sum[2] = {0};
    for (uint64_t i = 0; i < (uint64_t)words * 5; i += 4)
        for (uint64_t k = 0; k < 4; k++) {
            unsigned __int128 product = (unsigned __int128)(i + k) * factor;
            sum[k % 2] += (uint64_t)(product >> 64) ^ (uint64_t)product;
        }
    return sum[0] + sum[1];
}

/* Of pairs of words: a logarithm of each, and of normal numbers its sine and cosine. */
static void draw_random(struct work *work)
{
    static double sine[BATCH], cosine[BATCH];
    const struct trial *trial = &work->lifetime->trial;
    bool gaussian = work->settings->exploration.kind == EXPLORATION_GAUSSIAN;
    long pairs = gaussian ? (long)trial->units * trial->shape.steps / 2 : (long)work->kicks;
    sink += multiply(2 * pairs, sink | 1);
    for (long left = pairs; left > 0; left -= BATCH) {
        long count = left < BATCH ? left : BATCH;
        vector_log(cosine, work->number, count);
        if (gaussian)
            vector_sincospi(sine, cosine, work->number, count);
    }
}

/* CPU seconds of one call, from as many as take LEAST. */
static double time_of(void (*call)(struct work *), struct work *work)
{
    call(work);
    double start = bench_cpu(), elapsed = 0;
    long calls = 0;
    for (; elapsed < LEAST; calls++, elapsed = bench_cpu() - start)
        call(work);
    return elapsed / (double)calls;
}

static double dgemm_rate(void)
{
    double small = bench_product_rate(BENCH_SMALL, 4 * LEAST);
    double large = bench_product_rate(BENCH_LARGE, 4 * LEAST);
    return small > large ? small : large;
}

static double trial_seconds(struct lifetime *lifetime)
{
    double theta[RULE_PARAMETERS];
    rule_get(&lifetime->rule, theta);
    return bench_run(lifetime, theta).trial;
}

static void repeat(struct work *work)
{
    struct lifetime *lifetime = work->lifetime;
    double start_wall = bench_seconds(CLOCK_MONOTONIC), start_cpu = bench_cpu();
    double flops = lifetime->learner->flops(work->settings, &lifetime->rule, &lifetime->shape);
    double product = flops / dgemm_rate() / (lifetime->trial.in_single ? 2 : 1);
    double weights = time_of(read_weights, work), tanh = time_of(take_tanh, work);
    double random = time_of(draw_random, work), trial = trial_seconds(lifetime);
    weights = (weights + time_of(read_weights, work)) / 2;
    tanh = (tanh + time_of(take_tanh, work)) / 2;
    random = (random + time_of(draw_random, work)) / 2;
    product = (product + flops / dgemm_rate() / (lifetime->trial.in_single ? 2 : 1)) / 2;
    printf("{\"trial\": %g, \"weights\": %g, \"product\": %g, \"tanh\": %g, \"random\": %g, "
           "\"floor\": %g, \"waiting\": %g}\n",
           trial, weights, product, tanh, random, weights + product + tanh + random,
           (bench_seconds(CLOCK_MONOTONIC) - start_wall) / (bench_cpu() - start_cpu) - 1);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static struct settings settings;
    struct lifetime lifetime;
    struct error error = {0};
    linalg_fit(argv);
    linalg_start();
    if (argc < 2)
        bench_refuse("roofline", "usage: roofline REPETITIONS NAME=VALUE ...");
    bench_settings(&settings, argv + 2);
    bench_create(&lifetime, &settings, (struct lifetime_gradient){0});
    static struct work work;
    work = (struct work){.settings = &settings, .lifetime = &lifetime};
    work.weights = error_calloc(&error, (unsigned long)stretches(&lifetime.trial), LINE, "weights");
    if (!work.weights)
        return 1;
    if (settings.exploration.kind == EXPLORATION_KICKS)
        work.kicks = settings.exploration.probability * lifetime.trial.units * lifetime.shape.steps;
    for (int r = atoi(argv[1]) ? 1 : ALONE; r > 0; r--) // the first one touches fresh memory
        trial_seconds(&lifetime);
    for (int r = atoi(argv[1]); r > 0; r--)
        repeat(&work);
    free(work.weights);
    lifetime_free(&lifetime);
    return 0;
}

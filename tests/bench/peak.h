/* What a core can do at most: fused multiply-adds between registers, with the widest vectors that
 * the processor has. Twelve sums hide the latency of two such units. */
#ifndef PEAK_H
#define PEAK_H

enum { PEAK_SUMS = 12, PEAK_TERMS = 100000 };

/* PEAK(name, vector, spread, fused): a function that returns the operations of PEAK_TERMS terms of
 * each sum; *sink keeps the compiler from leaving them out. */
#define PEAK(name, vector, spread, fused)                                                          \
    static double name(double *sink)                                                               \
    {                                                                                              \
        vector factor = spread(0.5), sum[PEAK_SUMS];                                               \
        double kept[PEAK_SUMS * sizeof(vector) / sizeof(double)];                                  \
        for (int s = 0; s < PEAK_SUMS; s++)                                                        \
            sum[s] = spread(s + *sink);                                                            \
        for (int q = 0; q < PEAK_TERMS; q++)                                                       \
            for (int s = 0; s < PEAK_SUMS; s++)                                                    \
                sum[s] = fused(sum[s], factor, factor);                                            \
        memcpy(kept, sum, sizeof kept);                                                            \
        for (unsigned long i = 0; i < sizeof kept / sizeof kept[0]; i++)                           \
            *sink += kept[i];                                                                      \
        return 2.0 * sizeof kept / sizeof kept[0] * PEAK_TERMS;                                    \
    }

#define PEAK_ONE(x) (x)

// clang-format off
PEAK(peak_scalar, double, PEAK_ONE, __builtin_fma)
#ifdef __x86_64__
#include <immintrin.h>
__attribute__((target("avx2,fma"))) PEAK(peak_avx2, __m256d, _mm256_set1_pd, _mm256_fmadd_pd)
__attribute__((target("avx512f"))) PEAK(peak_avx512f, __m512d, _mm512_set1_pd, _mm512_fmadd_pd)
#endif
    // clang-format on

    /* Operations a second over at least `least` seconds by the clock `now`. */
    static double peak_rate(double (*now)(void), double least)
{
    double (*run)(double *) = peak_scalar, sink = 0, operations = 0, start = now(), elapsed = 0;
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f"))
        run = peak_avx512f;
    else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        run = peak_avx2;
#endif
    while (elapsed < least) {
        operations += run(&sink);
        elapsed = now() - start;
    }
    return operations / elapsed;
}

#endif

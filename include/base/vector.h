/* Elementwise mathematics on arrays: SLEEF's reproducible functions, which give the same bits with
 * AVX-512, AVX2 and scalar code and at every position of an array. They need fused multiply-add,
 * which x86 processors have had since 2013. */
#ifndef VECTOR_H
#define VECTOR_H

#include <stdbool.h>

/* Functions marked with it are compiled for AVX-512, AVX2 and plain x86-64 and chosen when the
 * program starts. Without reductions and with -ffp-contract=off all three give the same bits.
 * With clang they are plain x86-64, right and slower: clang 14 takes "arch=x86-64-v4" and then
 * asks for a processor of unknown make, and its resolvers are global symbols, which clash. */
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__) &&   \
    !defined(__SANITIZE_ADDRESS__)
#define VECTOR_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VECTOR_CLONES
#endif

/* Local. out[i] = tanh(x[i]), error below 3.5 ulp; `out` may be `x`. */
void vector_tanh(double *out, const double *x, long count);
void vector_tanh_single(float *out, const float *x, long count);

/* Local. out[i] = log(x[i]), x > 0; `out` may be `x`. */
void vector_log(double *out, const double *x, long count);

/* Local. sine[i] = sin(pi x[i]), cosine[i] = cos(pi x[i]); `sine` or `cosine` may be `x`. */
void vector_sincospi(double *sine, double *cosine, const double *x, long count);

/* Local. The instruction set in use: "avx512f", "avx2" or "scalar"; the fastest that the processor
 * has, or what the environment's THETASWEEP_INSTRUCTIONS names, if the processor has it. */
const char *vector_instructions(void);

/* Local. Uses the instruction set of this name from now on, so that a test can compare them.
 * Returns false, and changes nothing, if the processor lacks it. */
bool vector_use(const char *instructions);

#endif

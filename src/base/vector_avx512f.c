/* 8 doubles or 16 floats at a time, with AVX-512F and FMA. */
#include "base/vector_table.h"

#ifdef __x86_64__
#include <immintrin.h>

#define HEIGHT(vectors) 9 /* of half registers too */
#define SLICE           DEPTH
#define FORMED          DEPTH
#define STRADDLED       false
#define STRIP           28

#define FIRST(count) ((__mmask16)((1u << (count)) - 1))

/* The last columns of a product fill half a register more often than not (100 units: 12.5), which is
 * summed twice as fast by processors that have two units for that width and one for the whole. */
static const int ones[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
#define FIRST_HALF(numbers) _mm256_loadu_si256((const __m256i *)(ones + 8 - (numbers)))

#define TILE(word)                half_##word##_double
#define REAL                      double
#define VECTOR                    __m256d
#define SPREAD                    _mm256_set1_pd
#define LOAD_SOME(x, count)       _mm256_maskload_pd(x, FIRST_HALF(2 * (count)))
#define STORE_SOME(out, count, v) _mm256_maskstore_pd(out, FIRST_HALF(2 * (count)), v)
#define FUSED                     _mm256_fmadd_pd
#include "base/vector_tile.h"

#define TILE(word)                half_##word##_single
#define REAL                      float
#define VECTOR                    __m256
#define SPREAD                    _mm256_set1_ps
#define LOAD_SOME(x, count)       _mm256_maskload_ps(x, FIRST_HALF(count))
#define STORE_SOME(out, count, v) _mm256_maskstore_ps(out, FIRST_HALF(count), v)
#define FUSED                     _mm256_fmadd_ps
#include "base/vector_tile.h"

#define NAME(word)                word##_double
#define HALF(word)                half_##word##_double
#define REAL                      double
#define VECTOR                    __m512d
#define SPREAD                    _mm512_set1_pd
#define LOAD_SOME(x, count)       _mm512_maskz_loadu_pd((__mmask8)FIRST(count), x)
#define STORE_SOME(out, count, v) _mm512_mask_storeu_pd(out, (__mmask8)FIRST(count), v)
#define FUSED                     _mm512_fmadd_pd
#define FUSED_ONE                 __builtin_fma
#define SLEEF_TANH                Sleef_finz_tanhd8_u35avx512f
#define SLEEF_LOG                 Sleef_finz_logd8_u10avx512f
#define SLEEF_SINCOSPI            Sleef_finz_sincospid8_u05avx512f
#include "base/vector_kernel.h"
#undef SPREAD

#define NAME(word)                word##_single
#define HALF(word)                half_##word##_single
#define REAL                      float
#define VECTOR                    __m512
#define SPREAD                    _mm512_set1_ps
#define LOAD_SOME(x, count)       _mm512_maskz_loadu_ps(FIRST(count), x)
#define STORE_SOME(out, count, v) _mm512_mask_storeu_ps(out, FIRST(count), v)
#define FUSED                     _mm512_fmadd_ps
#define FUSED_ONE                 __builtin_fmaf
#define SLEEF_TANH                Sleef_finz_tanhf16_u35avx512f
#include "base/vector_kernel.h"

const struct vector_table vector_avx512f = VECTOR_TABLE("avx512f");
#endif

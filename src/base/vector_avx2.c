/* 4 doubles or 8 floats at a time, with AVX2 and FMA. */
#include "base/vector_table.h"

#ifdef __x86_64__
#include <immintrin.h>

#define HEIGHT(vectors) ((vectors) == 3 ? 4 : (vectors) == 2 ? 6 : 12)
#define SLICE           128
#define FORMED          100
#define STRADDLED       true
#define STRIP           12

static const int ones[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
#define FIRST(numbers) _mm256_loadu_si256((const __m256i *)(ones + 8 - (numbers)))

#define NAME(word)                word##_double
#define REAL                      double
#define VECTOR                    __m256d
#define SPREAD                    _mm256_set1_pd
#define LOAD_SOME(x, count)       _mm256_maskload_pd(x, FIRST(2 * (count)))
#define STORE_SOME(out, count, v) _mm256_maskstore_pd(out, FIRST(2 * (count)), v)
#define FUSED                     _mm256_fmadd_pd
#define FUSED_ONE                 __builtin_fma
#define SLEEF_TANH                Sleef_finz_tanhd4_u35avx2
#define SLEEF_LOG                 Sleef_finz_logd4_u10avx2
#define SLEEF_SINCOSPI            Sleef_finz_sincospid4_u05avx2
#include "base/vector_kernel.h"
#undef SPREAD

#define NAME(word)                word##_single
#define REAL                      float
#define VECTOR                    __m256
#define SPREAD                    _mm256_set1_ps
#define LOAD_SOME(x, count)       _mm256_maskload_ps(x, FIRST(count))
#define STORE_SOME(out, count, v) _mm256_maskstore_ps(out, FIRST(count), v)
#define FUSED                     _mm256_fmadd_ps
#define FUSED_ONE                 __builtin_fmaf
#define SLEEF_TANH                Sleef_finz_tanhf8_u35avx2
#include "base/vector_kernel.h"

const struct vector_table vector_avx2 = VECTOR_TABLE("avx2");
#endif

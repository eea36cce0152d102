/* One number at a time, on every processor with fused multiply-add. */
#include "base/vector_table.h"

#define HEIGHT(vectors) 4
#define SLICE           DEPTH
#define FORMED          DEPTH
#define STRADDLED       false
#define STRIP           12
#define SPREAD(x)       (x)

#define NAME(word)                word##_double
#define LOAD_SOME(x, count)       (*(x)) /* there is no rest */
#define STORE_SOME(out, count, v) (*(out) = (v))
#define REAL                      double
#define VECTOR                    double
#define FUSED                     __builtin_fma
#define FUSED_ONE                 __builtin_fma
#define SLEEF_TANH                Sleef_finz_tanhd1_u35purecfma
#define SLEEF_LOG                 Sleef_finz_logd1_u10purecfma
#define SLEEF_SINCOSPI            Sleef_finz_sincospid1_u05purecfma
#include "base/vector_kernel.h"

#define NAME(word)                word##_single
#define LOAD_SOME(x, count)       (*(x))
#define STORE_SOME(out, count, v) (*(out) = (v))
#define REAL                      float
#define VECTOR                    float
#define FUSED                     __builtin_fmaf
#define FUSED_ONE                 __builtin_fmaf
#define SLEEF_TANH                Sleef_finz_tanhf1_u35purecfma
#include "base/vector_kernel.h"

const struct vector_table vector_scalar = VECTOR_TABLE("scalar");

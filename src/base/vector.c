/* Three versions of each function, the fastest that the processor has is used. Every version calls
 * the SLEEF function of its own width, also for the last few elements, which pass through a padded
 * register: so an element's bits never depend on where it stands. SLEEF's "finz" functions round
 * alike at all widths (libmvec, the compiler's choice, does not). */
#include "base/vector.h"

#include <stddef.h>
#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

struct version {
    const char *instructions;
    enum vector_width width;
    void (*tanh)(double *out, const double *x, long count);
    void (*log)(double *out, const double *x, long count);
    void (*sincospi)(double *sine, double *cosine, const double *x, long count);
    void (*tanh_single)(float *out, const float *x, long count);
};

/* tanh of one version in single precision; `vector` is its register. */
#define SINGLE(name, TARGET, vector, SLEEF_TANH)                                                   \
    TARGET vector SLEEF_TANH(vector);                                                              \
                                                                                                   \
    TARGET static void tanh_single_##name(float *out, const float *x, long count)                  \
    {                                                                                              \
        const long width = sizeof(vector) / sizeof(float);                                         \
        vector v;                                                                                  \
        for (; count >= width; count -= width, x += width, out += width) {                         \
            memcpy(&v, x, sizeof v);                                                               \
            v = SLEEF_TANH(v);                                                                     \
            memcpy(out, &v, sizeof v);                                                             \
        }                                                                                          \
        float padded[sizeof(vector) / sizeof(float)] = {0};                                        \
        memcpy(padded, x, (size_t)count * sizeof(float));                                          \
        memcpy(&v, padded, sizeof v);                                                              \
        v = SLEEF_TANH(v);                                                                         \
        memcpy(out, &v, (size_t)count * sizeof(float));                                            \
    }

#ifdef __x86_64__
SINGLE(avx512f, __attribute__((target("avx512f"))), __m512, Sleef_finz_tanhf16_u35avx512f)
SINGLE(avx2, __attribute__((target("avx2,fma"))), __m256, Sleef_finz_tanhf8_u35avx2)
#endif
SINGLE(scalar, , float, Sleef_finz_tanhf1_u35purecfma)

/* One version: `vector` is its register, `pair` what its sincospi returns. sleef.h declares only
 * what the compiler's own flags allow, hence the declarations here. */
#define VERSION(name, WIDTH, TARGET, vector, SLEEF_TANH, SLEEF_LOG, SLEEF_SINCOSPI)                \
    struct pair_##name {                                                                           \
        vector sine, cosine;                                                                       \
    };                                                                                             \
    TARGET vector SLEEF_TANH(vector);                                                              \
    TARGET vector SLEEF_LOG(vector);                                                               \
    TARGET struct pair_##name SLEEF_SINCOSPI(vector);                                              \
                                                                                                   \
    TARGET static inline vector load_##name(const double *x, long count)                           \
    {                                                                                              \
        const long width = sizeof(vector) / sizeof(double);                                        \
        double padded[sizeof(vector) / sizeof(double)];                                            \
        vector v;                                                                                  \
        if (count >= width) {                                                                      \
            memcpy(&v, x, sizeof v);                                                               \
        } else {                                                                                   \
            for (long i = 0; i < width; i++) {                                                     \
                padded[i] = i < count ? x[i] : 1.0;                                                \
            }                                                                                      \
            memcpy(&v, padded, sizeof v);                                                          \
        }                                                                                          \
        return v;                                                                                  \
    }                                                                                              \
                                                                                                   \
    TARGET static inline void store_##name(double *out, vector v, long count)                      \
    {                                                                                              \
        const long width = sizeof(vector) / sizeof(double);                                        \
        memcpy(out, &v, count >= width ? sizeof v : (size_t)count * sizeof(double));               \
    }                                                                                              \
                                                                                                   \
    TARGET static void tanh_##name(double *out, const double *x, long count)                       \
    {                                                                                              \
        for (long i = 0; i < count; i += (long)(sizeof(vector) / sizeof(double))) {                \
            store_##name(out + i, SLEEF_TANH(load_##name(x + i, count - i)), count - i);           \
        }                                                                                          \
    }                                                                                              \
                                                                                                   \
    TARGET static void log_##name(double *out, const double *x, long count)                        \
    {                                                                                              \
        for (long i = 0; i < count; i += (long)(sizeof(vector) / sizeof(double))) {                \
            store_##name(out + i, SLEEF_LOG(load_##name(x + i, count - i)), count - i);            \
        }                                                                                          \
    }                                                                                              \
                                                                                                   \
    TARGET static void sincospi_##name(double *sine, double *cosine, const double *x, long count)  \
    {                                                                                              \
        for (long i = 0; i < count; i += (long)(sizeof(vector) / sizeof(double))) {                \
            struct pair_##name both = SLEEF_SINCOSPI(load_##name(x + i, count - i));               \
            store_##name(sine + i, both.sine, count - i);                                          \
            store_##name(cosine + i, both.cosine, count - i);                                      \
        }                                                                                          \
    }                                                                                              \
                                                                                                   \
    static const struct version version_##name = {                                                 \
        #name, WIDTH, tanh_##name, log_##name, sincospi_##name, tanh_single_##name};

#ifdef __x86_64__
VERSION(avx512f, VECTOR_512, __attribute__((target("avx512f"))), __m512d,
        Sleef_finz_tanhd8_u35avx512f, Sleef_finz_logd8_u10avx512f, Sleef_finz_sincospid8_u05avx512f)
VERSION(avx2, VECTOR_256, __attribute__((target("avx2,fma"))), __m256d, Sleef_finz_tanhd4_u35avx2,
        Sleef_finz_logd4_u10avx2, Sleef_finz_sincospid4_u05avx2)
#endif
VERSION(scalar, VECTOR_SCALAR, , double, Sleef_finz_tanhd1_u35purecfma,
        Sleef_finz_logd1_u10purecfma, Sleef_finz_sincospid1_u05purecfma)

/* Fastest first. */
static const struct version *const versions[] = {
#ifdef __x86_64__
    &version_avx512f,
    &version_avx2,
#endif
    &version_scalar,
};

enum { VERSIONS = sizeof versions / sizeof versions[0] };

static const struct version *used;

static bool runs_here(const struct version *version)
{
#ifdef __x86_64__
    if (version == &version_avx512f) {
        return __builtin_cpu_supports("avx512f");
    }
    if (version == &version_avx2) {
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    }
#endif
    return version == &version_scalar;
}

static const struct version *current(void)
{
    for (int v = 0; used == NULL && v < VERSIONS; v++) {
        if (runs_here(versions[v])) {
            used = versions[v];
        }
    }
    return used;
}

void vector_tanh(double *out, const double *x, long count)
{
    current()->tanh(out, x, count);
}

void vector_tanh_single(float *out, const float *x, long count)
{
    current()->tanh_single(out, x, count);
}

void vector_log(double *out, const double *x, long count)
{
    current()->log(out, x, count);
}

void vector_sincospi(double *sine, double *cosine, const double *x, long count)
{
    current()->sincospi(sine, cosine, x, count);
}

const char *vector_instructions(void)
{
    return current()->instructions;
}

enum vector_width vector_width(void)
{
    return current()->width;
}

bool vector_use(const char *instructions)
{
    for (int v = 0; v < VERSIONS; v++) {
        if (strcmp(versions[v]->instructions, instructions) == 0 && runs_here(versions[v])) {
            used = versions[v];
            return true;
        }
    }
    return false;
}

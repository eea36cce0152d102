/* Which instruction set is used. Every set gives the same bits, see vector_kernel.h. */
#include "base/vector.h"

#include <stdlib.h>
#include <string.h>

#include "base/vector_table.h"

/* Fastest first. */
static const struct vector_table *const tables[] = {
#ifdef __x86_64__
    &vector_avx512f,
    &vector_avx2,
#endif
    &vector_scalar,
};

enum { TABLES = sizeof tables / sizeof tables[0] };

static const struct vector_table *used;

static bool runs_here(const struct vector_table *table)
{
#ifdef __x86_64__
    bool fused = __builtin_cpu_supports("fma");
    if (table == &vector_avx512f)
        return __builtin_cpu_supports("avx512f") && fused;
    if (table == &vector_avx2)
        return __builtin_cpu_supports("avx2") && fused;
#endif
    return table == &vector_scalar;
}

bool vector_use(const char *instructions)
{
    for (int t = 0; t < TABLES; t++)
        if (strcmp(tables[t]->instructions, instructions) == 0 && runs_here(tables[t])) {
            used = tables[t];
            return true;
        }
    return false;
}

static void choose(void)
{
    const char *wanted = getenv("THETASWEEP_INSTRUCTIONS");
    if (wanted && vector_use(wanted))
        return;
    for (int t = TABLES - 1; t >= 0; t--)
        if (runs_here(tables[t]))
            used = tables[t];
}

const struct vector_table *vector_functions(void)
{
    if (!used)
        choose();
    return used;
}

void vector_replace(const struct vector_table *table)
{
    used = table;
}

void vector_tanh(double *out, const double *x, long count)
{
    vector_functions()->tanh(out, x, count);
}

void vector_tanh_single(float *out, const float *x, long count)
{
    vector_functions()->tanh_single(out, x, count);
}

void vector_log(double *out, const double *x, long count)
{
    vector_functions()->log(out, x, count);
}

void vector_sincospi(double *sine, double *cosine, const double *x, long count)
{
    vector_functions()->sincospi(sine, cosine, x, count);
}

const char *vector_instructions(void)
{
    return vector_functions()->instructions;
}

/* All memory of a lifetime is taken before its first trial. */
#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/linalg.h"
#include "model/lifetime.h"
#include "specimen.h"

static long allocations;

/* Stand in for the C library's own, whose names these are; the sanitizer brings its own. */
#ifndef __SANITIZE_ADDRESS__
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);

void *malloc(size_t bytes)
{
    allocations++;
    return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    allocations++;
    return __libc_calloc(count, bytes);
}

void *realloc(void *memory, size_t bytes)
{
    allocations++;
    return __libc_realloc(memory, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    allocations++;
    return __libc_memalign(alignment, bytes);
}
#endif

/* Allocations from the first trial to the end of the gradient. */
static long count(int precision, struct lifetime_gradient gradient)
{
    struct settings settings;
    struct lifetime lifetime;
    double theta[RULE_PARAMETERS];
    specimen_assign(&settings, NULL, 0,
                    "network.units=30; network.dt=10 ms; learning.trials=8; learning.warmup=2; "
                    "rule.start={r3 d3: -1, r1 d1: -0.3, r1 d1 p2: 0.1, p2 w1: -0.1}");
    settings.precision = precision;
    long before = allocations;
    CU_ASSERT_EQUAL_FATAL(lifetime_create(&lifetime, &settings, gradient, false, NULL), STATUS_OK);
#ifndef __SANITIZE_ADDRESS__
    CU_ASSERT(allocations > before); // they are counted
#endif
    rule_get(&lifetime.rule, theta);
    before = allocations;
    lifetime_run(&lifetime, 1, theta, NULL);
    long during = allocations - before;
    lifetime_free(&lifetime);
    return during;
}

static void trials_allocate_nothing(void)
{
    count(PRECISION_DOUBLE, (struct lifetime_gradient){0}); // libraries may allocate once
    for (int p = PRECISION_DOUBLE; p <= PRECISION_SINGLE; p++) {
        CU_ASSERT_EQUAL(count(p, (struct lifetime_gradient){0}), 0);
        CU_ASSERT_EQUAL(count(p, (struct lifetime_gradient){.wanted = true, .discount = 1}), 0);
        CU_ASSERT_EQUAL(
            count(p, (struct lifetime_gradient){.wanted = true, .discount = 1, .backwards = true}),
            0);
    }
}

void test_allocation(void)
{
    linalg_start();
    CU_pSuite suite = CU_add_suite("allocation", NULL, NULL);
    CU_add_test(suite, "trials_allocate_nothing", trials_allocate_nothing);
}

/* All memory of a lifetime is taken before its first trial. */
#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/linalg.h"
#include "model/lifetime.h"

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

static void set(struct settings *settings, const char *name, const char *value)
{
    char reason[SETTINGS_VALUE];
    CU_ASSERT_EQUAL_FATAL(settings_set(settings, name, value, reason), STATUS_OK);
}

/* Allocations from the first trial to the end of the gradient. */
static long count(const char *precision, struct lifetime_gradient gradient)
{
    struct settings settings;
    struct lifetime lifetime;
    double theta[RULE_PARAMETERS];
    settings_defaults(&settings);
    set(&settings, "precision", precision);
    set(&settings, "network.units", "30");
    set(&settings, "network.dt", "10");
    set(&settings, "learning.trials", "8");
    set(&settings, "learning.warmup", "2");
    set(&settings, "rule.start", "{r3 d3: -1, r1 d1: -0.3}");
    long before = allocations;
    CU_ASSERT_EQUAL_FATAL(lifetime_create(&lifetime, &settings, gradient, false, NULL), STATUS_OK);
    CU_ASSERT(allocations > before); // they are counted
    rule_get(&lifetime.rule, theta);
    before = allocations;
    lifetime_run(&lifetime, 1, theta, NULL);
    long during = allocations - before;
    lifetime_free(&lifetime);
    return during;
}

static void trials_allocate_nothing(void)
{
    static const char *const precision[] = {"double", "single"};
    count("double", (struct lifetime_gradient){0}); // libraries may allocate once
    for (int p = 0; p < 2; p++) {
        CU_ASSERT_EQUAL(count(precision[p], (struct lifetime_gradient){0}), 0);
        CU_ASSERT_EQUAL(
            count(precision[p], (struct lifetime_gradient){.wanted = true, .discount = 1}), 0);
        CU_ASSERT_EQUAL(
            count(precision[p],
                  (struct lifetime_gradient){.wanted = true, .discount = 1, .backwards = true}),
            0);
    }
}

void test_allocation(void)
{
    linalg_start();
    CU_pSuite suite = CU_add_suite("allocation", NULL, NULL);
    CU_add_test(suite, "trials_allocate_nothing", trials_allocate_nothing);
}

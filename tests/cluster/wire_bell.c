/* Bells of two ranks in one process. */
#include "cluster/wire_bell.h"

#include <CUnit/Basic.h>
#include <time.h>
#include <unistd.h>

void test_wire_bell(void);

static const double LONG = 0.9, SHORT = 0.02; /* s */

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Whether a sleep of LONG ends because the bell has been rung, and nothing is left of that. */
static bool wakes(const struct wire_bell *bell)
{
    double start = seconds();
    bool rung = wire_bell_sleep(bell, LONG);
    CU_ASSERT(rung == (seconds() - start < LONG));
    CU_ASSERT(!wire_bell_sleep(bell, SHORT));
    return rung;
}

static void who_sleeps_is_woken_by_its_own_bell_only(void)
{
    struct wire_bell bell[2], other;
    unsigned long long key = (unsigned long long)getpid() << 8;
    for (int rank = 0; rank < 2; rank++)
        wire_bell_hang(&bell[rank], key, rank);
    wire_bell_hang(&other, key + 1, 1);
    for (int times = 0; times < 100; times++) // more than wait at a bell
        wire_bell_ring(&bell[0], 1);
    CU_ASSERT(wakes(&bell[1]));
    CU_ASSERT(!wire_bell_sleep(&bell[0], SHORT));
    CU_ASSERT(!wire_bell_sleep(&other, SHORT));
    wire_bell_ring(&bell[1], 0);
    CU_ASSERT(wakes(&bell[0]));
    for (int rank = 0; rank < 2; rank++)
        wire_bell_drop(&bell[rank]);
    wire_bell_drop(&other);
}

/* A second one of the same name stands for all that may fail. */
static void without_a_bell_it_sleeps(void)
{
    struct wire_bell first, second;
    unsigned long long key = (unsigned long long)getpid() << 8;
    wire_bell_hang(&first, key, 0);
    wire_bell_hang(&second, key, 0);
    CU_ASSERT(first.socket >= 0 && second.socket < 0);
    wire_bell_ring(&second, 0);
    wire_bell_ring(&first, 7); // nobody's
    double start = seconds();
    CU_ASSERT(!wire_bell_sleep(&second, SHORT));
    CU_ASSERT(seconds() - start >= SHORT);
    CU_ASSERT(!wire_bell_sleep(&first, SHORT));
    wire_bell_drop(&first);
    wire_bell_drop(&second);
}

void test_wire_bell(void)
{
    CU_pSuite suite = CU_add_suite("cluster_wire_bell", NULL, NULL);
    CU_ADD_TEST(suite, who_sleeps_is_woken_by_its_own_bell_only);
    CU_ADD_TEST(suite, without_a_bell_it_sleeps);
}

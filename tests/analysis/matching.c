/* Matchings of units whose best one is known. */
#include "numbers/matching.h"

#include <math.h>

#include "analysis/draw.h"

enum { SEED = 6, N = 24, SMALL = 6 };

static double total(const double *cost, const int *to, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += cost[i * n + to[i]];
    return sum;
}

/* The least sum over all orders of what is not placed yet. */
static double least_of_all(const double *cost, int *to, int placed)
{
    double least = placed == SMALL ? total(cost, to, SMALL) : INFINITY;
    for (int other = placed; other < SMALL; other++) {
        int kept = to[placed];
        to[placed] = to[other], to[other] = kept;
        least = fmin(least, least_of_all(cost, to, placed + 1));
        to[other] = to[placed], to[placed] = kept;
    }
    return least;
}

static void assignment_is_the_best_of_all_720(void)
{
    for (uint64_t trial = 0; trial < 50; trial++) {
        double cost[SMALL * SMALL];
        int order[SMALL], to[SMALL], times[SMALL] = {0};
        draw(cost, SEED, trial, SMALL * SMALL);
        for (int i = 0; i < SMALL; i++)
            order[i] = i;
        CU_ASSERT_FATAL(matching_assign(to, cost, SMALL));
        for (int i = 0; i < SMALL; i++)
            times[to[i]]++;
        for (int i = 0; i < SMALL; i++)
            CU_ASSERT(times[i] == 1);
        CU_ASSERT_DOUBLE_EQUAL(total(cost, to, SMALL), least_of_all(cost, order, 0), 1e-12);
    }
}

/* b is a with its units in another order; likeness that knows it but for noise. */
static void permute(double *b, double *likeness, const double *a, double noise)
{
    draw(likeness, SEED, 101, N * N);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            b[(5 * i + 2) % N * N + (5 * j + 2) % N] = a[i * N + j];
            likeness[i * N + j] = noise * likeness[i * N + j] + ((5 * i + 2) % N == j);
        }
}

/* A third of the units is matched wrongly by likeness alone: the rounds put them right. */
static void permuted_copy_has_no_distance(void)
{
    double a[N * N], b[N * N], likeness[N * N];
    draw(a, SEED, 100, N * N);
    permute(b, likeness, a, 0);
    CU_ASSERT(matching_distance(a, b, likeness, N, 0) == 0);
    permute(b, likeness, a, 0.5);
    CU_ASSERT(matching_distance(a, b, likeness, N, 0) > 0.5);
    CU_ASSERT(matching_distance(a, b, likeness, N, 10) == 0);
}

static void same_order_needs_no_likeness(void)
{
    double a[N * N], likeness[N * N];
    draw(a, SEED, 102, N * N);
    draw(likeness, SEED, 103, N * N);
    CU_ASSERT(matching_distance(a, a, likeness, N, 0) == 0);
}

/* Unrelated weights stay far apart, whatever the order; unmatched ones are 1 apart but for chance. */
static void unrelated_weights_are_far_apart(void)
{
    double a[N * N], b[N * N], likeness[N * N] = {0};
    draw(a, SEED, 104, N * N);
    draw(b, SEED, 105, N * N);
    double unmatched = matching_distance(a, b, likeness, N, 0);
    double matched = matching_distance(a, b, likeness, N, 10);
    CU_ASSERT_DOUBLE_EQUAL(unmatched, 1, 0.1);
    CU_ASSERT(matched <= unmatched && matched > 0.7);
    a[3] = NAN;
    CU_ASSERT(isnan(matching_distance(a, b, likeness, N, 10)));
}

void test_matching(void)
{
    CU_pSuite suite = CU_add_suite("analysis_matching", NULL, NULL);
    CU_ADD_TEST(suite, assignment_is_the_best_of_all_720);
    CU_ADD_TEST(suite, permuted_copy_has_no_distance);
    CU_ADD_TEST(suite, same_order_needs_no_likeness);
    CU_ADD_TEST(suite, unrelated_weights_are_far_apart);
}

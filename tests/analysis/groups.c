/* What tables of distances say, in cases whose answer is known. */
#include <CUnit/Basic.h>
#include <math.h>
#include <string.h>

#include "analysis/draw.h"
#include "numbers/groups.h"

enum { SEED = 2 };

/* 12 points in a plane: 3 groups of 4, each with one point of every block. */
enum { POINTS = 12 };
static const int label[POINTS] = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2};
static const int block[POINTS] = {0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3};

static void make_points(double *distance, double *point, double spread)
{
    draw(point, SEED, 100, 2 * POINTS);
    for (int i = 0; i < POINTS; i++) {
        point[2 * i] += spread * (label[i] == 1);
        point[2 * i + 1] += spread * (label[i] == 2);
    }
    for (int i = 0; i < POINTS; i++)
        for (int j = 0; j < POINTS; j++)
            distance[i * POINTS + j] =
                hypot(point[2 * i] - point[2 * j], point[2 * i + 1] - point[2 * j + 1]);
}

static void scaling_makes_the_distances_of_a_plane_again(void)
{
    double distance[POINTS * POINTS], point[2 * POINTS], out[2 * POINTS], share[2];
    make_points(distance, point, 3);
    CU_ASSERT_FATAL(groups_scaling(out, share, distance, POINTS, 2));
    CU_ASSERT_DOUBLE_EQUAL(share[0] + share[1], 1, 1e-12);
    for (int i = 0; i < POINTS; i++)
        for (int j = 0; j < POINTS; j++)
            CU_ASSERT_DOUBLE_EQUAL(hypot(out[2 * i] - out[2 * j], out[2 * i + 1] - out[2 * j + 1]),
                                   distance[i * POINTS + j], 1e-12);
}

static void groups_far_apart_are_told_apart(void)
{
    double distance[POINTS * POINTS], point[2 * POINTS];
    make_points(distance, point, 100);
    struct groups_means means = groups_means(distance, label, block, POINTS);
    CU_ASSERT(means.within < 5 && means.between > 90);
    // 6 of the 6^4 shuffles make the same groups: 0.0046, +- 0.0021 with 999 of them.
    double p = groups_p_value(distance, label, block, block, POINTS, 999, 1);
    CU_ASSERT(p > 0.0015 && p < 0.015);
    CU_ASSERT(groups_silhouette(NULL, distance, label, POINTS) > 0.9);
    double linkage[4 * (POINTS - 1)];
    int cut[POINTS];
    CU_ASSERT_FATAL(groups_linkage(linkage, distance, POINTS));
    groups_cut(cut, linkage, POINTS, 3);
    CU_ASSERT(memcmp(cut, label, sizeof cut) == 0);
}

/* Labels that mean nothing: p values over 200 shuffles of them spread over 0..1. */
static void p_values_are_uniform_when_labels_mean_nothing(void)
{
    double distance[POINTS * POINTS], point[2 * POINTS], order[POINTS];
    int small = 0, other[POINTS], one[POINTS] = {0}, each[POINTS];
    make_points(distance, point, 0);
    for (int trial = 0; trial < 200; trial++) {
        draw(order, SEED, 200 + (uint64_t)trial, POINTS);
        for (int i = 0; i < POINTS; i++) {
            int rank = 0;
            for (int j = 0; j < POINTS; j++)
                rank += order[j] < order[i];
            other[i] = rank % 3;
            each[i] = i;
        }
        small += groups_p_value(distance, other, each, one, POINTS, 99, 2) <= 0.2;
    }
    CU_ASSERT(small > 20 && small < 60); // 40 +- 5.7 expected
    CU_ASSERT(isnan(groups_p_value(distance, other, each, each, POINTS, 99, 2)));
}

static void pairs_of_one_block_count_apart(void)
{
    const double distance[9] = {0, 1, 5, 1, 0, 2, 5, 2, 0};
    struct groups_means means = groups_means(distance, (int[]){0, 0, 1}, (int[]){0, 1, 0}, 3);
    CU_ASSERT(means.within == 1 && means.between == 2 && means.same_block == 5);
}

/* Worked by hand: 0 and 1 against 3 and 4 on a line. Squares about the mean are 10, of which 1 is
 * within; half of the four shuffles leave the groups as far apart. */
static void labels_explain_nine_tenths_of_four_points(void)
{
    const double distance[16] = {0, 1, 3, 4, 1, 0, 2, 3, 3, 2, 0, 1, 4, 3, 1, 0};
    const int two[4] = {0, 0, 1, 1}, seed[4] = {0, 1, 0, 1};
    struct groups_effect effect = groups_effect(distance, two, seed, seed, 4, 9999, 99, 0);
    CU_ASSERT_DOUBLE_EQUAL(effect.r_squared, 0.9, 1e-14);
    CU_ASSERT_DOUBLE_EQUAL(effect.f, 18, 1e-11);
    CU_ASSERT_DOUBLE_EQUAL(effect.p_value, 0.5, 0.03);
    CU_ASSERT_DOUBLE_EQUAL(effect.chance, 0.9 / 2, 0.02); // 0 and 4 against 1 and 3: nothing
    CU_ASSERT(isnan(effect.low));                         // two seeds
    const int one[4] = {0};
    CU_ASSERT(isnan(groups_effect(distance, one, seed, seed, 4, 99, 99, 0).r_squared));
}

static void holm_corrects_known_tests_only(void)
{
    const double p[5] = {0.01, 0.04, NAN, 0.03, 0.9}, expected[5] = {0.04, 0.09, NAN, 0.09, 0.9};
    double out[5];
    groups_holm(out, p, 5);
    for (int i = 0; i < 5; i++)
        CU_ASSERT(isnan(p[i]) ? isnan(out[i]) : fabs(out[i] - expected[i]) < 1e-15);
}

/* Worked by hand: 0 and 1 at distance 1, then 2 at (4 + 6) / 2. */
static void linkage_of_three_points(void)
{
    const double distance[9] = {0, 1, 4, 1, 0, 6, 4, 6, 0};
    double linkage[8];
    CU_ASSERT_FATAL(groups_linkage(linkage, distance, 3));
    const double expected[8] = {0, 1, 1, 2, 2, 3, 5, 3};
    CU_ASSERT(memcmp(linkage, expected, sizeof expected) == 0);
}

void test_groups(void)
{
    CU_pSuite suite = CU_add_suite("analysis_groups", NULL, NULL);
    CU_ADD_TEST(suite, scaling_makes_the_distances_of_a_plane_again);
    CU_ADD_TEST(suite, groups_far_apart_are_told_apart);
    CU_ADD_TEST(suite, p_values_are_uniform_when_labels_mean_nothing);
    CU_ADD_TEST(suite, pairs_of_one_block_count_apart);
    CU_ADD_TEST(suite, labels_explain_nine_tenths_of_four_points);
    CU_ADD_TEST(suite, holm_corrects_known_tests_only);
    CU_ADD_TEST(suite, linkage_of_three_points);
}

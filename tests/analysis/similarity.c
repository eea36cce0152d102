/* Distances between solutions, and what tables of distances say, in cases whose answer is known. */
#include <CUnit/Basic.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "base/random.h"
#include "numbers/dsa.h"
#include "numbers/groups.h"
#include "numbers/matrix.h"
#include "numbers/similarity.h"

enum { SAMPLES = 40, UNITS = 12, RANK = 6, SQUARE = RANK * RANK };

static void draw(double *out, uint64_t trial, long count)
{
    random_normal(out, random_key(2, 0, RANDOM_TASK), trial, 0, count);
}

/* A random orthogonal matrix: the polar factor of a Gaussian one. */
static void draw_rotation(double *out, uint64_t trial, int n)
{
    double a[UNITS * UNITS], u[UNITS * UNITS], s[UNITS], vt[UNITS * UNITS];
    draw(a, trial, n * n);
    CU_ASSERT_FATAL(matrix_svd(u, s, vt, a, n, n));
    linalg_gemm(out, n, u, n, vt, n, n, n, n, 1, 0, 0, 0);
}

static struct similarity make(const double *x, int units)
{
    struct similarity similarity;
    double copy[SAMPLES * UNITS];
    memcpy(copy, x, sizeof(double) * SAMPLES * (size_t)units);
    CU_ASSERT_FATAL(similarity_create(&similarity, copy, SAMPLES, units));
    return similarity;
}

/* arccos near 1 turns rounding of 1e-16 into 1e-8. */
static void rotation_shift_and_scale_change_no_angle(void)
{
    double x[SAMPLES * UNITS], y[SAMPLES * UNITS], turn[UNITS * UNITS];
    draw(x, 0, SAMPLES * UNITS);
    draw_rotation(turn, 1, UNITS);
    linalg_gemm(y, UNITS, x, UNITS, turn, UNITS, SAMPLES, UNITS, UNITS, 3, 0, 0, 0);
    for (int s = 0; s < SAMPLES * UNITS; s++)
        y[s] += s % UNITS;
    struct similarity a = make(x, UNITS), b = make(y, UNITS);
    CU_ASSERT_DOUBLE_EQUAL(similarity_cka(&a, &b), 0, 1e-7);
    CU_ASSERT_DOUBLE_EQUAL(similarity_procrustes(&a, &b), 0, 1e-7);
    similarity_free(&a);
    similarity_free(&b);
}

static void order_of_units_changes_nothing(void)
{
    double x[SAMPLES * UNITS], y[SAMPLES * UNITS];
    draw(x, 2, SAMPLES * UNITS);
    for (int s = 0; s < SAMPLES; s++)
        for (int i = 0; i < UNITS; i++)
            y[s * UNITS + i] = x[s * UNITS + (5 * i + 2) % UNITS];
    struct similarity a = make(x, UNITS), b = make(y, UNITS);
    CU_ASSERT_DOUBLE_EQUAL(similarity_rsa(&a, &b), 0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(similarity_cka(&a, &b), 0, 1e-7);
    similarity_free(&a);
    similarity_free(&b);
}

/* x lies on one direction over samples, y on another, at right angles to it. */
static void unrelated_activity_is_at_right_angles(void)
{
    double x[SAMPLES], y[SAMPLES * 2];
    for (int s = 0; s < SAMPLES; s++) {
        x[s] = s % 2 ? 1 : -1;
        y[2 * s] = y[2 * s + 1] = s % 4 < 2 ? 1 : -1;
    }
    struct similarity a = make(x, 1), b = make(y, 2);
    CU_ASSERT_DOUBLE_EQUAL(similarity_cka(&a, &b), acos(0), 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(similarity_procrustes(&a, &b), acos(0), 1e-9);
    similarity_free(&a);
    similarity_free(&b);
}

/* x has the singular directions p, q with sizes 1, 1; y the same with 1, 0: CKA = 1 / sqrt 2 and
 * Procrustes cosine = 1 / sqrt 2. */
static void angles_of_a_worked_example(void)
{
    double x[SAMPLES * 2], y[SAMPLES];
    for (int s = 0; s < SAMPLES; s++) {
        x[2 * s] = y[s] = s % 2 ? 1 : -1;
        x[2 * s + 1] = s % 4 < 2 ? 1 : -1;
    }
    struct similarity a = make(x, 2), b = make(y, 1);
    CU_ASSERT_DOUBLE_EQUAL(similarity_cka(&a, &b), acos(sqrt(0.5)), 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(similarity_procrustes(&a, &b), acos(sqrt(0.5)), 1e-9);
    similarity_free(&a);
    similarity_free(&b);
}

static void silent_networks_have_no_distance(void)
{
    double x[SAMPLES * UNITS], y[SAMPLES * UNITS] = {0};
    draw(x, 3, SAMPLES * UNITS);
    struct similarity a = make(x, UNITS), b = make(y, UNITS);
    CU_ASSERT(b.flat && isnan(similarity_cka(&a, &b)) && isnan(similarity_procrustes(&a, &b)));
    similarity_free(&a);
    similarity_free(&b);
}

/* B = Q A Q^T for rotations and reflections Q. */
static void dsa_between_a_system_and_its_rotation_is_0(void)
{
    for (uint64_t trial = 0; trial < 20; trial++) {
        double a[SQUARE], b[SQUARE], q[SQUARE], half[SQUARE];
        draw(a, 10 + trial, SQUARE);
        draw_rotation(q, 50 + trial, RANK);
        linalg_gemm(half, RANK, q, RANK, a, RANK, RANK, RANK, RANK, 1, 0, 0, 0);
        linalg_gemm(b, RANK, half, RANK, q, RANK, RANK, RANK, RANK, 1, 0, 0, 1);
        CU_ASSERT_DOUBLE_EQUAL(dsa_distance(a, b, RANK), 0, 1e-6);
        CU_ASSERT_DOUBLE_EQUAL(dsa_spectrum(a, b, RANK), 0, 1e-10);
    }
}

/* B is a noisy rotation of A, so that this rotation bounds the distance from above. Climbing may
 * end on a lower hill in 2 % of the cases, from one start only in 8 %. */
static void dsa_is_rarely_farther_than_a_known_rotation(void)
{
    enum { R = 4, PAIRS = 200 };
    int farther = 0;
    for (uint64_t pair = 0; pair < PAIRS; pair++) {
        double a[R * R], b[R * R], q[R * R], half[R * R], turned[R * R];
        draw(a, 1000 + pair, R * R);
        draw(b, 2000 + pair, R * R);
        draw_rotation(q, 3000 + pair, R);
        linalg_gemm(half, R, q, R, a, R, R, R, R, 1, 0, 0, 0);
        linalg_gemm(turned, R, half, R, q, R, R, R, R, 1, 0, 0, 1);
        for (int s = 0; s < R * R; s++)
            b[s] = turned[s] + 0.4 * b[s];
        double cosine =
            matrix_dot(turned, b, R * R) / (matrix_norm(turned, R * R) * matrix_norm(b, R * R));
        farther += dsa_distance(a, b, R) > acos(cosine) + 1e-6;
    }
    CU_ASSERT(farther <= PAIRS / 25);
}

/* For symmetric A and B the best C sorts both spectra (von Neumann): the angle between the sorted
 * eigenvalues. */
static void dsa_of_symmetric_systems_is_the_angle_of_their_spectra(void)
{
    const double x[RANK] = {3, 2, 1, 0.5, -1, -2}, y[RANK] = {2, 2, 0.3, 0.1, 0, -3};
    double a[SQUARE] = {0}, b[SQUARE] = {0}, q[SQUARE], half[SQUARE], d[SQUARE] = {0};
    for (int i = 0; i < RANK; i++) {
        a[i * RANK + i] = x[(i + 2) % RANK];
        d[i * RANK + i] = y[i];
    }
    draw_rotation(q, 80, RANK);
    linalg_gemm(half, RANK, q, RANK, d, RANK, RANK, RANK, RANK, 1, 0, 0, 0);
    linalg_gemm(b, RANK, half, RANK, q, RANK, RANK, RANK, RANK, 1, 0, 0, 1);
    double cosine = matrix_dot(x, y, RANK) / (matrix_norm(x, RANK) * matrix_norm(y, RANK));
    CU_ASSERT_DOUBLE_EQUAL(dsa_distance(a, b, RANK), acos(cosine), 1e-6);
}

/* A damped rotation seen through 5 channels: its model has its eigenvalues, 0.98 exp(+-0.3 i), and
 * any mixing of the channels is at distance 0. */
static void dsa_model_finds_the_eigenvalues_of_a_linear_system(void)
{
    enum { CONDITIONS = 4, STEPS = 50, CHANNELS = 5 };
    static double x[CONDITIONS * STEPS * CHANNELS], y[CONDITIONS * STEPS * CHANNELS];
    double mix[2 * CHANNELS], turn[CHANNELS * CHANNELS], a[4], b[4], re[2], im[2];
    draw(mix, 90, 2 * CHANNELS);
    draw_rotation(turn, 91, CHANNELS);
    for (int s = 0; s < CONDITIONS * STEPS; s++) {
        double size = pow(0.98, s % STEPS), phase = 0.3 * (s % STEPS) + s / STEPS * acos(0);
        for (int i = 0; i < CHANNELS; i++)
            x[s * CHANNELS + i] = size * (cos(phase) * mix[i] + sin(phase) * mix[CHANNELS + i]);
    }
    linalg_gemm(y, CHANNELS, x, CHANNELS, turn, CHANNELS, CONDITIONS * STEPS, CHANNELS, CHANNELS, 1,
                0, 0, 0);
    CU_ASSERT_FATAL(dsa_model(a, x, CONDITIONS, STEPS, CHANNELS, 3, 2));
    CU_ASSERT_FATAL(dsa_model(b, y, CONDITIONS, STEPS, CHANNELS, 3, 2));
    CU_ASSERT_DOUBLE_EQUAL(dsa_distance(a, b, 2), 0, 1e-6);
    CU_ASSERT_FATAL(matrix_eigen(re, im, NULL, NULL, a, 2));
    CU_ASSERT_DOUBLE_EQUAL(re[0], 0.98 * cos(0.3), 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(im[0], 0.98 * sin(0.3), 1e-6);
}

static void dsa_needs_more_steps_than_delays_and_rank(void)
{
    double x[SAMPLES * UNITS], model[SQUARE];
    draw(x, 95, SAMPLES * UNITS);
    CU_ASSERT(!dsa_model(model, x, 4, 10, UNITS, 4, RANK));
    CU_ASSERT(dsa_model(model, x, 4, 10, UNITS, 3, RANK));
    CU_ASSERT(!dsa_model(model, x, 1, 14, UNITS, 3, RANK)); // 11 pairs for rank 6
    CU_ASSERT(dsa_model(model, x, 1, 15, UNITS, 3, RANK));
}

/* 12 points in a plane: 3 groups of 4, each with one point of every block. */
enum { POINTS = 12 };
static const int label[POINTS] = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2};
static const int block[POINTS] = {0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3};

static void make_points(double *distance, double *point, double spread)
{
    draw(point, 100, 2 * POINTS);
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
        draw(order, 200 + (uint64_t)trial, POINTS);
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

/* Worked by hand: 0 and 1 at distance 1, then 2 at (4 + 6) / 2. */
static void linkage_of_three_points(void)
{
    const double distance[9] = {0, 1, 4, 1, 0, 6, 4, 6, 0};
    double linkage[8];
    CU_ASSERT_FATAL(groups_linkage(linkage, distance, 3));
    const double expected[8] = {0, 1, 1, 2, 2, 3, 5, 3};
    CU_ASSERT(memcmp(linkage, expected, sizeof expected) == 0);
}

void test_similarity(void)
{
    CU_pSuite suite = CU_add_suite("analysis_similarity", NULL, NULL);
    CU_ADD_TEST(suite, rotation_shift_and_scale_change_no_angle);
    CU_ADD_TEST(suite, order_of_units_changes_nothing);
    CU_ADD_TEST(suite, unrelated_activity_is_at_right_angles);
    CU_ADD_TEST(suite, angles_of_a_worked_example);
    CU_ADD_TEST(suite, silent_networks_have_no_distance);
    CU_ADD_TEST(suite, dsa_between_a_system_and_its_rotation_is_0);
    CU_ADD_TEST(suite, dsa_is_rarely_farther_than_a_known_rotation);
    CU_ADD_TEST(suite, dsa_of_symmetric_systems_is_the_angle_of_their_spectra);
    CU_ADD_TEST(suite, dsa_model_finds_the_eigenvalues_of_a_linear_system);
    CU_ADD_TEST(suite, dsa_needs_more_steps_than_delays_and_rank);
    CU_ADD_TEST(suite, scaling_makes_the_distances_of_a_plane_again);
    CU_ADD_TEST(suite, groups_far_apart_are_told_apart);
    CU_ADD_TEST(suite, p_values_are_uniform_when_labels_mean_nothing);
    CU_ADD_TEST(suite, pairs_of_one_block_count_apart);
    CU_ADD_TEST(suite, linkage_of_three_points);
}

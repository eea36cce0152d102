/* Linear models of activity and their distances, in cases whose answer is known. */
#include <CUnit/Basic.h>
#include <math.h>

#include "analysis/draw.h"
#include "numbers/dsa.h"

enum { SEED = 2, SAMPLES = 40, UNITS = 12, RANK = 6, SQUARE = RANK * RANK };

/* out = Q A Q^T [n, n]. */
static void turn_system(double *out, const double *q, const double *a, int n)
{
    double half[DSA_RANK * DSA_RANK];
    linalg_gemm(half, n, q, n, a, n, n, n, n, 1, 0, 0, 0);
    linalg_gemm(out, n, half, n, q, n, n, n, n, 1, 0, 0, 1);
}

/* B = Q A Q^T for rotations and reflections Q. */
static void dsa_between_a_system_and_its_rotation_is_0(void)
{
    for (uint64_t trial = 0; trial < 20; trial++) {
        double a[SQUARE], b[SQUARE], q[SQUARE];
        draw(a, SEED, 10 + trial, SQUARE);
        draw_rotation(q, SEED, 50 + trial, RANK);
        turn_system(b, q, a, RANK);
        CU_ASSERT_DOUBLE_EQUAL(dsa_distance(a, b, RANK), 0, 1e-6);
        CU_ASSERT_DOUBLE_EQUAL(dsa_spectrum(a, b, RANK), 0, 1e-10);
    }
}

/* Whether A [r, r] and a rotation of it with some noise are farther apart than by this rotation, which
 * bounds the distance from above. */
static bool is_farther(const double *a, int r, double noise, uint64_t stream, double slack)
{
    double b[DSA_RANK * DSA_RANK], q[DSA_RANK * DSA_RANK], turned[DSA_RANK * DSA_RANK];
    draw(b, SEED, stream, r * r);
    draw_rotation(q, SEED, stream + 1000, r);
    turn_system(turned, q, a, r);
    for (int s = 0; s < r * r; s++)
        b[s] = turned[s] + noise * b[s];
    double cosine =
        matrix_dot(turned, b, r * r) / (matrix_norm(turned, r * r) * matrix_norm(b, r * r));
    return dsa_distance(a, b, r) > acos(cosine) + slack;
}

/* Climbing may end on a lower hill in 2 % of the cases, from one start only in 8 %. */
static void dsa_is_rarely_farther_than_a_known_rotation(void)
{
    enum { R = 4, PAIRS = 200 };
    int farther = 0;
    for (uint64_t pair = 0; pair < PAIRS; pair++) {
        double a[R * R];
        draw(a, SEED, 1000 + pair, R * R);
        farther += is_farther(a, R, 0.4, 2000 + pair, 1e-6);
    }
    CU_ASSERT(farther <= PAIRS / 25);
}

/* Damped rotations, as models of activity are: A's symmetric part is nearly a multiple of the
 * identity, so that the first C says little, and g is flat along many rotations: a search that stops
 * short stays beyond the known one. */
static void dsa_of_damped_rotations_is_climbed_to_the_end(void)
{
    enum { R = 10, PAIRS = 40 };
    int farther = 0;
    for (uint64_t pair = 0; pair < PAIRS; pair++) {
        double a[R * R] = {0};
        for (int i = 0; i < R; i += 2) {
            double size = 0.99 - 0.01 * i, phase = 0.5 - 0.04 * i;
            a[i * R + i] = a[(i + 1) * R + i + 1] = size * cos(phase);
            a[i * R + i + 1] = size * sin(phase);
            a[(i + 1) * R + i] = -size * sin(phase);
        }
        farther += is_farther(a, R, 0.01, 4000 + pair, 0);
    }
    CU_ASSERT(farther <= PAIRS / 20);
}

/* For symmetric A and B the best C sorts both spectra (von Neumann): the angle between the sorted
 * eigenvalues. */
static void dsa_of_symmetric_systems_is_the_angle_of_their_spectra(void)
{
    const double x[RANK] = {3, 2, 1, 0.5, -1, -2}, y[RANK] = {2, 2, 0.3, 0.1, 0, -3};
    double a[SQUARE] = {0}, b[SQUARE] = {0}, q[SQUARE], d[SQUARE] = {0};
    for (int i = 0; i < RANK; i++) {
        a[i * RANK + i] = x[(i + 2) % RANK];
        d[i * RANK + i] = y[i];
    }
    draw_rotation(q, SEED, 80, RANK);
    turn_system(b, q, d, RANK);
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
    draw(mix, SEED, 90, 2 * CHANNELS);
    draw_rotation(turn, SEED, 91, CHANNELS);
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
    draw(x, SEED, 95, SAMPLES * UNITS);
    CU_ASSERT(!dsa_model(model, x, 4, 10, UNITS, 4, RANK));
    CU_ASSERT(dsa_model(model, x, 4, 10, UNITS, 3, RANK));
    CU_ASSERT(!dsa_model(model, x, 1, 14, UNITS, 3, RANK)); // 11 pairs for rank 6
    CU_ASSERT(dsa_model(model, x, 1, 15, UNITS, 3, RANK));
}

void test_dsa(void)
{
    CU_pSuite suite = CU_add_suite("analysis_dsa", NULL, NULL);
    CU_ADD_TEST(suite, dsa_between_a_system_and_its_rotation_is_0);
    CU_ADD_TEST(suite, dsa_is_rarely_farther_than_a_known_rotation);
    CU_ADD_TEST(suite, dsa_of_damped_rotations_is_climbed_to_the_end);
    CU_ADD_TEST(suite, dsa_of_symmetric_systems_is_the_angle_of_their_spectra);
    CU_ADD_TEST(suite, dsa_model_finds_the_eigenvalues_of_a_linear_system);
    CU_ADD_TEST(suite, dsa_needs_more_steps_than_delays_and_rank);
}

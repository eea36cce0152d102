/* Fixed points and changes of weights in cases whose answer is known. */
#include <CUnit/Basic.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "numbers/change.h"
#include "numbers/landscape.h"
#include "numbers/matrix.h"

enum { N = 32, PATTERNS = 3, STARTS = 300 };

static double recurrent[N * N], input[N], readout[N], bias[N];

static struct network make_network(void)
{
    return (struct network){.units = N,
                            .inputs = 1,
                            .outputs = 1,
                            .phi = PHI_TANH,
                            .dt = 1,
                            .alpha = 0.05,
                            .recurrent = recurrent,
                            .input = input,
                            .readout = readout,
                            .bias = bias};
}

/* Three orthogonal patterns of +-1: rows of a Hadamard matrix. */
static double pattern(int p, int i)
{
    return i >> p & 1 ? -1 : 1;
}

/* Hopfield's network, W = gain / N sum of p p^T. */
static void store_patterns(double gain)
{
    memset(recurrent, 0, sizeof recurrent);
    memset(input, 0, sizeof input);
    memset(bias, 0, sizeof bias);
    for (int p = 0; p < PATTERNS; p++)
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++)
                recurrent[i * N + j] += gain / N * pattern(p, i) * pattern(p, j);
}

/* The patterns are fixed points x = +-a p with a = gain tanh(a), and stable. */
static void hopfield_network_has_its_patterns_as_stable_points(void)
{
    const double gain = 2, u = 0;
    static double start[STARTS * N];
    double re[N], im[N], sensitivity[1], a = gain;
    for (int i = 0; i < 200; i++)
        a = gain * tanh(a);
    store_patterns(gain);
    struct network network = make_network();
    random_normal(start, random_key(3, 0, RANDOM_TASK), 0, 0, STARTS * N);
    for (int s = 0; s < STARTS / 2; s++) // visited states lie around the patterns
        for (int i = 0; i < N; i++)
            start[s * N + i] =
                0.3 * start[s * N + i] + (s % 2 ? 1 : -1) * a * pattern(s / 2 % PATTERNS, i);
    struct landscape landscape;
    CU_ASSERT_FATAL(landscape_find(&landscape, &network, &u, start, STARTS, 100));
    int stable = 0, origin = 0;
    for (int k = 0; k < landscape.count; k++) {
        const struct landscape_point *point = &landscape.point[k];
        struct landscape_modes modes = {.re = re, .im = im, .input = sensitivity};
        CU_ASSERT_FATAL(landscape_linearise(&modes, &network, point->x));
        CU_ASSERT(point->slow || point->q < LANDSCAPE_FIXED);
        for (int p = 0; p < PATTERNS; p++)
            for (int sign = -1; sign <= 1; sign += 2) {
                double distance = 0;
                for (int i = 0; i < N; i++)
                    distance += pow(point->x[i] - sign * a * pattern(p, i), 2);
                if (sqrt(distance) < 1e-5) {
                    CU_ASSERT(modes.unstable == 0);
                    stable++;
                }
            }
        if (matrix_norm(point->x, N) < 1e-5) {
            CU_ASSERT(modes.unstable == PATTERNS); // along the patterns: gain - 1
            CU_ASSERT_DOUBLE_EQUAL(modes.re[0], (gain - 1) / 20, 1e-9);
            CU_ASSERT_DOUBLE_EQUAL(modes.henrici, 0, 1e-6); // W is symmetric
            origin++;
        }
    }
    CU_ASSERT(stable == 2 * PATTERNS);
    CU_ASSERT(origin == 1);
    landscape_free(&landscape);
}

/* Without connections the one fixed point is W_in u + b; everything decays with tau = 20 ms and a
 * unit of input moves it by |W_in|. */
static void unconnected_network_has_one_point(void)
{
    const double u = 0.7;
    double start[5 * N], re[N], im[N], sensitivity[1];
    store_patterns(0);
    random_normal(input, random_key(3, 0, RANDOM_TASK), 1, 0, N);
    random_normal(bias, random_key(3, 0, RANDOM_TASK), 2, 0, N);
    random_normal(start, random_key(3, 0, RANDOM_TASK), 3, 0, 5 * N);
    struct network network = make_network();
    struct landscape landscape;
    CU_ASSERT_FATAL(landscape_find(&landscape, &network, &u, start, 5, 10));
    CU_ASSERT_FATAL(landscape.count == 1 && landscape.point[0].starts == 5);
    for (int i = 0; i < N; i++)
        CU_ASSERT_DOUBLE_EQUAL(landscape.point[0].x[i], 0.7 * input[i] + bias[i], 1e-9);
    struct landscape_modes modes = {.re = re, .im = im, .input = sensitivity};
    CU_ASSERT_FATAL(landscape_linearise(&modes, &network, landscape.point[0].x));
    CU_ASSERT_DOUBLE_EQUAL(modes.slowest_time, 20, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(sensitivity[0], matrix_norm(input, N), 1e-9);
    landscape_free(&landscape);
}

static void draw_network(uint64_t trial)
{
    struct random_key key = random_key(4, 0, RANDOM_TASK);
    random_normal(recurrent, key, trial, 0, N * N);
    random_normal(input, key, trial, 1, N);
    random_normal(readout, key, trial, 2, N);
    random_normal(bias, key, trial, 3, N);
    for (int s = 0; s < N * N; s++)
        recurrent[s] *= 1.2 / sqrt(N);
}

/* Truncation of central differences with 1e-5: 1e-10. */
static void jacobian_is_the_derivative_of_the_velocity(void)
{
    double x[N], jacobian[N * N], plus[N], minus[N], u = 0.3;
    draw_network(0);
    struct network network = make_network();
    random_normal(x, random_key(4, 0, RANDOM_TASK), 0, 4, N);
    landscape_jacobian(jacobian, &network, x);
    for (int j = 0; j < N; j++) {
        double kept = x[j];
        x[j] = kept + 1e-5;
        landscape_velocity(plus, &network, x, &u);
        x[j] = kept - 1e-5;
        landscape_velocity(minus, &network, x, &u);
        x[j] = kept;
        for (int i = 0; i < N; i++)
            CU_ASSERT_DOUBLE_EQUAL(jacobian[i * N + j], (plus[i] - minus[i]) / 2e-5 / 20, 1e-9);
    }
}

enum { STEPS = 12, CONDITIONS = 2 };

static double last_output(const double *u)
{
    double state[(STEPS + 1) * N], rate[N], slope[N];
    struct network network = make_network();
    landscape_run(state, &network, u, STEPS);
    network_rate(&network, rate, slope, state + STEPS * N);
    return matrix_dot(rate, readout, N);
}

/* Truncation with 1e-5 over outputs of size 5: 1e-9 relative. */
static void tangent_kernel_is_made_of_derivatives(void)
{
    double u[CONDITIONS * STEPS], kernel[4], difference[CONDITIONS][N * N];
    draw_network(1);
    struct network network = make_network();
    random_normal(u, random_key(4, 0, RANDOM_TASK), 1, 5, CONDITIONS * STEPS);
    for (int c = 0; c < CONDITIONS; c++)
        for (int s = 0; s < N * N; s++) {
            double kept = recurrent[s];
            recurrent[s] = kept + 1e-5;
            double plus = last_output(u + c * STEPS);
            recurrent[s] = kept - 1e-5;
            difference[c][s] = (plus - last_output(u + c * STEPS)) / 2e-5;
            recurrent[s] = kept;
        }
    CU_ASSERT_FATAL(change_tangent_kernel(kernel, &network, u, CONDITIONS, STEPS));
    for (int a = 0; a < CONDITIONS; a++)
        for (int b = 0; b < CONDITIONS; b++) {
            double expected = matrix_dot(difference[a], difference[b], N * N);
            CU_ASSERT_DOUBLE_EQUAL(kernel[a * CONDITIONS + b], expected,
                                   1e-6 * matrix_norm(kernel, 4));
        }
    CU_ASSERT_DOUBLE_EQUAL(change_alignment(kernel, kernel, CONDITIONS), 1, 1e-12);
}

/* W_T = W_0 + 3 a b^T with unit vectors a, b: norm 3 and rank 1. */
static void change_of_rank_one_has_stable_rank_one(void)
{
    double after[N * N], singular[4], none[4];
    struct change_weights change;
    draw_network(2);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            after[i * N + j] = recurrent[i * N + j] + 3.0 / N * (j % 2 ? 1 : -1);
    CU_ASSERT_FATAL(change_weights(&change, singular, 4, recurrent, after, N));
    CU_ASSERT_DOUBLE_EQUAL(change.norm, 3, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(change.stable_rank, 1, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(singular[0], 3, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(singular[1], 0, 1e-12);
    CU_ASSERT(change.sign_similarity < 1 && change.sign_similarity > 0.5);
    CU_ASSERT_FATAL(change_weights(&change, none, 4, recurrent, recurrent, N));
    CU_ASSERT(change.norm == 0 && change.sign_similarity == 1 && isnan(change.stable_rank));
}

void test_landscape(void)
{
    CU_pSuite suite = CU_add_suite("analysis_landscape", NULL, NULL);
    CU_ADD_TEST(suite, hopfield_network_has_its_patterns_as_stable_points);
    CU_ADD_TEST(suite, unconnected_network_has_one_point);
    CU_ADD_TEST(suite, jacobian_is_the_derivative_of_the_velocity);
    CU_ADD_TEST(suite, tangent_kernel_is_made_of_derivatives);
    CU_ADD_TEST(suite, change_of_rank_one_has_stable_rank_one);
}

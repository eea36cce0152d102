/* Attractors whose kind and exponents are known. */
#include "numbers/attractor.h"

#include <CUnit/Basic.h>
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "numbers/landscape.h"
#include "numbers/matrix.h"

enum { MOST = 64, STARTS = 8 };

static double recurrent[MOST * MOST], input[MOST], readout[MOST], bias[MOST];
static double start[STARTS * MOST];
static const double silence = 0;

/* tau = 10 ms in steps of `alpha` tau, without connections and input; random starts. */
static struct network make_network(int units, double alpha, double spread)
{
    memset(recurrent, 0, sizeof recurrent);
    memset(input, 0, sizeof input);
    memset(bias, 0, sizeof bias);
    random_normal(start, random_key(5, 0, RANDOM_TASK), 0, 0, STARTS * units);
    for (int s = 0; s < STARTS * units; s++)
        start[s] *= spread;
    return (struct network){.units = units,
                            .inputs = 1,
                            .outputs = 1,
                            .phi = PHI_TANH,
                            .dt = 10 * alpha,
                            .alpha = alpha,
                            .recurrent = recurrent,
                            .input = input,
                            .readout = readout,
                            .bias = bias};
}

/* Two units from `i` on that turn around each other: eigenvalues gain (1 +- turn i). */
static void make_pair(int i, int units, double gain, double turn)
{
    recurrent[i * units + i] = recurrent[(i + 1) * units + i + 1] = gain;
    recurrent[i * units + i + 1] = -gain * turn;
    recurrent[(i + 1) * units + i] = gain * turn;
}

/* Below a gain of 1 all orbits end at 0, where a triangular W has its diagonal as eigenvalues l and
 * the map's exponents are log |1 + alpha (l - 1)| / dt. The directions are far apart: what is left
 * of the transient is rounding. */
static void fixed_point_has_the_exponents_of_its_linear_map(void)
{
    enum { N = 6 };
    const double value[N] = {0.8, 0.5, 0.1, -0.5, -1, -2}; // descending
    struct network network = make_network(N, 0.1, 1);
    for (int i = 0; i < N; i++)
        for (int j = 0; j <= i; j++)
            recurrent[i * N + j] = i == j ? value[i] : 0.3;
    struct attractors found;
    CU_ASSERT_FATAL(attractor_find(&found, &network, &silence, start, STARTS, 2000, 4000));
    CU_ASSERT_FATAL(found.count == 1);
    CU_ASSERT(found.attractor[0].kind == ATTRACTOR_POINT && found.attractor[0].starts == STARTS);
    for (int k = 0; k < ATTRACTOR_EXPONENTS; k++)
        CU_ASSERT_DOUBLE_EQUAL(found.attractor[0].exponent[k], log(1 + 0.1 * (value[k] - 1)), 1e-9);
    CU_ASSERT(matrix_norm(found.attractor[0].mean, N) < 1e-5 && found.attractor[0].extent == 0);
    attractor_free(&found);
}

/* Hopfield's network of three orthogonal patterns: six points, +- each of them. A clamped unit has
 * no exponent of its own and stays. */
static void every_start_is_in_the_share_of_its_point(void)
{
    enum { N = 32 };
    struct network network = make_network(N, 0.1, 0.2);
    for (int p = 0; p < 3; p++)
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++)
                recurrent[i * N + j] += 2.0 / N * ((i >> p & 1) == (j >> p & 1) ? 1 : -1);
    for (int s = 0; s < 6; s++)
        for (int i = 0; i < N; i++)
            start[s * N + i] += (i >> s % 3 & 1 ? -1 : 1) * (s < 3 ? 1 : -1);
    for (int s = 6; s < STARTS; s++) // two more at the first pattern
        for (int i = 0; i < N; i++)
            start[s * N + i] += i & 1 ? -1 : 1;
    int clamped = 0;
    double held = 1.9;
    network.clamped = 1, network.clamped_unit = &clamped, network.clamped_state = &held;
    struct attractors found;
    CU_ASSERT_FATAL(attractor_find(&found, &network, &silence, start, STARTS, 2000, 2000));
    CU_ASSERT_FATAL(found.count == 6);
    for (int a = 0; a < found.count; a++) {
        CU_ASSERT(found.attractor[a].kind == ATTRACTOR_POINT);
        CU_ASSERT(found.attractor[a].starts == (a == 0 ? 3 : 1));
        CU_ASSERT(found.attractor[a].exponent[0] < 0);
        CU_ASSERT(found.attractor[a].mean[0] == held);
    }
    attractor_free(&found);
}

/* Just above a gain of 1 a pair turns with its frequency turn / tau: where the gain that tanh leaves
 * is 1. The next order, and Euler's step, are below 2 %. Its amplitude relaxes as fast as it grew:
 * -2 (gain - 1) / tau, the same to 20 %. */
static void pair_of_units_is_a_limit_cycle_of_its_frequency(void)
{
    const double gain = 1.1, turn = 1;
    struct network network = make_network(2, 0.01, 1);
    make_pair(0, 2, gain, turn);
    struct attractors found;
    CU_ASSERT_FATAL(attractor_find(&found, &network, &silence, start, STARTS, 20000, 20000));
    CU_ASSERT_FATAL(found.count == 1);
    const struct attractor *cycle = &found.attractor[0];
    CU_ASSERT(cycle->kind == ATTRACTOR_CYCLE && cycle->starts == STARTS);
    CU_ASSERT_DOUBLE_EQUAL(cycle->period, 2 * M_PI * 10 / turn, 0.02 * cycle->period);
    CU_ASSERT_DOUBLE_EQUAL(cycle->exponent[0], 0, ATTRACTOR_ZERO / 20000 / 0.1);
    CU_ASSERT_DOUBLE_EQUAL(cycle->exponent[1], -2 * (gain - 1) / 10, 0.2 * 0.2 / 10);
    CU_ASSERT(isnan(cycle->exponent[2]));
    attractor_free(&found);
}

/* Two pairs that know nothing of one another, frequencies in golden ratio. */
static void two_pairs_are_a_torus(void)
{
    struct network network = make_network(4, 0.05, 1);
    make_pair(0, 4, 1.3, 1);
    make_pair(2, 4, 1.3, (1 + sqrt(5)) / 2);
    struct attractors found;
    CU_ASSERT_FATAL(attractor_find(&found, &network, &silence, start, STARTS, 4000, 8000));
    CU_ASSERT_FATAL(found.count == 1);
    const struct attractor *torus = &found.attractor[0];
    double zero = ATTRACTOR_ZERO / (4 * 8000) / 0.5; // looked at to the end
    CU_ASSERT(torus->kind == ATTRACTOR_TORUS && isnan(torus->period));
    CU_ASSERT(fabs(torus->exponent[0]) < zero && fabs(torus->exponent[1]) < zero);
    CU_ASSERT(torus->exponent[2] < -zero);
    attractor_free(&found);
}

/* The leading exponent as two neighbouring orbits tell it, brought back together every step. */
static double divergence(const struct network *network, const double *x, int steps)
{
    enum { N = MOST };
    double a[2 * N], b[2 * N], sum = 0, none[1] = {0};
    memcpy(a, x, sizeof(double) * N);
    memcpy(b, x, sizeof(double) * N);
    b[0] += 1e-7;
    for (int t = 0; t < 2 * steps; t++) {
        landscape_velocity(a + N, network, a, none);
        landscape_velocity(b + N, network, b, none);
        double distance = 0;
        for (int i = 0; i < N; i++) {
            a[i] += network->alpha * a[N + i];
            b[i] += network->alpha * b[N + i];
            distance += (a[i] - b[i]) * (a[i] - b[i]);
        }
        distance = sqrt(distance);
        sum += t < steps ? 0 : log(distance / 1e-7);
        for (int i = 0; i < N; i++)
            b[i] = a[i] + 1e-7 / distance * (b[i] - a[i]);
    }
    return sum / (steps * network->dt);
}

/* A random network of gain 3 is chaotic (Sompolinsky et al. 1988); the estimates of both ways differ
 * by what an exponent of 2,000 time constants fluctuates, 5 % or so. */
static void random_network_is_chaotic(void)
{
    struct network network = make_network(MOST, 0.1, 1);
    random_normal(recurrent, random_key(5, 0, RANDOM_TASK), 1, 0, MOST * MOST);
    for (int s = 0; s < MOST * MOST; s++)
        recurrent[s] *= 3 / sqrt(MOST);
    struct attractors found;
    CU_ASSERT_FATAL(attractor_find(&found, &network, &silence, start, 4, 1000, 20000));
    CU_ASSERT_FATAL(found.count == 1);
    const struct attractor *chaos = &found.attractor[0];
    double expected = divergence(&network, start, 20000);
    CU_ASSERT(chaos->kind == ATTRACTOR_CHAOS && chaos->starts == 4);
    CU_ASSERT(chaos->exponent[0] > 5 * ATTRACTOR_ZERO / 20000);
    CU_ASSERT_DOUBLE_EQUAL(chaos->exponent[0], expected, 0.15 * expected);
    for (int k = 1; k < ATTRACTOR_EXPONENTS; k++)
        CU_ASSERT(chaos->exponent[k] < chaos->exponent[k - 1]);
    attractor_free(&found);
}

void test_attractor(void)
{
    CU_pSuite suite = CU_add_suite("analysis_attractor", NULL, NULL);
    CU_ADD_TEST(suite, fixed_point_has_the_exponents_of_its_linear_map);
    CU_ADD_TEST(suite, every_start_is_in_the_share_of_its_point);
    CU_ADD_TEST(suite, pair_of_units_is_a_limit_cycle_of_its_frequency);
    CU_ADD_TEST(suite, two_pairs_are_a_torus);
    CU_ADD_TEST(suite, random_network_is_chaotic);
}

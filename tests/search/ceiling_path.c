/* Rules of few terms, of made-up measurements whose truth has few, (36) and (37). */
#include <CUnit/Basic.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/ceiling.h"
#include "search/ceiling_path.h"

void test_ceiling_path(void);

enum { COLUMNS = 12, NETWORKS = 10, DRAWS = 200 };

static double gram[COLUMNS * COLUMNS], error[COLUMNS * COLUMNS], signal[NETWORKS][COLUMNS];
static struct efficiency measured[NETWORKS];
static const double reference[COLUMNS] = {1};
static unsigned char all[COLUMNS];

static double uniform(void)
{
    return (double)rand() / RAND_MAX - 0.5;
}

/* A G of columns of size 1 that share a part, as terms do, and are else apart. */
static void draw_gram(double *out, int columns, double apart)
{
    double part[COLUMNS];
    for (int k = 0; k < columns; k++)
        part[k] = 1 + uniform();
    for (int k = 0; k < columns; k++)
        for (int l = 0; l < columns; l++)
            out[k * columns + l] =
                k == l ? 1
                       : part[k] * part[l] /
                             sqrt((part[k] * part[k] + apart) * (part[l] * part[l] + apart));
}

/* c = G truth at every network, plus noise of this standard deviation. */
static struct ceiling make(const double truth[COLUMNS], double noise)
{
    memset(error, 0, sizeof error);
    for (int k = 0; k < COLUMNS; k++)
        error[k * COLUMNS + k] = noise * noise, all[k] = 1;
    for (int i = 0; i < NETWORKS; i++) {
        for (int k = 0; k < COLUMNS; k++) {
            signal[i][k] = sqrt(12) * noise * uniform();
            for (int l = 0; l < COLUMNS; l++)
                signal[i][k] += gram[k * COLUMNS + l] * truth[l];
        }
        measured[i] = (struct efficiency){.state = LIFETIME_DONE,
                                          .trials = 1000,
                                          .gradient = 10,
                                          .gradient_noise = 40,
                                          .signal = signal[i],
                                          .covariance = error,
                                          .gram = gram};
    }
    return (struct ceiling){NETWORKS, 1, COLUMNS, measured};
}

static struct ceiling_answer ask(const struct ceiling *ceiling, const unsigned char *member,
                                 int terms)
{
    struct ceiling_answer answer;
    const struct ceiling_rule rule = {CEILING_FITTED, member, NULL, terms};
    CU_ASSERT_EQUAL_FATAL(ceiling_answer(&answer, ceiling, &rule, 1, reference, NULL), STATUS_OK);
    return answer;
}

static int count_terms(const double *theta)
{
    int count = 0;
    for (int k = 0; k < COLUMNS; k++)
        count += theta[k] != 0;
    return count;
}

/* Three terms of twelve, that differ: they are found, they do as well as all on other networks or
 * better, and one less does worse. */
static void few_terms_that_are_the_truth_are_found(void)
{
    const double truth[COLUMNS] = {[1] = 1, [4] = -0.8, [9] = 0.6};
    srand(3);
    draw_gram(gram, COLUMNS, 0.3);
    const struct ceiling ceiling = make(truth, 0.02);
    struct ceiling_answer two = ask(&ceiling, all, 2), three = ask(&ceiling, all, 3);
    struct ceiling_answer most = ask(&ceiling, all, COLUMNS), whole = ask(&ceiling, all, 0);
    CU_ASSERT_EQUAL(count_terms(two.theta), 2);
    CU_ASSERT_EQUAL(count_terms(three.theta), 3);
    for (int k = 0; k < COLUMNS; k++)
        CU_ASSERT((truth[k] != 0) == (three.theta[k] != 0));
    CU_ASSERT_DOUBLE_EQUAL(three.theta[4] / three.theta[1], -0.8, 0.05);
    CU_ASSERT(three.ratio > whole.ratio);
    CU_ASSERT(two.ratio < 0.9 * three.ratio);
    CU_ASSERT_EQUAL(most.ratio, whole.ratio);
    ceiling_free(&two, 1);
    ceiling_free(&three, 1);
    ceiling_free(&most, 1);
    ceiling_free(&whole, 1);
}

/* Of many columns of noise some have drift where they are chosen. Elsewhere they have none. */
static void terms_are_chosen_where_they_are_fitted(void)
{
    const double truth[COLUMNS] = {0};
    double sum = 0, square = 0;
    srand(5);
    memset(gram, 0, sizeof gram);
    for (int k = 0; k < COLUMNS; k++)
        gram[k * COLUMNS + k] = 1;
    for (int repeat = 0; repeat < DRAWS; repeat++) {
        struct ceiling ceiling = make(truth, 1);
        for (int i = 0; i < NETWORKS; i++)
            signal[i][0] = 1;
        all[0] = 0;
        struct ceiling_answer answer = ask(&ceiling, all, 2);
        CU_ASSERT_EQUAL(answer.theta[0], 0);
        sum += answer.share / DRAWS;
        square += answer.share * answer.share / DRAWS;
        ceiling_free(&answer, 1);
    }
    CU_ASSERT(sum < 2 * sqrt((square - sum * sum) / DRAWS));
}

/* c' G^-1 c of the columns whose bits are set, by Gauss. */
static double drift_of(const double *c, const double *g, int m, int bits)
{
    double part[COLUMNS], square[COLUMNS][COLUMNS], drift = 0;
    int place[COLUMNS], count = 0;
    for (int k = 0; k < m; k++)
        if (bits >> k & 1)
            place[count++] = k;
    for (int a = 0; a < count; a++) {
        part[a] = c[place[a]];
        for (int b = 0; b < count; b++)
            square[a][b] = g[place[a] * m + place[b]];
    }
    for (int a = 0; a < count; a++) {
        drift += part[a] * part[a] / square[a][a];
        for (int b = a + 1; b < count; b++) {
            double share = square[b][a] / square[a][a];
            part[b] -= share * part[a];
            for (int d = a; d < count; d++)
                square[b][d] -= share * square[a][d];
        }
    }
    return drift;
}

static int bits_of(const int *chosen, int count)
{
    int bits = 0;
    for (int a = 0; a < count; a++)
        bits |= 1 << chosen[a];
    return bits;
}

static int count_bits(int bits)
{
    return bits == 0 ? 0 : (bits & 1) + count_bits(bits >> 1);
}

/* The best of all sets or near it, at every number of columns; of one column, and of columns that have
 * nothing to do with each other, the best one. */
static void chosen_sets_are_near_the_best_of_all(void)
{
    enum { M = 9 };
    double c[M], g[M * M], lost = 0;
    int chosen[M];
    struct ceiling_path path;
    srand(11);
    CU_ASSERT_EQUAL_FATAL(ceiling_path_create(&path, COLUMNS, NULL), STATUS_OK);
    for (int draw = 0; draw < DRAWS; draw++) {
        bool diagonal = draw % 4 == 0;
        draw_gram(g, M, 0.1);
        for (int k = 0; k < M; k++) {
            c[k] = uniform();
            for (int l = 0; l < M && diagonal; l++)
                g[k * M + l] = k == l;
        }
        int terms = 1 + draw % M;
        int count = ceiling_path_choose(chosen, &path, c, g, M, terms);
        double found = drift_of(c, g, M, bits_of(chosen, count)), best = 0;
        for (int bits = 0; bits < 1 << M; bits++)
            if (count_bits(bits) == terms)
                best = fmax(best, drift_of(c, g, M, bits));
        CU_ASSERT_EQUAL(count, terms);
        CU_ASSERT(found > (diagonal || terms == 1 ? 1 - 1e-9 : 0.8) * best);
        lost += (1 - found / best) / DRAWS;
    }
    CU_ASSERT(lost < 0.001);
    ceiling_path_free(&path);
}

/* Two columns that are nearly the same, whose difference has all the drift: each alone has the least. */
static void pairs_that_are_nothing_alone_are_kept(void)
{
    const double g[] = {1, 0.99, 0, 0.99, 1, 0, 0, 0, 1}, c[] = {0.1, -0.1, 0.3};
    int chosen[3];
    struct ceiling_path path;
    CU_ASSERT_EQUAL_FATAL(ceiling_path_create(&path, 3, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(ceiling_path_choose(chosen, &path, c, g, 3, 2), 2);
    CU_ASSERT(chosen[0] == 0 && chosen[1] == 1);
    CU_ASSERT_EQUAL(ceiling_path_choose(chosen, &path, c, g, 3, 1), 1);
    CU_ASSERT_EQUAL(chosen[0], 2);
    ceiling_path_free(&path);
}

/* Columns that are always 0, and no drift at all. */
static void columns_of_nothing_do_no_harm(void)
{
    const double g[] = {1, 0, 0, 0, 0, 0, 0, 0, 1}, c[] = {0.1, 0, 0.2}, none[3] = {0};
    int chosen[3];
    struct ceiling_path path;
    CU_ASSERT_EQUAL_FATAL(ceiling_path_create(&path, 3, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(ceiling_path_choose(chosen, &path, c, g, 3, 2), 2);
    CU_ASSERT(chosen[0] == 0 && chosen[1] == 2);
    ceiling_path_choose(chosen, &path, none, g, 3, 2);
    ceiling_path_free(&path);
}

void test_ceiling_path(void)
{
    CU_pSuite suite = CU_add_suite("ceiling_path", NULL, NULL);
    CU_ADD_TEST(suite, few_terms_that_are_the_truth_are_found);
    CU_ADD_TEST(suite, terms_are_chosen_where_they_are_fitted);
    CU_ADD_TEST(suite, chosen_sets_are_near_the_best_of_all);
    CU_ADD_TEST(suite, pairs_that_are_nothing_alone_are_kept);
    CU_ADD_TEST(suite, columns_of_nothing_do_no_harm);
}

/* Labels that are there, or not, are read from activity. */
#include <CUnit/Basic.h>
#include <math.h>

#include "analysis/draw.h"
#include "numbers/decoding.h"

enum { TRIALS = 60, BINS = 3, UNITS = 20 };

/* Bin 0 carries nothing, bin 1 the label on unit 0, bin 2 the label on unit 1. */
static void make_trials(double *x, int *label)
{
    draw(x, 5, 0, TRIALS * BINS * UNITS);
    for (int h = 0; h < TRIALS; h++) {
        label[h] = h % 2;
        x[(h * BINS + 1) * UNITS] += label[h] ? 4 : -4;
        x[(h * BINS + 2) * UNITS + 1] += label[h] ? 4 : -4;
    }
}

/* Chance has a standard deviation of 1 / sqrt(4 x 60) = 0.065. */
static void decoder_reads_what_is_there_and_only_then(void)
{
    static double x[TRIALS * BINS * UNITS], eta[BINS * UNITS];
    double accuracy[BINS * BINS], shuffled[BINS];
    int label[TRIALS];
    make_trials(x, label);
    CU_ASSERT_FATAL(decoding_cross(accuracy, x, label, label, TRIALS, BINS, UNITS, 0));
    CU_ASSERT(accuracy[4] > 0.98 && accuracy[8] > 0.98);
    CU_ASSERT(fabs(accuracy[0] - 0.5) < 0.25);
    CU_ASSERT(fabs(accuracy[5] - 0.5) < 0.25 && fabs(accuracy[7] - 0.5) < 0.25);
    decoding_selectivity(eta, x, label, TRIALS, BINS, UNITS);
    CU_ASSERT(eta[UNITS] > 0.9 && eta[2 * UNITS + 1] > 0.9);
    CU_ASSERT(eta[0] < 0.2 && eta[UNITS + 1] < 0.2);
    double mean = 0;
    for (unsigned long seed = 0; seed < 20; seed++) {
        CU_ASSERT_FATAL(decoding_shuffled(shuffled, x, label, label, TRIALS, BINS, UNITS, seed));
        mean += shuffled[1] / 20;
    }
    CU_ASSERT_DOUBLE_EQUAL(mean, 0.5, 0.06);
}

/* Four conditions in turn as in a match task, 0 and 3 with one label, 1 and 2 with the other, each
 * along an axis of its own: whoever was not trained on a condition cannot read it. */
static void decoder_knows_all_conditions_of_a_label(void)
{
    static double x[TRIALS * UNITS];
    double accuracy[1], shuffled[1], mean = 0;
    int label[TRIALS], condition[TRIALS];
    draw(x, 6, 0, TRIALS * UNITS);
    for (int h = 0; h < TRIALS; h++) {
        condition[h] = h % 4;
        label[h] = condition[h] == 1 || condition[h] == 2;
        x[h * UNITS + condition[h]] += 8;
    }
    CU_ASSERT_FATAL(decoding_cross(accuracy, x, label, condition, TRIALS, 1, UNITS, 0));
    CU_ASSERT(accuracy[0] > 0.95);
    for (unsigned long seed = 0; seed < 20; seed++) {
        CU_ASSERT_FATAL(decoding_shuffled(shuffled, x, label, condition, TRIALS, 1, UNITS, seed));
        mean += shuffled[0] / 20;
    }
    CU_ASSERT_DOUBLE_EQUAL(mean, 0.5, 0.06);
}

void test_decoding(void)
{
    CU_pSuite suite = CU_add_suite("analysis_decoding", NULL, NULL);
    CU_ADD_TEST(suite, decoder_reads_what_is_there_and_only_then);
    CU_ADD_TEST(suite, decoder_knows_all_conditions_of_a_label);
}

/* What a plane of the rule is multiplied by, in the precision of trial_double.h or trial_single.h:
 * powers of its variables beside r and d. N units; t counts steps. */

/* out *= scale x^power. */
VECTOR_CLONES static void NAME(raise_row)(REAL *restrict out, const REAL *restrict x, int power,
                                          REAL scale, long count)
{
    for (long i = 0; i < count && scale != 1; i++)
        out[i] *= scale;
    for (int m = 0; m < power; m++)
        for (long i = 0; i < count; i++)
            out[i] *= x[i];
}

/* out [N] *= what `factor` has of the units on one side in step t; of variable `by` its derivative,
 * unless negative. */
static void NAME(multiply)(REAL *out, const struct trial *trial, const struct rule_term *factor,
                           enum rule_side side, int by, long t)
{
    const REAL *signal[RULE_SIGNALS] = {
        [RULE_RATE] = OF(trial, rate), [RULE_CHANGE] = OF(trial, deviation)};
    long n = trial->units;
    for (int v = 0; v < RULE_VARIABLES; v++) {
        int power = factor->power[v];
        if (!rule_is_base(v) && rule_variables[v].side == side && power > 0)
            NAME(raise_row)
        (out, signal[rule_variables[v].signal] + t * n, power - (v == by),
         v == by ? (REAL)power : 1, n);
    }
}

/* Polynomials of the derivatives, in the precision of trial_double.h or trial_single.h. N units; t
 * counts steps. */

/* out[i] = sum_k coefficient[k] x[i]^k for a degree that the compiler knows. */
static inline __attribute__((always_inline)) void NAME(horner)(REAL *restrict out,
                                                               const REAL *restrict x,
                                                               const REAL *coefficient, int degree,
                                                               long count)
{
    for (long i = 0; i < count; i++) {
        REAL sum = coefficient[degree];
        for (int k = degree - 1; k >= 0; k--)
            sum = FUSED(sum, x[i], coefficient[k]);
        out[i] = sum;
    }
}

VECTOR_CLONES static void NAME(polynomial)(REAL *restrict out, const REAL *restrict x,
                                           const REAL *coefficient, int degree, long count)
{
    switch (degree) {
    case 0:
        return NAME(horner)(out, x, coefficient, 0, count);
    case 1:
        return NAME(horner)(out, x, coefficient, 1, count);
    case 2:
        return NAME(horner)(out, x, coefficient, 2, count);
    case 3:
        return NAME(horner)(out, x, coefficient, 3, count);
    case 4:
        return NAME(horner)(out, x, coefficient, 4, count);
    default:
        return NAME(horner)(out, x, coefficient, RULE_DEGREE, count);
    }
}

/* out [N] = the sum over the terms of `plane` with power c of the other side's base (r or d), of
 * scale times what they have of the units on this side in step t, derived by variable v unless
 * negative, without that power. False: there is no such term. */
static bool NAME(slope_of_plane)(REAL *out, const struct trial *trial,
                                 const struct rule_plane *plane, enum rule_side side, int v, int c,
                                 double scale, long t)
{
    bool base = v >= 0 && rule_is_base(v);
    REAL coefficient[RULE_POWERS] = {0};
    int degree = side == RULE_POSTSYNAPTIC ? plane->changes : plane->rates;
    if (base ? degree == 0 : v >= 0 && plane->factor.power[v] == 0)
        return false;
    for (int own = base; own <= degree; own++) {
        double theta = side == RULE_POSTSYNAPTIC ? plane->theta[own][c] : plane->theta[c][own];
        coefficient[own - base] = (REAL)((base ? scale * own : scale) * theta);
    }
    const REAL *x = side == RULE_POSTSYNAPTIC ? OF(trial, deviation) : OF(trial, rate);
    NAME(polynomial)(out, x + t * trial->units, coefficient, degree - base, trial->units);
    NAME(multiply)(out, trial, &plane->factor, side, base ? -1 : v, t);
    return true;
}

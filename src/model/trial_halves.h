/* The two halves of a pair of the rule, in the precision of trial_double.h or trial_single.h:
 * R_j and q_t L_i of G = sum over pairs of W^n L_i R_j, and their derivatives. N units; t counts
 * steps. */

/* out [N] = R of the pair in step t, derived by variable v unless negative. False: it has no v. */
static bool NAME(fill_right_half)(REAL *out, const struct trial *trial, const struct rule *rule,
                                  const struct rule_pair *pair, int v, long t)
{
    const struct rule_term *factor = &rule->group[RULE_PRESYNAPTIC][pair->group].factor;
    bool base = v == RULE_R;
    if (base ? pair->rates == 0 : v >= 0 && factor->power[v] == 0)
        return false;
    for (long j = 0; j < trial->units; j++)
        out[j] = 1;
    NAME(raise_row)
    (out, OF(trial, rate) + t * trial->units, pair->rates - base, base ? (REAL)pair->rates : 1,
     trial->units);
    NAME(multiply)(out, trial, factor, RULE_PRESYNAPTIC, base ? -1 : v, t);
    return true;
}

/* Whether some term of the plane with r^k has a coefficient. */
static inline bool NAME(has_power)(const struct rule_plane *plane, int k)
{
    for (int l = 0; l <= plane->changes; l++)
        if (plane->theta[l][k] != 0)
            return true;
    return false;
}

/* out [N] = q_t L of the pair in step t, derived by variable v unless negative; `part` [N] is
 * workspace. False: no coefficient, or it has no v. */
static bool NAME(fill_left_half)(REAL *out, REAL *part, const struct trial *trial,
                                 const struct rule *rule, const struct rule_pair *pair, int v,
                                 long t)
{
    bool any = false;
    for (int a = 0; a < rule->planes; a++) {
        const struct rule_plane *plane = &rule->plane[a];
        if (plane->group[RULE_PRESYNAPTIC] != pair->group || !NAME(has_power)(plane, pair->rates) ||
            !NAME(slope_of_plane)(any ? part : out, trial, plane, RULE_POSTSYNAPTIC, v, pair->rates,
                                  trial->weight[t], t))
            continue;
        for (long i = 0; i < trial->units && any; i++)
            out[i] += part[i];
        any = true;
    }
    return any;
}

/* One of the two. */
static inline bool NAME(fill_half)(REAL *out, REAL *part, const struct trial *trial,
                                   const struct rule *rule, const struct rule_pair *pair,
                                   enum rule_side side, int v, long t)
{
    return side == RULE_PRESYNAPTIC ? NAME(fill_right_half)(out, trial, rule, pair, v, t)
                                    : NAME(fill_left_half)(out, part, trial, rule, pair, v, t);
}

/* The parts of (15) by the variables of the units, in the precision of trial_double.h or
 * trial_single.h. N units, P parameters, B steps a block, d degree. Indices: p parameter, i unit on
 * the side of the variable, b step within a block, s pair. */

/* Of a rule of r and d alone, over a block: [b][c][i] = q_t times what the terms with the power c
 * of the other unit's variable have of unit i, derived by its variable v: for the rows of M in
 * Delta q_t sum_l theta_cl l Delta_i^(l-1), for the columns of Q in r q_t sum_k theta_kc k
 * r_j^(k-1). */
static void NAME(fill_coefficients)(struct tangent *tangent, const struct trial *trial,
                                    const struct rule *rule, int v, long t0, long count)
{
    long n = tangent->units, powers = rule->degree + 1;
    for (long b = 0; b < count; b++)
        for (int c = 0; c < powers; c++) {
            REAL *out = OF(tangent, coefficient) + (b * powers + c) * n;
            if (!NAME(slope_of_plane)(out, trial, &rule->plane[0], rule_variables[v].side, v, c,
                                      trial->weight[t0 + b], t0 + b))
                memset(out, 0, sizeof(REAL) * (size_t)n);
        }
}

/* Both halves of those pairs that have v over a block [pairs, B, N], that on its side derived by it.
 * Returns how many; `used` says which. */
static int NAME(fill_halves)(int used[RULE_TERMS], struct tangent *tangent,
                             const struct trial *trial, const struct rule *rule, int v, long t0,
                             long count)
{
    int many = 0;
    REAL *part = OF(tangent, part);
    enum rule_side side = rule_variables[v].side;
    for (int s = 0; s < rule->pairs; s++) {
        const struct rule_pair *pair = &rule->pair[s];
        bool has = pair->has[side];
        for (long b = 0; b < count && has; b++) {
            long at = (many * tangent->block + b) * tangent->units;
            has = NAME(fill_half)(OF(tangent, coefficient) + at, part, trial, rule, pair, side, v,
                                  t0 + b) &&
                  NAME(fill_half)(OF(tangent, half) + at, part, trial, rule, pair, rule_other(side),
                                  -1, t0 + b);
        }
        if (has)
            used[many++] = s;
    }
    return many;
}

/* out[i] = sum_s coefficient[s] row[s][i] for a number of rows that the compiler knows. */
static inline __attribute__((always_inline)) void NAME(mix)(REAL *restrict out,
                                                            const REAL *restrict row, long stride,
                                                            const REAL *coefficient, int rows,
                                                            long count)
{
    for (long i = 0; i < count; i++) {
        REAL sum = coefficient[0] * row[i];
        for (int s = 1; s < rows; s++)
            sum = FUSED(coefficient[s], row[s * stride + i], sum);
        out[i] = sum;
    }
}

VECTOR_CLONES static void NAME(mix_rows)(REAL *restrict out, const REAL *restrict row, long stride,
                                         const REAL *coefficient, int rows, long count)
{
    switch (rows) {
    case 1:
        return NAME(mix)(out, row, stride, coefficient, 1, count);
    case 2:
        return NAME(mix)(out, row, stride, coefficient, 2, count);
    case 3:
        return NAME(mix)(out, row, stride, coefficient, 3, count);
    case 4:
        return NAME(mix)(out, row, stride, coefficient, 4, count);
    case 5:
        return NAME(mix)(out, row, stride, coefficient, 5, count);
    default:
        return NAME(mix)(out, row, stride, coefficient, RULE_POWERS, count);
    }
}

/* out += row o weight^power. */
VECTOR_CLONES static void NAME(add_weighed)(REAL *restrict out, const REAL *restrict row,
                                            const REAL *restrict weight, int power, long count)
{
    for (long i = 0; i < count; i++) {
        REAL product = row[i];
        for (int m = 0; m < power; m++)
            product *= weight[i];
        out[i] += product;
    }
}

/* Step b of row i of the slope dG/dv of any rule, out [N]: sum over the pairs that fill_halves()
 * found of W^n, dL_i/dv or dR_i/dv, and the other half. weight [N] are the unit's synapses. */
static void NAME(mix_slope)(REAL *out, struct tangent *tangent, const struct rule *rule,
                            const int *used, int many, const REAL *weight, long b, long i)
{
    long n = tangent->units, stride = tangent->block * n;
    REAL *part = OF(tangent, part);
    bool empty = true;
    for (int s = 0, rows; s < many; s += rows) {
        int g = rule->pair[used[s]].group, power = rule->group[RULE_PRESYNAPTIC][g].weight;
        REAL coefficient[RULE_POWERS];
        for (rows = 0; s + rows < many && rule->pair[used[s + rows]].group == g; rows++)
            coefficient[rows] = OF(tangent, coefficient)[(s + rows) * stride + b * n + i];
        bool whole = s == 0 && power == 0;
        if (empty && !whole)
            memset(out, 0, sizeof(REAL) * (size_t)n);
        NAME(mix_rows)
        (whole ? out : part, OF(tangent, half) + s * stride + b * n, stride, coefficient, rows, n);
        if (!whole)
            NAME(add_weighed)(out, part, weight, power, n);
        empty = false;
    }
}

/* Four numbers, wherever they stand, and four times four of them. */
typedef REAL NAME(quad) __attribute__((vector_size(4 * sizeof(REAL)), aligned(sizeof(REAL))));
struct NAME(square) {
    NAME(quad) row[4];
};

/* PICK(x, y, i, j, k, l): those four of the eight numbers of two quads, in one instruction if the
 * compiler knows how to say that (GCC from version 12 on). */
#if !defined PICK && defined __has_builtin
#if __has_builtin(__builtin_shufflevector)
#define PICK __builtin_shufflevector
#endif
#endif
#ifndef PICK
#define PICK_ONE(x, y, i) ((i) < 4 ? (x)[(i) % 4] : (y)[(i) % 4])
#define PICK(x, y, i, j, k, l)                                                                     \
    (NAME(quad))                                                                                   \
    {                                                                                              \
        PICK_ONE(x, y, i), PICK_ONE(x, y, j), PICK_ONE(x, y, k), PICK_ONE(x, y, l)                 \
    }
#endif

/* The transpose of what stands at x, `ldx` from row to row. */
static inline __attribute__((always_inline)) struct NAME(square)
    NAME(turned)(const REAL *x, long ldx)
{
    NAME(quad) row[4];
    for (int r = 0; r < 4; r++)
        memcpy(&row[r], x + r * ldx, sizeof row[r]);
    NAME(quad) a = PICK(row[0], row[1], 0, 4, 2, 6), b = PICK(row[0], row[1], 1, 5, 3, 7);
    NAME(quad) c = PICK(row[2], row[3], 0, 4, 2, 6), d = PICK(row[2], row[3], 1, 5, 3, 7);
    struct NAME(square) turned = {{PICK(a, c, 0, 1, 4, 5), PICK(b, d, 0, 1, 4, 5),
                                   PICK(a, c, 2, 3, 6, 7), PICK(b, d, 2, 3, 6, 7)}};
    return turned;
}

/* Of rows [rows, N] the units i0 .. i0 + units - 1 as packed [units, rows]. Rows are further apart than
 * the processor looks ahead. */
VECTOR_CLONES static void NAME(pack)(REAL *restrict packed, const REAL *restrict row, long n,
                                     long i0, long units, long rows)
{
    enum { AHEAD = 32 };
    long r = 0;
    row += i0;
    for (; units == PACKED && r + 4 <= rows; r += 4, row += 4 * n) {
        for (int k = 0; k < 4; k++) {
            __builtin_prefetch(row + (AHEAD + k) * n);
            __builtin_prefetch(row + (AHEAD + k) * n + PACKED - 1);
        }
        for (int h = 0; h < PACKED; h += 4) {
            struct NAME(square) square = NAME(turned)(row + h, n);
            for (int u = 0; u < 4; u++)
                memcpy(packed + (h + u) * rows + r, &square.row[u], sizeof square.row[u]);
        }
    }
    for (; r < rows; r++, row += n)
        for (long u = 0; u < units; u++)
            packed[u * rows + r] = row[u];
}

/* z(j, p, i) += transposed(i, p, j) of a tile, `row` is what a row of all p takes. */
static inline __attribute__((always_inline)) void
NAME(add_tile)(REAL *restrict z, const REAL *restrict transposed, long row, long height, long width)
{
    if (height == 4 && width == 4) {
        struct NAME(square) square = NAME(turned)(transposed, row);
        for (int j = 0; j < 4; j++) {
            NAME(quad) sum;
            memcpy(&sum, z + j * row, sizeof sum);
            sum += square.row[j];
            memcpy(z + j * row, &sum, sizeof sum);
        }
        return;
    }
    for (long j = 0; j < height; j++)
        for (long i = 0; i < width; i++)
            z[j * row + i] += transposed[i * row + j];
}

/* The same of unit i0 and the next ones, PACKED if there are, which are the first of `transposed`. What
 * is read next of z is further away than the processor looks ahead. */
VECTOR_CLONES static void NAME(add_transposed)(REAL *restrict z, const REAL *restrict transposed,
                                               long i0, long n, long parameters)
{
    enum { AHEAD = 4 };
    long row = parameters * n, units = n - i0 < PACKED ? n - i0 : PACKED;
    z += i0;
    for (long j = 0; j < n; j += 4)
        for (long at = 0; at < row; at += n) {
            for (int k = 0; k < 4; k++)
                __builtin_prefetch(z + (j + k) * row + at + AHEAD * n, 1);
            for (long i = 0; i < units; i += 4)
                NAME(add_tile)
            (z + j * row + at + i, transposed + i * row + at + j, row, n - j < 4 ? n - j : 4,
             units - i < 4 ? units - i : 4);
        }
}

/* The synapses of unit i, of the side that (15) is summed for. */
static const REAL *NAME(synapses)(const struct trial *trial, enum rule_side side, long i)
{
    const REAL *weight = side == RULE_POSTSYNAPTIC ? OF(trial, synapse) : OF(trial, columns);
    return weight ? weight + i * trial->units : NULL;
}

static const REAL *NAME(history_of)(const struct tangent *tangent, int v)
{
    return rule_variables[v].signal == RULE_RATE ? OF(tangent, gain) : OF(tangent, deviation);
}

/* The part of (15) by variable v over a block: for each unit i on its side
 * z(i) += sum over the block of (tangents of v)^T (row i of dG/dv), for any rule. */
static void NAME(add_slopes)(REAL *z, struct tangent *tangent, const struct trial *trial,
                             const struct rule *rule, int v, long t0, long count)
{
    long n = tangent->units, p = tangent->parameters;
    REAL *slope = OF(tangent, slope);
    int used[RULE_TERMS], many = NAME(fill_halves)(used, tangent, trial, rule, v, t0, count);
    for (long i = 0; i < n && many > 0; i++) {
        long u = i % PACKED, units = n - i < PACKED ? n - i : PACKED;
        if (u == 0)
            NAME(pack)
        (OF(tangent, packed), NAME(history_of)(tangent, v), n, i, units, count * p);
        for (long b = 0; b < count; b++)
            NAME(mix_slope)
        (slope + b * n, tangent, rule, used, many, NAME(synapses)(trial, rule_variables[v].side, i),
         b, i);
        NAME(linalg_multiply)
        (z + i * p * n, n, OF(tangent, packed) + u * count * p, 1, p, slope, n, p, n, count, 1, 1);
    }
}

/* The same for a rule of r and d alone, whose dG/dv are polynomials, into z itself. Sums by rows begin
 * with the first block and are transposed after the last one, while they are at hand. */
static void NAME(add_polynomials)(struct tangent *tangent, const struct trial *trial,
                                  const struct rule *rule, int v, long t0, long count)
{
    long n = tangent->units, p = tangent->parameters, powers = rule->degree + 1;
    bool row = rule_variables[v].side == RULE_POSTSYNAPTIC;
    bool last = t0 + count == trial->shape.steps, add = !row || t0 > 0;
    const REAL *argument = (row ? OF(trial, rate) : OF(trial, deviation)) + t0 * n;
    REAL *history = OF(tangent, packed), *polynomial = history + PACKED * count * p;
    NAME(linalg_panels)(OF(tangent, argument), argument, n, n, count);
    NAME(fill_coefficients)(tangent, trial, rule, v, t0, count);
    for (long i = 0; i < n; i += PACKED) {
        long units = n - i < PACKED ? n - i : PACKED;
        REAL *z = row ? OF(tangent, transposed) : OF(tangent, eligibility);
        z += row && last && !add ? 0 : i * p * n;
        NAME(pack)(history, NAME(history_of)(tangent, v), n, i, units, count * p);
        NAME(pack)(polynomial, OF(tangent, coefficient), n, i, units, count * powers);
        for (long u = 0; u < units; u++)
            NAME(linalg_multiply_polynomials)
        (z + u * p * n, n, history + u * count * p, OF(tangent, argument),
         polynomial + u * count * powers, rule->degree, p, n, count, add);
        if (row && last)
            NAME(add_transposed)(OF(tangent, eligibility), z, i, n, p);
    }
}

/* out [P, N] (+)= slope o tangents of a variable. */
VECTOR_CLONES static void NAME(add_change)(REAL *restrict out, const REAL *restrict slope,
                                           const REAL *restrict tangents, bool add, long units,
                                           long parameters)
{
    for (long p = 0; p < parameters; p++)
        for (long i = 0; i < units; i++) {
            REAL change = slope[i] * tangents[p * units + i];
            out[p * units + i] = add ? out[p * units + i] + change : change;
        }
}

/* The tangents of the pair's half on this side over a block [B, P, N], in `change`. False: they are 0. */
static bool NAME(fill_change)(struct tangent *tangent, const struct trial *trial,
                              const struct rule *rule, const struct rule_pair *pair,
                              enum rule_side side, long t0, long count)
{
    long n = tangent->units, p = tangent->parameters;
    REAL *slope = OF(tangent, slope), *part = OF(tangent, part);
    bool any = false;
    for (int v = 0; v < RULE_VARIABLES; v++) {
        bool has = rule->uses[v] && rule_variables[v].side == side && pair->has[side];
        for (long b = 0; b < count && has; b++) {
            has = NAME(fill_half)(slope, part, trial, rule, pair, side, v, t0 + b);
            if (has)
                NAME(add_change)
            (OF(tangent, change) + b * p * n, slope, NAME(history_of)(tangent, v) + b * p * n, any,
             n, p);
        }
        any |= has;
    }
    return any;
}

/* z += W^n o product of the half that fill_change() left and the other one, which is in `slope`. */
static void NAME(multiply_pair)(REAL *z, struct tangent *tangent, const struct trial *trial,
                                enum rule_side side, int power, long count)
{
    long n = tangent->units, p = tangent->parameters, at_once = power ? PACKED : n;
    for (long i = 0; i < n; i += at_once) {
        long units = n - i < at_once ? n - i : at_once;
        REAL *out = power ? OF(tangent, product) : z;
        for (long q = 0; q < p; q++)
            NAME(linalg_multiply)
        (out + q * n, p * n, OF(tangent, change) + q * n + i, 1, p * n, OF(tangent, slope), n,
         units, n, count, 1, !power);
        for (long row = 0; row < units * p && power; row++)
            NAME(add_weighed)
        (z + (i * p + row) * n, out + row * n, NAME(synapses)(trial, side, i + row / p), power, n);
    }
}

/* The part of (15) by all variables of the units on this side over a block, for each pair
 * z += W^n o (tangents of one half)^T (the other half). */
static void NAME(add_pairs)(REAL *z, struct tangent *tangent, const struct trial *trial,
                            const struct rule *rule, enum rule_side side, long t0, long count)
{
    for (int s = 0; s < rule->pairs; s++) {
        const struct rule_pair *pair = &rule->pair[s];
        bool some = NAME(fill_change)(tangent, trial, rule, pair, side, t0, count);
        for (long b = 0; b < count && some; b++)
            some = NAME(fill_half)(OF(tangent, slope) + b * tangent->units, OF(tangent, part),
                                   trial, rule, pair, rule_other(side), -1, t0 + b);
        if (some)
            NAME(multiply_pair)
        (z, tangent, trial, side, rule->group[RULE_PRESYNAPTIC][pair->group].weight, count);
    }
}

/* The parts of (15) by the units' variables over a block. */
static void NAME(add_variables)(struct tangent *tangent, const struct trial *trial,
                                const struct rule *rule, long t0, long count)
{
    for (enum rule_side side = 0; side < RULE_SIDES; side++) {
        bool row = side == RULE_POSTSYNAPTIC;
        REAL *z = row ? OF(tangent, transposed) : OF(tangent, eligibility);
        if (by_pairs(rule, side)) {
            NAME(add_pairs)(z, tangent, trial, rule, side, t0, count);
            continue;
        }
        for (int v = 0; v < RULE_VARIABLES; v++)
            if (rule->uses[v] && rule_variables[v].side == side && rule_has_others(rule))
                NAME(add_slopes)(z, tangent, trial, rule, v, t0, count);
            else if (rule->uses[v] && rule_variables[v].side == side)
                NAME(add_polynomials)(tangent, trial, rule, v, t0, count);
    }
}

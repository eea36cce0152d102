#include "measures/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "numbers/dsa.h"
#include "numbers/matching.h"
#include "numbers/matrix.h"

enum { SAMPLES = 256, ROUNDS = 10 };

/* Operations of the matching of units: how many make ROUNDS rounds few, and how many are too many. A
 * round is two products and an assignment, about PER_ROUND N^3. */
#define FEW_ROUNDS 6e9
#define TOO_MANY   1e12
#define PER_ROUND  14

const struct measure_metric measure_metric[METRICS] = {
    {"rsa", "no RSA distance is defined"},
    {"cka", "no CKA distance is defined"},
    {"procrustes", "no Procrustes distance is defined"},
    {"dsa", "no DSA distance is defined"},
    {"dsa_spectrum", "no distance of DSA's spectra is defined"},
    {"weights", "no distance of weights is defined"},
    {"outside", "no distance of answers outside training is defined"},
};

static const struct study_candidate *candidate_of(const struct study *study, int solution)
{
    return &study->candidate[study->solution[solution].candidate];
}

/* The recorded rates after learning: with the last rule, or else the first. */
static double *learned_rates(const struct study *study, const struct study_solution *solution,
                             const char **why)
{
    double *rates = study_rates(study, solution->candidate, solution->seed, STUDY_LAST, why);
    return rates ? rates
                 : study_rates(study, solution->candidate, solution->seed, STUDY_FIRST, NULL);
}

/* Whether two solutions have been recorded in the same conditions at the same times. */
static bool alike(const struct study *study, int a, int b)
{
    const struct study_candidate *x = candidate_of(study, a), *y = candidate_of(study, b);
    return x->shape.types == y->shape.types && x->steps == y->steps && x->interval == y->interval;
}

/* The first of those that most others are like. */
static int find_first(const struct study *study)
{
    int first = 0, most = 0;
    for (int i = 0; i < study->solutions; i++) {
        int count = 0;
        for (int j = 0; j < study->solutions; j++)
            count += alike(study, i, j);
        if (count > most)
            most = count, first = i;
    }
    return first;
}

/* Rates at evenly spread steps of all conditions, SAMPLES in all: sample [samples, units]. */
static void spread(double *sample, const double *rates, const struct study_candidate *c, int per)
{
    int units = (int)c->settings.network.units;
    for (int i = 0; i < per * c->shape.types; i++) {
        int step = (i % per + 1) * c->steps / per - 1;
        memcpy(sample + (long)i * units, rates + ((long)(i / per) * c->steps + step) * units,
               sizeof(double) * (size_t)units);
    }
}

/* Columns of mean 0 and norm 1; constant ones are 0. */
static void normalise(double *x, int rows, int columns)
{
    matrix_centre(x, rows, columns);
    for (int c = 0; c < columns; c++) {
        double sum = 0;
        for (int r = 0; r < rows; r++)
            sum += x[(long)r * columns + c] * x[(long)r * columns + c];
        for (int r = 0; r < rows; r++) // what rounding leaves of a constant is none
            x[(long)r * columns + c] *= sum > 1e-20 * rows ? 1 / sqrt(sum) : 0;
    }
}

/* The weights of a solution and its answers outside training, as far as they are known. */
static void take_network(struct measure_metrics *m, const struct study *study, int s)
{
    const struct study_candidate *c = candidate_of(study, s);
    struct network network;
    if (!study_network(study, &network, study->solution[s].candidate, study->solution[s].seed,
                       STUDY_LAST, NULL))
        return;
    int n = m->all.n, each = c->shape.types * c->shape.outputs;
    size_t bytes = sizeof(double) * (size_t)network.units * (size_t)network.units;
    m->weights[n] = m->known[METRIC_WEIGHTS] ? malloc(bytes) : NULL;
    if (m->weights[n])
        memcpy(m->weights[n], network.recurrent, bytes);
    int count = measure_variations(m->variation, c);
    double *answer = m->answer + (long)n * m->each;
    bool good = m->known[METRIC_OUTSIDE] && (count - 1) * each == m->each;
    for (int v = 1; v < count && good; v++) {
        double loss, accuracy;
        good = measure_variation_run(answer + (v - 1) * each, &loss, &accuracy, &network,
                                     &m->variation[v]);
    }
    for (int i = 0; i < m->each && !good; i++)
        answer[i] = NAN;
    network_free(&network);
}

const char *measure_metrics_take(struct measure_metrics *m, const struct study *study, int s)
{
    const struct study_candidate *c = candidate_of(study, s);
    if (!alike(study, s, m->first))
        return "other conditions or recorded steps than most";
    int units = (int)c->settings.network.units, per = SAMPLES / c->shape.types, n = m->all.n;
    per = per < 2 ? 2 : per > c->steps ? c->steps : per;
    m->samples = per * c->shape.types;
    const char *why = STUDY_NO_MEMORY;
    double *rates = learned_rates(study, &study->solution[s], &why);
    size_t size = (size_t)m->samples * (size_t)units;
    double *sample = study_numbers(size), *response = study_numbers(size);
    struct similarity *shape = &m->shape[n];
    bool good = rates && sample && response;
    if (good) {
        double *model = m->model + (long)n * m->rank * m->rank;
        spread(sample, rates, c, per);
        memcpy(response, sample, sizeof(double) * size);
        normalise(response, m->samples, units);
        if (!m->known[METRIC_DSA] ||
            !dsa_model(model, rates, c->shape.types, c->steps, units, study->delays, m->rank))
            for (int i = 0; i < m->rank * m->rank; i++)
                model[i] = NAN;
        why = STUDY_NUMERIC;
        good = similarity_create(shape, sample, m->samples, units);
        if (good && shape->flat) {
            similarity_free(shape);
            why = "activity is constant";
            good = false;
        }
    }
    free(rates);
    free(sample);
    if (!good) {
        free(response);
        return why;
    }
    m->response[n] = response;
    m->units[n] = units;
    take_network(m, study, s);
    measure_part_add(&m->all, study, s);
    return NULL;
}

void measure_metrics_tell(struct measure_metrics *m, struct study *study)
{
    bool weights = false, answers = false;
    for (int i = 0; i < m->all.n; i++) {
        weights = weights || m->weights[i];
        answers = answers || (m->each > 0 && !isnan(m->answer[(long)i * m->each]));
    }
    if (m->all.n > 1 && !weights && !answers)
        study_note(study, "similarity: weights and outside are left out: no weights are recorded "
                          "(record.weights)");
    m->known[METRIC_WEIGHTS] = m->known[METRIC_WEIGHTS] && weights;
    m->known[METRIC_OUTSIDE] = m->known[METRIC_OUTSIDE] && answers;
}

/* Units are alike whose rates correlate. */
static double weight_distance(const struct measure_metrics *m, int i, int j)
{
    int n = m->units[i];
    if (!m->weights[i] || !m->weights[j] || m->units[j] != n)
        return NAN;
    double *likeness = malloc(sizeof(double) * (size_t)n * (size_t)n), distance = NAN;
    if (likeness) {
        linalg_gemm(likeness, n, m->response[i], n, m->response[j], n, n, n, m->samples, 1, 0, 1,
                    0);
        distance = matching_distance(m->weights[i], m->weights[j], likeness, n, m->rounds);
    }
    free(likeness);
    return distance;
}

static double answer_distance(const struct measure_metrics *m, int i, int j)
{
    double sum = 0;
    for (int k = 0; k < m->each; k++) {
        double d = m->answer[(long)i * m->each + k] - m->answer[(long)j * m->each + k];
        sum += d * d / m->each;
    }
    return sqrt(sum);
}

double measure_metrics_distance(const struct measure_metrics *m, int metric, int i, int j)
{
    const struct similarity *x = &m->shape[i], *y = &m->shape[j];
    const double *a = m->model + (long)i * m->rank * m->rank;
    const double *b = m->model + (long)j * m->rank * m->rank;
    switch (metric) {
    case METRIC_RSA:
        return similarity_rsa(x, y);
    case METRIC_CKA:
        return similarity_cka(x, y);
    case METRIC_PROCRUSTES:
        return similarity_procrustes(x, y);
    case METRIC_DSA:
        return dsa_distance(a, b, m->rank);
    case METRIC_DSA_SPECTRUM:
        return dsa_spectrum(a, b, m->rank);
    case METRIC_WEIGHTS:
        return weight_distance(m, i, j);
    default:
        return answer_distance(m, i, j);
    }
}

/* Whether the conditions and steps that are shared are enough for DSA. */
static bool check_dynamics(struct study *study, int first)
{
    const struct study_candidate *c = candidate_of(study, first);
    bool enough = dsa_enough(c->shape.types, c->steps, study->delays, study->rank);
    if (!enough)
        study_note(study,
                   "similarity: DSA is left out: %d recorded steps of %d conditions are too few "
                   "for %d delays and rank %d (record.interval, --delays, --rank)",
                   c->steps, c->shape.types, study->delays, study->rank);
    return enough;
}

/* Rounds for which there is time; 0: not even for one. */
static int affordable_rounds(struct study *study)
{
    double pairs = study->solutions * (study->solutions - 1.0) / 2, n = study->units;
    double round = pairs * PER_ROUND * n * n * n;
    if (round > TOO_MANY)
        study_note(study,
                   "similarity: weights are left out: %g pairs of networks of %d units would "
                   "take minutes to match (--solutions)",
                   pairs, study->units);
    return round > TOO_MANY ? 0 : (int)fmax(1, fmin(ROUNDS, FEW_ROUNDS / round));
}

static void check_metrics(struct measure_metrics *m, struct study *study)
{
    for (int metric = 0; metric < METRICS; metric++)
        m->known[metric] = true;
    m->rounds = affordable_rounds(study);
    m->known[METRIC_WEIGHTS] = m->rounds > 0;
    m->known[METRIC_OUTSIDE] = measure_variation_cost(study) <= MEASURE_VARIATION_MOST;
    m->known[METRIC_DSA] = m->known[METRIC_DSA_SPECTRUM] = check_dynamics(study, m->first);
}

bool measure_metrics_create(struct measure_metrics *m, struct study *study)
{
    size_t all = (size_t)study->solutions + 1;
    *m = (struct measure_metrics){
        .rank = study->rank,
        .shape = calloc(all, sizeof *m->shape),
        .model = study_numbers(all * (size_t)study->rank * (size_t)study->rank),
        .weights = calloc(2 * all, sizeof *m->weights),
        .units = calloc(all, sizeof *m->units),
        .variation = calloc(MEASURE_VARIATIONS, sizeof *m->variation)};
    if (!measure_part_create(&m->all, all) || !m->shape || !m->model || !m->weights || !m->units ||
        !m->variation)
        return false;
    m->response = m->weights + all;
    if (study->solutions < 1)
        return true;
    m->first = find_first(study);
    check_metrics(m, study);
    const struct study_candidate *c = candidate_of(study, m->first);
    m->each = (measure_variations(m->variation, c) - 1) * c->shape.types * c->shape.outputs;
    m->answer = study_numbers(all * (size_t)m->each + 1);
    return m->answer != NULL;
}

void measure_metrics_free(struct measure_metrics *m)
{
    for (int i = 0; i < m->all.n; i++) {
        similarity_free(&m->shape[i]);
        free(m->weights[i]);
        free(m->response[i]);
    }
    measure_part_free(&m->all);
    free(m->shape);
    free(m->model);
    free(m->weights);
    free(m->units);
    free(m->variation);
    free(m->answer);
}

/* The lifetimes of a sweep are of few kinds: candidates that differ in a rate or a seed only cost the
 * same. Of each kind a lifetime of a few trials is run twice, of A and of B trials; what the second
 * takes more is the trials', the rest comes once a lifetime. Time is the processor's, so that others
 * on the same machine hardly count.
 *
 * The kinds share the budget by their work, as lifetime_flops() counts it. When it is used up, the
 * time of a kind follows from that of the nearest one that was timed, by the same count.
 *
 * Cores that all compute have a slower clock than one alone, and share caches and memory: children
 * of this process keep as many others busy as the run will, with lifetimes of the heaviest kind. */
#include "program/forecast.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/processor.h"
#include "model/lifetime.h"
#include "search/estimator.h"

enum { KINDS = 64, SHORT = 2, TRIALS = 2000, COMPANY = 255 };

static const double COMPANY_BYTES = 4e9; /* of all children's lifetimes together */

static const double WARMUP =
    0.05; /* share of the trials from which on the warm-up is timed alone */

static const double OTHER_SORT = 1e3; /* more than logarithms of costs differ by */

struct kind {
    bool trains; /* carries what the gradient needs */
    int64_t candidate, lifetimes;
    double cost;    /* of one lifetime, flops */
    double seconds; /* of one lifetime; NAN: not timed */
};

struct kinds {
    int count;
    struct kind kind[KINDS];
};

/* ---- the kinds ---- */

/* By cost, and of the other sort only where there is none of its own. */
static double distance(const struct kind *kind, bool trains, double cost)
{
    return fabs(log(kind->cost / cost)) + (kind->trains == trains ? 0 : OTHER_SORT);
}

/* -1: there is none. */
static int nearest(const struct kinds *kinds, bool trains, double cost, bool timed)
{
    int best = -1;
    double least = INFINITY;
    for (int k = 0; k < kinds->count; k++) {
        double apart = distance(&kinds->kind[k], trains, cost);
        if (apart < least && (!timed || isfinite(kinds->kind[k].seconds)))
            least = apart, best = k;
    }
    return best;
}

/* Where all places are taken the nearest kind stands for it. */
static void add(struct kinds *kinds, bool trains, int64_t candidate, double cost, int64_t lifetimes)
{
    if (lifetimes == 0 || cost <= 0)
        return;
    int place = nearest(kinds, trains, cost, false);
    if ((place < 0 || distance(&kinds->kind[place], trains, cost) > 0) && kinds->count < KINDS) {
        place = kinds->count++;
        kinds->kind[place] = (struct kind){trains, candidate, 0, cost, NAN};
    }
    kinds->kind[place].lifetimes += llround(cost / kinds->kind[place].cost * (double)lifetimes);
}

static double work(const struct kind *kind)
{
    return kind->cost * (double)kind->lifetimes;
}

static int by_work(const void *left, const void *right)
{
    double a = work(left), b = work(right);
    return a > b ? -1 : a < b;
}

static double collect(struct kinds *kinds, const struct search_plan *plan)
{
    double sum = 0;
    for (int64_t c = 0; c < plan->space->candidates; c++) {
        const struct search_candidate *of = &plan->candidate[c];
        add(kinds, true, c, of->train_cost, search_lifetimes(&of->extent, JOB_TRAIN));
        add(kinds, false, c, of->evaluate_cost,
            search_lifetimes(&of->extent, JOB_EVALUATE) + search_lifetimes(&of->extent, JOB_TEST));
    }
    for (int k = 0; k < kinds->count; k++)
        sum += work(&kinds->kind[k]);
    qsort(kinds->kind, (size_t)kinds->count, sizeof *kinds->kind, by_work);
    return sum;
}

/* ---- the clock ---- */

static double processor_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* A lifetime that is timed: so many trials, the first of them without learning, and so many of each
 * type in its frozen test. */
struct run {
    int trials, warmup, frozen;
};

/* Terms of the start rule that are 0 cost nothing, but hardly stay so. */
static bool moves(const struct settings *settings)
{
    return settings->meta.iterations > 0 || settings->rule.start.from == SETTINGS_FROM_EFFICIENCY;
}

/* Its seconds; NAN: it did not come to its end, or there was no memory. The adjoint goes back as it
 * does in the whole lifetime. */
static double time_run(const struct settings *whole, struct lifetime_gradient gradient,
                       struct run run)
{
    struct settings settings = *whole;
    struct error unsaid = {0};
    struct lifetime lifetime;
    double theta[RULE_PARAMETERS];
    settings.meta.adjoint_memory *= (double)(run.trials - run.warmup) /
                                    (double)(whole->learning.trials - whole->learning.warmup);
    settings.learning.trials = run.trials;
    settings.learning.warmup = run.warmup;
    settings.learning.evaluation_trials = run.frozen;
    if (lifetime_create(&lifetime, &settings, gradient, false, &unsaid))
        return NAN;
    rule_get(&lifetime.rule, theta);
    for (int p = 0; p < lifetime.rule.terms; p++)
        if (theta[p] == 0 && moves(&settings))
            theta[p] = 1e-9;
    double start = processor_seconds();
    lifetime_run(&lifetime, 0, theta, &(struct lifetime_observer){0});
    double seconds = processor_seconds() - start;
    bool whole_run =
        lifetime.state == LIFETIME_DONE || lifetime.state == LIFETIME_GRADIENT_DIVERGED;
    lifetime_free(&lifetime);
    return whole_run ? seconds : NAN;
}

/* Seconds of one lifetime. Memory is touched and caches are filled by a first run that does not
 * count. */
static double time_lifetime(const struct settings *settings, struct lifetime_gradient gradient,
                            double slice)
{
    double trials = (double)settings->learning.trials, warmup = (double)settings->learning.warmup;
    double first = time_run(settings, gradient, (struct run){SHORT, 0, 0});
    double few = time_run(settings, gradient, (struct run){SHORT, 0, 0});
    if (isnan(first) || isnan(few))
        return NAN;
    int more = SHORT;
    double many = time_run(settings, gradient, (struct run){SHORT + more, 0, 0});
    while (many < few + slice / 4 && more < TRIALS) {
        more *= 2;
        many = time_run(settings, gradient, (struct run){SHORT + more, 0, 0});
    }
    double learning = (many - few) / more, still = learning, frozen = 0;
    if (warmup > WARMUP * trials)
        still = (time_run(settings, gradient, (struct run){SHORT + more, more, 0}) - few) / more;
    if (settings->learning.evaluation_trials > 0)
        frozen = time_run(settings, gradient, (struct run){SHORT, 0, 1}) - few;
    return few + fmax(learning, 0) * (trials - warmup - SHORT) + fmax(still, 0) * warmup +
           fmax(frozen, 0) * (double)settings->learning.evaluation_trials;
}

/* The lifetime that a search has of a candidate. */
static struct lifetime_gradient read_kind(struct settings *settings, const struct kind *kind,
                                          const struct search_plan *plan)
{
    space_settings(plan->space, kind->candidate, settings);
    return kind->trains ? estimator_of(settings)->gradient(settings)
                        : (struct lifetime_gradient){0};
}

static enum status time_kind(struct kind *kind, const struct search_plan *plan, double slice,
                             struct error *error)
{
    struct settings *settings = error_calloc(error, 1, sizeof *settings, "settings");
    if (!settings)
        return STATUS_FAILED;
    struct lifetime_gradient gradient = read_kind(settings, kind, plan), none = {0};
    kind->seconds = time_lifetime(settings, gradient, slice);
    int points = plan->candidate[kind->candidate].extent.points;
    if (gradient.wanted && points > 1) { // only theta itself has derivatives
        double others = time_lifetime(settings, none, slice);
        kind->seconds = others + (kind->seconds - others) / points;
    }
    free(settings);
    return STATUS_OK;
}

/* Seconds of one lifetime of a kind that may not have been timed; NAN: nothing was. */
static double seconds_of(const struct kinds *kinds, const struct kind *kind)
{
    int like = nearest(kinds, kind->trains, kind->cost, true);
    if (like < 0)
        return NAN;
    return kinds->kind[like].seconds * kind->cost / kinds->kind[like].cost;
}

/* ---- the other cores ---- */

struct company {
    int count;
    pid_t child[COMPANY];
};

/* A child: runs until it is killed, with its parent at the latest. */
static _Noreturn void keep_busy(const struct kind *kind, const struct search_plan *plan,
                                pid_t parent)
{
    static struct settings settings;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct lifetime_gradient gradient = read_kind(&settings, kind, plan);
    while (getppid() == parent &&
           isfinite(time_run(&settings, gradient, (struct run){SHORT, 0, 0})))
        ;
    _exit(0);
}

static void start_company(struct company *company, int64_t workers, const struct kinds *kinds,
                          const struct search_plan *plan)
{
    int cores = processor_cores();
    int64_t busy = workers < cores ? workers : cores;
    pid_t parent = getpid();
    company->count = 0;
    while (kinds->count > 0 && company->count < busy - 1 && company->count < COMPANY &&
           (company->count + 1) * plan->bytes < COMPANY_BYTES) {
        pid_t child = fork();
        if (child == 0)
            keep_busy(&kinds->kind[0], plan, parent);
        if (child < 0)
            return;
        company->child[company->count++] = child;
    }
}

static void end_company(const struct company *company)
{
    for (int c = 0; c < company->count; c++)
        kill(company->child[c], SIGKILL);
    for (int c = 0; c < company->count; c++)
        waitpid(company->child[c], NULL, 0);
}

enum status command_forecast(struct command_forecast *forecast, const struct search_plan *plan,
                             int64_t workers, double budget, struct error *error)
{
    struct kinds *kinds = error_calloc(error, 1, sizeof *kinds, "kinds of lifetimes");
    if (!kinds)
        return STATUS_FAILED;
    enum status status = STATUS_OK;
    double sum = collect(kinds, plan), start = processor_seconds();
    struct company company;
    *forecast = (struct command_forecast){.flops = sum, .kinds = kinds->count};
    start_company(&company, workers, kinds, plan);
    for (int k = 0; k < kinds->count && !status && processor_seconds() - start < budget; k++) {
        struct kind *kind = &kinds->kind[k];
        status = time_kind(kind, plan, budget * work(kind) / sum, error);
        forecast->timed += isfinite(kind->seconds);
    }
    end_company(&company);
    for (int k = 0; k < kinds->count; k++)
        forecast->seconds += (double)kinds->kind[k].lifetimes * seconds_of(kinds, &kinds->kind[k]);
    free(kinds);
    return status;
}

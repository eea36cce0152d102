/* Outer optimizers on the normalised free parameters. Adam (Kingma and Ba 2015) and stochastic
 * gradient descent with momentum follow a gradient, with a proximal step for lambda_1 of (19);
 * CMA-ES (Hansen 2016) and a race of tested steps compare the losses of a population of rules. One
 * file optimizers/NAME.c and one line in optimizers/list.h each; they stand on this contract, and
 * optimizer_list.c on them. */
#ifndef OPTIMIZER_H
#define OPTIMIZER_H

#include "config/settings.h"

/* What lengths of rules are measured by, with meta.optimizer.metric: changes (40). */
struct optimizer_metric {
    int coefficients;     /* C, the first parameters; the others are logarithms of constants */
    const double *factor; /* L of G = L L' in normalised coordinates, lower triangle [C, C] */
};

/* State of one candidate's optimizer, a function of all that it was told so far. */
struct optimizer {
    int32_t steps; /* taken */
    double *state; /* [optimizer_numbers()], the caller's; 0 before optimizer_start() */
    const struct optimizer_metric *metric; /* NULL: euclidean in normalised coordinates */
};

/* How a rule differs from theta, of those that try single changes; /decisions/kind. The changes of
 * coefficients come first, then those of constants. */
enum optimizer_kind {
    OPTIMIZER_DIRECTION = 1, /* along a direction drawn from what is known of the slope */
    OPTIMIZER_DOWNHILL,      /* against its mean */
    OPTIMIZER_LARGER,
    OPTIMIZER_SMALLER,
    OPTIMIZER_WITHOUT, /* one of its terms */
    OPTIMIZER_SLOWER,  /* a time constant is longer */
    OPTIMIZER_FASTER,
    OPTIMIZER_LOOSER, /* the clip is larger */
    OPTIMIZER_TIGHTER,
    OPTIMIZER_QUICKER, /* the expected reward follows faster */
    OPTIMIZER_STEADIER,
    OPTIMIZER_KINDS
};

/* What became of it; /decisions/verdict. */
enum optimizer_verdict {
    OPTIMIZER_OPEN = 1,  /* it is run again */
    OPTIMIZER_KEPT,      /* theta is now this rule */
    OPTIMIZER_WORSE,     /* dropped */
    OPTIMIZER_HOPELESS,  /* dropped: no gain in sight */
    OPTIMIZER_DIVERGED,  /* dropped: on more seeds than theta */
    OPTIMIZER_UNDECIDED, /* dropped: still open after the most blocks */
    OPTIMIZER_SUPERSEDED, /* another one was kept, so that theta is no longer what it was compared with */
    OPTIMIZER_VERDICTS
};

struct optimizer_decision {
    int32_t kind, verdict;
    int32_t pairs;            /* seeds on which both have a loss, over its blocks */
    double difference, error; /* of the loss from theta's: mean over pairs, its standard error; NAN:
                                 none */
};

/* What the lifetimes of an iteration that compares rules came to: of theta itself and of its
 * population, on the same seeds. */
struct optimizer_block {
    int64_t iteration;
    int points, seeds;     /* points: theta itself, then the population */
    const double *loss;    /* [points, seeds]; NAN where there is none: diverged, or not run */
    const double *penalty; /* [points], lambda_1 of (19) on each */
    struct optimizer_decision *decision; /* [points - 1], out, of those that decide; NULL: not asked
                                            for */
};

struct optimizer_method {
    const char *name, *sentence;
    /* Parameters that not every optimizer reads, but this one does; ends with NULL. NULL: none. */
    const char *const *reads;
    bool fresh;   /* every iteration has other training seeds, whatever meta.fresh_seeds says */
    bool decides; /* tells what became of each rule */
    bool directs; /* in a metric the length of its steps says nothing: they are all `rate` long */
    /* Numbers of its state. */
    long (*numbers)(const struct settings *settings, int parameters);
    /* Fills the state, which is 0, for the start at `theta`. NULL: nothing to do. */
    void (*start)(struct optimizer *optimizer, const double *theta, int parameters,
                  const struct settings *settings);

    /* Of those that follow a gradient, else NULL. One step of size `rate` on theta [parameters]
     * along `gradient` [parameters]; the step is counted already. In a metric both are white and
     * theta is 0: a step of the length 1 is as long as the rule (40). */
    void (*step)(struct optimizer *optimizer, double *theta, const double *gradient, double rate,
                 int parameters, const struct settings *settings);

    /* Of those that compare a population, else NULL: its size; member `member` of `iteration` about
     * the mean `theta`, in-out [parameters]; and the step of theta from a block of losses. */
    int (*population)(const struct settings *settings, int parameters);
    void (*member)(double *theta, const struct optimizer *optimizer,
                   const struct settings *settings, int64_t iteration, int member, int parameters);
    void (*select)(struct optimizer *optimizer, double *theta, const struct optimizer_block *block,
                   int parameters, const struct settings *settings);
};

/* All of them; meta.optimizer.name is the place in this list, which ends with NULL. */
extern const struct optimizer_method *const optimizer_list[];

/* Local. Makes them known to the parameter table; see search_register(). */
void optimizer_register(void);

/* Local. The method that `settings` chose. */
const struct optimizer_method *optimizer_of(const struct settings *settings);

/* Local. Rules that an iteration compares, 0 where it follows a gradient. */
int optimizer_population(const struct settings *settings, int parameters);

/* Local. The unit of random or small steps along each parameter, out [parameters], at the normalised
 * `theta` [parameters]: with meta.relative_steps the root mean square of its coefficients, so that
 * normal steps have the length |theta~| (a rule that is 0 has no size: 1); of time constants, and
 * else, 1. */
void optimizer_units(double *unit, const double *theta, int parameters,
                     const struct settings *settings);

/* Local. Step size at meta-iteration `iteration` of the settings' schedule. */
double optimizer_rate(const struct settings *settings, int64_t iteration);

/* Local. The step of meta-iteration `iteration` by the chosen method at its scheduled rate, in the
 * metric if there is one, no longer than meta.optimizer.longest, then the soft threshold rate *
 * lambda_1 on the first `coefficients` entries (the theta_kl, in normalised coordinates): they can
 * become exactly 0. theta is in-out. */
void optimizer_step(struct optimizer *optimizer, double *theta, const double *gradient,
                    int64_t iteration, int parameters, int coefficients,
                    const struct settings *settings);

/* Local. Makes a metric's factor [C, C] of G [C, C] in raw coordinates (NULL: of the identity in
 * normalised ones) and scale [C], with a small ridge (40). */
void optimizer_metric_fill(double *factor, const double *gram, const double *scale,
                           int coefficients);

/* Local. sqrt(theta' G theta) of theta [P] in normalised coordinates; 1 if that is 0. */
double optimizer_metric_size(const struct optimizer_metric *metric, const double *theta);

/* Local. The step of `method` in optimizer->metric, at most `rate` times as long as the rule (40); as
 * struct optimizer_method's. */
void optimizer_metric_step(struct optimizer *optimizer, double *theta,
                           const struct optimizer_method *method, const double *gradient,
                           double rate, int parameters, const struct settings *settings);

/* Local. Checks the optimizer's settings, for space_create(). */
void optimizer_check(const struct settings *settings, struct settings_problems *problems);

#endif

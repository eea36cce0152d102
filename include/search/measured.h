/* What is measured of a candidate's networks before its search: the best rule of its own terms at small
 * steps, where rule.start asks for it, and the metric of its terms, where the optimizer's steps are
 * measured in it. Equations (27) to (29) and (40). Pure; the same bits from the same numbers. */
#ifndef MEASURED_H
#define MEASURED_H

#include "search/ceiling.h"

enum { MEASURED_STAGES = 16, MEASURED_COLUMNS = 2 * RULE_TERMS + 1 };

/* One measurement, before it is made. Columns are the free terms of the candidate's rule, then what
 * else its start rule has and r3 d3. */
struct measured_plan {
    struct settings settings; /* with the rule by which the networks learn as a plain start */
    int networks, stages, stage[MEASURED_STAGES];
    int terms, count; /* columns: the free terms, all */
    struct efficiency_column column[MEASURED_COLUMNS];
    double learning[RULE_PARAMETERS];   /* free parameters of that rule, raw */
    double start[MEASURED_COLUMNS];     /* the rule whose size is that of the start */
    double reference[MEASURED_COLUMNS]; /* -1 r3 d3 */
};

/* What was found. T free terms. */
struct measured {
    int networks, stages, stage[MEASURED_STAGES];
    int whole; /* networks that did not diverge; below 2: nothing was found, and the rule is 0 */
    int terms, columns;
    double theta[RULE_TERMS];       /* the best rule, raw, as large as the start [T] */
    double ratio, low, high, share; /* of it, as of struct ceiling_answer */
    double ridge;
    double *metric; /* G relative to the size of the start [T, T], raw; NULL: nothing was found */
    double
        *numbers; /* as they were measured, struct efficiency [networks, stages]; NULL: not held */
};

/* Local. Whether the candidate asks for a measurement: its start or the metric of its steps is to
 * come from there. */
bool measured_wanted(const struct settings *settings);

/* Local. Trials of learning after which networks are measured, by settings.efficiency; returns how
 * many stages. */
int measured_stages(int stage[MEASURED_STAGES], const struct settings *settings);

/* Local. The candidate's settings with the rule by which networks learn on their way to a stage as its
 * plain start. */
void measured_settings(struct settings *out, const struct settings *settings);

/* Local. The rule of rule.start in raw coordinates, as the outer loop begins with it, its free parameters
 * theta [P] and their scale [P]. STATUS_OK or STATUS_FAILED (out of memory). */
enum status measured_start(struct rule *start, double *theta, double *scale,
                           const struct settings *settings, struct error *error);

/* Local. What is to be measured for a candidate. STATUS_OK or STATUS_FAILED. */
enum status measured_plan_create(struct measured_plan *plan, const struct settings *settings,
                                 struct error *error);

/* Local. Measures a network at a stage, into numbers [efficiency_numbers(count, false)], as
 * efficiency_measure(). */
enum status measured_measure(double *numbers, const struct measured_plan *plan, uint64_t task_seed,
                             int stage, bool (*poll)(void *context), void *context,
                             struct error *error);

/* Local. Fills `found` in from such numbers [networks, stages, stride], which are copied. `found` is
 * released by measured_free(). STATUS_OK or STATUS_FAILED. */
enum status measured_conclude(struct measured *found, const struct measured_plan *plan,
                              const double *numbers, long stride, struct error *error);
void measured_free(struct measured *found);

/* Local. The best rule as rule.start has it. */
void measured_write(struct settings_map *start, const struct measured *found,
                    const struct settings *settings);

/* Local. What was measured at a place, of found->numbers. */
struct efficiency measured_at(const struct measured *found, int network, int stage);

/* Local. Cost of all of it, in floating-point operations. */
double measured_cost(const struct settings *settings);

/* Local. Checks settings.efficiency, for space_create(). */
void measured_check(const struct settings *settings, struct settings_problems *problems);

#endif

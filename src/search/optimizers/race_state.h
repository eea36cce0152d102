/* The state of a race: an incumbent, which is theta, and challengers that are compared with it in
 * pairs. All of it are numbers in the optimizer's state, a function of the losses so far. Lengths of
 * steps are relative to the rule's size, the norm of its normalised coefficients; of its constants
 * they are changes of the logarithm. This and the other headers of a race are private to its files.
 *
 *   n  parameters, the last ones constants       K  challengers
 *   x  place: (theta - theta at the start) / size there, n numbers
 *   g, h  the loss at x is about g x + h |x|^2 / 2 */
#ifndef RACE_STATE_H
#define RACE_STATE_H

#include "search/optimizer.h"

/* Of the incumbent, and what comes next. */
struct race_head {
    double coefficients;     /* so many of the parameters are no constants */
    double times;            /* and so many after them time constants */
    double clip, mean;       /* places of log clip and log beta; -1: they are not free */
    double unit;             /* the size of the start rule */
    double proposals;        /* so far */
    double losses, loss;     /* lifetimes of this theta that have a loss, their mean */
    double squares;          /* sum of squares of their losses about it */
    double step, size, time; /* lengths to try next: of directions, of log size, of log tau, */
    double bound, rate;      /* of log clip, of log beta */
};

/* A challenger, without its theta. */
struct race_slot {
    double kind;                 /* enum optimizer_kind */
    double length;               /* of its step */
    double blocks;               /* that it was run in */
    double pairs, mean, squares; /* differences to the incumbent: their number, mean, sum of squares
                                    about it */
    double worse, better;        /* seeds on which only it diverged, only the incumbent */
};

enum {
    RACE_POPULATION = 1000, /* at the most, as the table of settings says */
    RACE_HEAD = sizeof(struct race_head) / sizeof(double),
    RACE_SLOT = sizeof(struct race_slot) / sizeof(double),
};

struct race {
    const struct settings *settings;
    int n, population;
    struct race_head *head;
    double *product; /* [n + 1]: sums over blocks and rules of weight x y, y the mean difference; */
    double *moments; /* [n + 1, n + 1]: and of weight x x', with |x|^2 / 2 as the last entry of x */
    double *origin;  /* [n]: theta at the start */
    double *slots;   /* [population, RACE_SLOT + n] */
};

/* Local. Challengers, and the numbers of their state. */
int optimizer_race_population(const struct settings *settings);
long optimizer_race_numbers(const struct settings *settings, int n);

/* Local. The state as a race. */
struct race optimizer_race_view(const struct optimizer *optimizer, const struct settings *settings,
                                int n);

/* Local. Numbers of a challenger, and its theta [n]. */
struct race_slot *optimizer_race_slot(const struct race *race, int slot);
double *optimizer_race_theta(const struct race *race, int slot);

/* Local. The size of `theta`: the norm of its coefficients, meta.optimizer.sigma where they are 0. */
double optimizer_race_size(const struct race *race, const double *theta);

#endif

/* How a sweep makes candidates from its axes: a candidate is a number, and the method says which
 * value each axis has there. Nothing is stored, so any rank can make any candidate; but of a method
 * that learns, whose candidates follow from how earlier ones came out, and where candidates are bred
 * while they run (meta.stopping: population), a table says where they lie. */
#ifndef SWEEP_H
#define SWEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "config/settings.h"

enum {
    SWEEP_LARGEST = 1000000, /* candidates of a sweep, values of an axis at the most */
    SWEEP_LEARNED = 10000, /* candidates at the most of a method that learns, or of a population */
    SWEEP_NUMBERS = 32,    /* and its axes */
};

enum { SWEEP_POINT = -1, SWEEP_NONE = -2 }; /* instead of the number of a value */

enum sweep_distribution { SWEEP_UNIFORM, SWEEP_LOG_UNIFORM };

/* A condition of an axis: the values of another one, which stands before it. */
struct sweep_when {
    int axis;     /* the other one's number */
    int count;    /* of its values, of which the candidate has one */
    char **value; /* [count] */
    bool *meets;  /* [values of the other one], whether it is one of these */
};

/* One swept parameter. */
struct sweep_axis {
    char name[SETTINGS_NAME]; /* dotted */
    int count;                /* values in a row; 0: a range to draw from */
    char **value; /* [count] texts as settings_set() reads them, "": none; NULL if count 0 */
    double minimum, maximum; /* range of {min, max}; of ranges only */
    enum sweep_distribution distribution;
    bool whole;       /* a range of whole numbers */
    const char *unit; /* written behind a point of a range: "ms" of times, else "" */
    bool gaps;        /* of a list: candidates for which there is "" have no value */
    bool crossed; /* has values, each of which is combined with all that the sweep has beside it */
    int line, column;            /* of its name, from 1 */
    bool in_rows;                /* which stands in the table, not in the sweep file */
    const struct parameter *row; /* of a plain parameter, else NULL: set by its name */
    double *number;              /* [count] its values as settings_put() takes them */
    bool first;                  /* settings_is_first() */
    bool named;                  /* in a condition of another axis */
    int whens; /* conditions under which a candidate has a value, all at once; 0: it has */
    struct sweep_when *when; /* [whens] */
};

struct sweep {
    const struct sweep_method *method;
    int samples;   /* candidates of a method that draws, else 0 */
    uint64_t seed; /* of all draws */
    int repeats;   /* candidates that differ by their run seed only, in a row; 1: none do */
    int axes;
    struct sweep_axis *axis; /* [axes] */
    int64_t points;          /* of the grid that the crossed axes make, 1 without; sweep_cross() */
    int64_t varied;          /* of them, those where another axis has a value */
    int generation;          /* candidates that a method that learns chooses at a time, else 0 */
    double
        *point; /* [samples, axes] of a method that learns, or where candidates are bred: where each
                      candidate lies on each axis, 0 to 1, NAN: not known yet; else NULL. The only
                      part of a sweep that changes once it is read */
};

/* A way to choose candidates: a file of methods/ and a line of sweep_methods.h. All else follows:
 * what the section `sweep` may say, `thetasweep parameters sweep`, the resolved configuration. */
struct sweep_method {
    const char *name, *sentence;

    /* Whether the section says `samples`, which is how many candidates there are, and a range
     * {min, max} is drawn from. Without it a range says `count` too, and is that many values. */
    bool draws;

    /* Whether candidate c has value c of every axis, so that an axis may have a value twice. */
    bool aligned;

    /* Whether all axes are crossed. Of other methods an axis is if the file says so; what follows is of
     * the axes that are not. */
    bool crosses;

    /* Local. How many candidates there are at each point of the grid of the crossed axes, from 1. NULL of
     * those that draw. */
    int64_t (*candidates)(const struct sweep *sweep);

    /* Local. Whether the axis number `axis` fits the others; false: `reason` says "found ...,
     * allowed: ...". NULL: any axis does. */
    bool (*suits)(const struct sweep *sweep, int axis, char reason[SETTINGS_VALUE]);

    /* Of a method that draws, NULL of others: Local. The coordinate number `axis` of candidate `index`,
     * from 0 to below 1; of one that learns, where it would be without knowing anything. The
     * same on every machine, and independent of the other candidates. */
    double (*fraction)(const struct sweep *sweep, int64_t index, int axis);

    /* Of a method that learns, NULL of others: Local. Where candidates `first` to below `end` lie, a
     * generation, goes into their rows of sweep->point, each number from 0 to below 1. All before
     * `first` are complete: place [first] is how many of them came out better than each, or -1 if it
     * diverged on every seed. What it draws is a function of the sweep's seed and the candidate.
     * False: out of memory. Such a method draws. */
    bool (*learn)(const struct sweep *sweep, const int32_t *place, int64_t first, int64_t end);

    /* Of a method that learns: Local. Candidates of a generation unless the file says; of the first
     * one at the least; and what the file may say at the least (0: 1). */
    int (*generation)(const struct sweep *sweep);
    int first, least;
};

/* All methods, the default first; ends with NULL. */
extern const struct sweep_method *const sweep_methods[];

/* ---- candidates ---- With R repeats number c is repeat c mod R of candidate c / R. That is, where axes
 * are crossed and make a grid of P points, point c / R mod P of it with what the method calls candidate
 * c / R / P: so the same samples meet all points. Points where no other axis has a value, by conditions,
 * come once. The rest of this file, and methods, count without repeats and points. */

/* Local. Counts the points of the grid, once the axes are complete but for `named`. More than SWEEP_LARGEST need not be
 * exact. */
void sweep_cross(struct sweep *sweep);

/* Local. How many candidates there are; more than SWEEP_LARGEST need not be exact. */
int64_t sweep_candidates(const struct sweep *sweep);

/* Local. What the method calls candidate `index`. */
int64_t sweep_sample(const struct sweep *sweep, int64_t index);

/* Local. Whether candidate `index` has a value of this axis, by the conditions or gaps of the axis. */
bool sweep_has(const struct sweep *sweep, int64_t index, int axis);

/* Local. Whether a value of the other axis meets the condition. */
bool sweep_meets(const struct sweep_when *when, const char *value);

/* Local. The value of the axis number `axis` for candidate `index`; "" if it has none. */
void sweep_value(char text[SETTINGS_VALUE], const struct sweep *sweep, int64_t index, int axis);

/* Local. Which value of the axis number `axis` candidate `index` has; SWEEP_POINT: a point of its range,
 * SWEEP_NONE: it has none. */
int sweep_choice(const struct sweep *sweep, int64_t index, int axis);

/* Local. The same of a crossed axis. */
int sweep_crossed_choice(const struct sweep *sweep, int64_t index, int axis);

/* Local. The run seed of candidate `index`: `seed` itself of repeat 0, of others a number below 2^53 that
 * follows from both. */
int64_t sweep_seed(const struct sweep *sweep, int64_t index, int64_t seed);

/* ---- values ---- */

/* Local. Writes the point at `fraction` (0 to 1) of the axis' range, as settings_set() reads it;
 * rounded to 12 significant digits, so that it can be written down. Ranges only. */
void sweep_point(char text[SETTINGS_VALUE], const struct sweep_axis *axis, double fraction);

/* Local. Writes what lies at `fraction` (from 0 to below 1) of any axis: a point of its range, or
 * one of its values, each of which has an equal share; and which one that is. */
void sweep_draw(char text[SETTINGS_VALUE], const struct sweep_axis *axis, double fraction);
int sweep_drawn_choice(const struct sweep_axis *axis, double fraction);

/* Local. Which coordinate of a draw is of the axis number `axis`: crossed ones have none. */
int sweep_coordinate(const struct sweep *sweep, int axis);

/* Local. Where sample `index` of a method that draws lies on the axis: where the table has it or, if it
 * does not know it, at the method's fraction. */
double sweep_drawn(const struct sweep *sweep, int64_t index, int axis);

/* Local. The draw of the method random, from 0 to below 1. */
double sweep_fraction(const struct sweep *sweep, int64_t index, int axis);

/* ---- of methods that learn, and where candidates are bred ---- */

/* Local. Takes the memory of the table; a method that learns chooses the first generation, any other
 * places all candidates. `sweep` has all else. sweep_end() releases it. False: out of memory. */
bool sweep_begin(struct sweep *sweep);
void sweep_end(struct sweep *sweep);

/* Local. The first candidate of the generation after that which begins with `first`, at the most
 * sweep->samples. */
int64_t sweep_generation(const struct sweep *sweep, int64_t first);

/* Local. Where candidate `index`, counted with its repeats, lies in the table [axes]; and whether its values
 * are known: always, unless the method learns. Where they are not its values are those of a draw, so that
 * all else can be told that does not depend on them. */
const double *sweep_row(const struct sweep *sweep, int64_t index);
bool sweep_known(const struct sweep *sweep, int64_t index);

/* Local. Puts the candidate at `point` [axes]; NULL: at the method's fractions. */
void sweep_place(const struct sweep *sweep, int64_t index, const double *point);

/* Local. Places the candidate near another one, `donor`, at rung `rung`: numbers of a range are those of
 * the donor times 1.2 or 0.8, but within the range (whole ones at least the next one); of several
 * values it has the donor's or, one time in four, any. It does not lie where another one does, unless
 * that is all that the draws come to. They are functions of the sweep's seed, the candidate and the
 * rung. */
void sweep_breed(const struct sweep *sweep, int64_t index, int64_t donor, int32_t rung);

#endif

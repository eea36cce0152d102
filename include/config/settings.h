/* All that a sweep file can say about one candidate, and the one table that describes it. The
 * parser, the help text, the sweep axes, the resolved configuration and the archive all loop over
 * this table; a new parameter is one member and one row. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <float.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum {
    SETTINGS_NAME = 64,     /* bytes of a name, with the final 0 */
    SETTINGS_PATH = 512,    /* bytes of a file's name, with the final 0 */
    SETTINGS_KEY = 24,      /* bytes of a map's or list's item, with the final 0 */
    SETTINGS_ENTRIES = 64,  /* items in a map or list at the most */
    SETTINGS_FIELDS = 24,   /* fields of one variant (a task) at the most */
    SETTINGS_VALUE = 4096,  /* bytes of a value written as text, at the most */
    SETTINGS_INTEGERS = 96, /* numbers in a list of integers at the most */
    SETTINGS_PROBLEMS = 32, /* problems of one candidate at the most; more are dropped */
    SETTINGS_MESSAGE = 256, /* bytes of a problem's message, with the final 0 */
};

enum { SETTINGS_AUTO = -1 }; /* count of a map that is left to settings_settle() */

/* Where the numbers of a map come from: the map itself, or what is measured before the search; its
 * entries are then the rule by which networks learn meanwhile, and whose size the found one has. */
enum { SETTINGS_FROM_MAP, SETTINGS_FROM_EFFICIENCY };

/* {key: number, ...}, in the order of the file. */
struct settings_map {
    int count; /* or SETTINGS_AUTO */
    int from;  /* of rule.start: SETTINGS_FROM_MAP or another */
    struct {
        char key[SETTINGS_KEY];
        double value;
    } entry[SETTINGS_ENTRIES];
};

/* [word, ...] */
struct settings_list {
    int count;
    char item[SETTINGS_ENTRIES][SETTINGS_KEY];
};

/* [1, 2, ...]; nested lists are read as one row of numbers. */
struct settings_integers {
    int count;
    int64_t value[SETTINGS_INTEGERS];
};

/* A choice from a registry with fields of its own: `task: {name: dnms, delay: 200 ms}`. */
struct settings_variant {
    int kind;                      /* index in the registry */
    double value[SETTINGS_FIELDS]; /* in the order of the variant's field table */
};

enum { PRECISION_DOUBLE, PRECISION_SINGLE };
enum { PHI_TANH, PHI_RELU };
enum { READOUT_GAUSSIAN, READOUT_UNIT };
enum { EXPLORATION_NONE, EXPLORATION_KICKS, EXPLORATION_GAUSSIAN };
enum { FAMILY_POLYNOMIAL }; /* the learner that struct rule is of; the list of others is theirs */
enum { FEEDBACK_SYMMETRIC, FEEDBACK_RANDOM };
enum { HINTS_NONE, HINTS_INTEGRALS };
enum { START_RAW, START_NORMALISED };
enum { GAIN_ONE, GAIN_ABSOLUTE };
enum { REWARD_ABSOLUTE, REWARD_SQUARE, REWARD_BINARY };
enum { OBJECTIVE_REWARD, OBJECTIVE_ABSOLUTE, OBJECTIVE_SQUARE, OBJECTIVE_WRONG };
enum { RPE_FULL, RPE_STOPPED };
enum { SCHEDULE_CONSTANT, SCHEDULE_COSINE };
enum { METRIC_EUCLIDEAN, METRIC_CHANGES };
enum { STOPPING_NONE, STOPPING_HALVING, STOPPING_HYPERBAND, STOPPING_MEDIAN, STOPPING_POPULATION };
enum { GRADIENT_AUTO, GRADIENT_TANGENT, GRADIENT_ADJOINT }; /* auto: settled before anything runs */

/* One candidate, resolved. Plain data: copy by assignment. Times are in ms. A number that may be
 * left to settings_settle() is NAN until then. */
struct settings {
    char name[SETTINGS_NAME];
    int64_t seed;
    int precision;

    struct settings_variant task;
    char path[SETTINGS_PATH]; /* of the trials of the task `file` */

    struct {
        int64_t units;
        double gain, density;
        bool self_connections;
        double tau, dt;
        int phi;
        double input_gain, bias;
        int readout;
        double readout_gain;
        struct settings_map clamped; /* "unit": state x */
        double initial_state;
        double dale;                  /* share of excitatory units; 0: no law */
        struct settings_list plastic; /* "default", or "recurrent", "input", "readout" */
        char weights[SETTINGS_PATH];
        bool fixed; /* one network for all lifetimes */
    } network;

    struct {
        int kind;
        double probability, amplitude, sd, start;
    } exploration;

    struct {
        int family;
        int preset;
        int64_t degree;
        struct settings_list terms; /* "all", or "r3 d3" ... */
        struct settings_map start;  /* "r3 d3": coefficient */
        int start_in;
        double tau_e;               /* ms, may be infinite */
        double tau_w;               /* trials, may be infinite */
        struct settings_list learn; /* of "theta", "tau_e", "tau_w" */
        double trace_alpha;
        bool carry_trace;
        double eligibility_start;
    } rule;

    struct {
        int64_t trials, warmup;
        double rate, clip;
        int reward_gain;
        int reward;
        double baseline_rate;
        double weight_noise;
        int64_t evaluation_trials; /* a trial type */
    } learning;

    struct {
        int feedback;
    } eprop;

    struct {
        double rate;
        int64_t batch;
        double gradient_clip;
    } bptt;

    struct {
        double regularisation, every, feedback;
        int hints;
        double hint_gain;
    } force;

    struct {
        int64_t networks, trials;
        struct settings_integers stages; /* trials of learning */
    } efficiency;

    struct {
        int64_t iterations, seeds, held_out_seeds, test_seeds, evaluate_every;
        bool fresh_seeds;
        int estimator;
        double discount;
        int64_t reset_every;
        int64_t es_pairs;
        double es_sigma, fd_step;
        bool relative_steps;
        int64_t guides;
        double guide_share;
        int gradient;
        double adjoint_memory; /* MB */
        int rpe_gradient;
        int objective;
        int64_t loss_trials;
        double gradient_clip;
        double l1;
        struct {
            int name;
            double rate;
            int schedule;
            int metric;
            double beta1, beta2, epsilon, momentum;
            int64_t population;
            double sigma;
            double longest;
            double step, alpha, effect;
            int64_t blocks;
        } optimizer;
        struct {
            int name;
            int64_t factor, first;
        } stopping; /* of the whole sweep */
    } meta;

    struct {
        struct settings_list representations; /* of "before", "first", "last" */
        struct settings_list weights;         /* of "initial", "first", "last" */
        double interval;                      /* ms between recorded steps */
        double checkpoint;                    /* minutes; 0: never */
        struct settings_integers replay;      /* candidate, iteration, seed, candidate, ... */
    } record;
};

enum parameter_type {
    PARAMETER_REAL,
    PARAMETER_INTEGER,
    PARAMETER_BOOLEAN,
    PARAMETER_DURATION, /* in the row's unit, ms or min; "30 ms", "0.2 s" or "10 min" in a file, 0 and
                         * inf without a unit */
    PARAMETER_CHOICE,   /* int: index in choices */
    PARAMETER_VARIANT,  /* struct settings_variant: a choice with fields of its own beside it */
    PARAMETER_TEXT,     /* char[SETTINGS_NAME] */
    PARAMETER_PATH,     /* char[SETTINGS_PATH]: a file, relative to the sweep file; empty: none */
    PARAMETER_LIST,     /* struct settings_list; choices, if not NULL, are the words allowed */
    PARAMETER_MAP,      /* struct settings_map */
    PARAMETER_INTEGERS, /* struct settings_integers */
};

/* Bounds are inclusive; these stand for "above 0", "above 1" and "below 1". A maximum of INFINITY
 * allows "inf", a bound of +-DBL_MAX allows every finite number. */
#define SETTINGS_ABOVE_0 DBL_MIN
#define SETTINGS_ABOVE_1 (1 + DBL_EPSILON)
#define SETTINGS_BELOW_1 (1 - DBL_EPSILON / 2)

struct parameter {
    const char *name; /* dotted: "network.units" */
    enum parameter_type type;
    const char *unit;           /* "ms", "trials", ... or "" */
    double minimum, maximum;    /* inclusive; of numbers, of a map's or list's numbers */
    const char *fallback;       /* the default, as one would write it in a file */
    const char *const *choices; /* names, NULL-terminated, or NULL; not NULL: a number or map may be
                                   "auto" as well */
    size_t offset;              /* of the value in struct settings */
    const char *sentence;       /* what it is, one sentence, with its equation number */
    bool quiet; /* printed where it is not the default: archives from before it say the same */
};

/* A field of a variant (a task's own parameter), in the variant's table. */
struct settings_field {
    const char *name;         /* without the section: "delay" */
    enum parameter_type type; /* PARAMETER_REAL, PARAMETER_INTEGER or PARAMETER_DURATION */
    const char *unit;
    double minimum, maximum, fallback;
    const char *sentence;
};

/* One member of a registry, as far as the sweep file needs to know it. */
struct settings_family_member {
    const char *name, *sentence;
    const struct settings_field *fields; /* ends with a field whose name is NULL */
};

/* What settings that are each allowed, but not together, are reported with. Zero-initialise. */
struct settings_problems {
    int count;
    struct {
        char name[SETTINGS_NAME]; /* dotted name of the parameter to change */
        char text[SETTINGS_MESSAGE];
    } problem[SETTINGS_PROBLEMS];
};

/* A module's look at one candidate: adds what does not fit together to the problems. */
typedef void (*settings_check)(const struct settings *, struct settings_problems *);

/* Local. Adds a problem of the parameter `name`; the same one is kept only once. */
void settings_problem(struct settings_problems *problems, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The parameter table, `*count` rows, in the order of the resolved configuration. A parameter
 * called SECTION.name may be written as SECTION alone: `task: dnms`. */
const struct parameter *settings_parameters(int *count);

/* Local. The row with this dotted `name` (or of `name`.name), or NULL. */
const struct parameter *settings_find(const char *name);

/* Local. Whether `name` is a section: "network", "meta.optimizer". */
bool settings_is_section(const char *name);

/* Local. Tells the table which tasks exist (their names and fields); called once by
 * task_register(), before anything is parsed. `members` ends with a member whose name is NULL and
 * lives as long as the program. */
void settings_register_tasks(const struct settings_family_member *members);

/* Local. Adds a choice to a parameter whose choices are those of a registry (rule.family,
 * meta.estimator, meta.optimizer.name), unless it has it: called for each member in turn, before
 * anything is parsed. `choice` lives as long as the program. */
void settings_register_choice(const char *name, const char *choice);

/* What one preset sets, as settings_set() reads it; a list of these ends with a NULL name. */
struct settings_assignment {
    const char *name, *text;
};

/* The assignments of preset `index` of `row`, or NULL if the row has no presets. */
const struct settings_assignment *settings_preset(const struct parameter *row, int index);

/* What preset `index` of `row` is and where it is from; "" for none. */
const char *settings_preset_sentence(const struct parameter *row, int index);

/* Local. Whether a parameter decides what others are or start from, so that it must be set before
 * them: a variant, or one with presets. `row` may be NULL: no. */
bool settings_is_first(const struct parameter *row);

/* The registered members of a PARAMETER_VARIANT, ending with one whose name is NULL. */
const struct settings_family_member *settings_members(const struct parameter *parameter);

/* Local. Fills `settings` with the defaults, padding zeroed: equal settings are equal bytes. */
void settings_defaults(struct settings *settings);

/* Local. Sets the parameter with the dotted `name` from `text`, which is written as a YAML flow
 * value: "200", "30 ms", "inf", "true", "{r3 d3: -1}", "[theta, tau_e]", "[0, 9, 1]".
 * A text is taken as it stands, without quotes; a list of one word needs no brackets.
 * Names with a prefix of a map work too: "rule.start.r3 d3" sets one entry. A field of the task is
 * "task.delay"; setting "task.name" sets that task's defaults for its fields.
 * Strict: the whole text must be read, in range, of the type; numbers are decimal, finite unless
 * "inf" is allowed, and have no leading zeros. On failure returns STATUS_USAGE, `settings` is
 * unchanged, and `reason` holds "found ..., allowed: ..." without file or line (with the nearest
 * known name where a name is unknown). */
enum status settings_set(struct settings *settings, const char *name, const char *text,
                         char reason[SETTINGS_VALUE]);

/* Local. Puts numbers where "auto" stands, from what else is set: once all of a candidate is. */
void settings_settle(struct settings *settings);

/* Local. Puts the raw rule in the place of an automatic rule.start to which an entry is added. */
void settings_start(struct settings *settings);

/* Local. Writes the value of the known `name` as settings_set() reads it, shortest form that reads
 * back to the same bits. */
void settings_get(const struct settings *settings, const char *name, char text[SETTINGS_VALUE]);

/* Local. Describes what `name` may hold: its row, or a row made up for one entry of a map or one
 * field of the task in `settings` (its name and offset then mean nothing). Returns false when
 * there is no such name. */
bool settings_describe(struct parameter *row, const struct settings *settings, const char *name);

/* Local. The number behind a real, integer or duration (ms), a task's field or a map's entry; NAN
 * for other types, unknown names and absent entries. */
double settings_number(const struct settings *settings, const char *name);

/* ---- one number each, by their row ---- */

/* Local. Whether a parameter is one number: a number, a time, a choice that sets nothing else, or true
 * and false. `row` may be NULL: no. */
bool settings_is_plain(const struct parameter *row);

/* Local. The number (of a choice its index, of true 1) that a plain parameter's value has as text, and the
 * text: as settings_set() reads it, settings_get() writes it. */
enum status settings_read_plain(double *number, const struct parameter *row, const char *text,
                                char reason[SETTINGS_VALUE]);
void settings_write_plain(char text[SETTINGS_VALUE], const struct parameter *row, double number);

/* Local. Sets a plain parameter to a number that settings_read_plain() gave. */
void settings_put(struct settings *settings, const struct parameter *row, double number);

/* Local. settings_number() of the parameter of a row, of any type. */
double settings_row_number(const struct settings *settings, const struct parameter *row);

/* Local. Says in words what the parameter may be: "a whole number from 2 to 20000". */
void settings_allowed(char text[SETTINGS_VALUE], const struct parameter *row);

/* Local. The word of `words` (NULL-terminated) closest to `word`, or NULL if none is near. */
const char *settings_closest(const char *word, const char *const *words);

/* Local. Writes the known parameter or section closest to `name` (edit distance, or the same last
 * part in another section). Returns false if none is near. */
bool settings_nearest(char nearest[SETTINGS_NAME], const char *name);

/* Local. All parameters of `settings` as a YAML document in the order of the table: the resolved
 * configuration; without `fields` those of the task are left out. Returns malloc'ed text, owned by
 * the caller; NULL when out of memory. */
char *settings_print(const struct settings *settings, bool fields);

#endif

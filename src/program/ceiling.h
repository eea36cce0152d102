/* What the command efficiency asks, and how it tells the answers. Private to the program floor. */
#ifndef COMMAND_CEILING_H
#define COMMAND_CEILING_H

#include "archive/output.h"
#include "cluster/wire.h"
#include "program/command.h"
#include "search/ceiling.h"

enum {
    COMMAND_TERMS = RULE_TERMS + RULE_OTHERS,
    COMMAND_DECAYS = 8,
    COMMAND_COLUMNS = COMMAND_TERMS * COMMAND_DECAYS + 1,
    COMMAND_GIVEN = 16,
    COMMAND_ROWS = 200,
    COMMAND_STAGES = 16,
    COMMAND_TEXT = 64, /* bytes of a name */
};

/* What is measured of every network: all terms at every decay, then node perturbation. Column of
 * term t at decay d is d * terms + t. */
struct command_columns {
    int terms, decays, count;
    bool part;                            /* not all that are usual are measured */
    struct rule_term term[COMMAND_TERMS]; /* in the order of terms */
    double tau_e[COMMAND_DECAYS];         /* ms; the first is the settings' */
    struct efficiency_column column[COMMAND_COLUMNS];
    char name[COMMAND_COLUMNS][COMMAND_TEXT];
};

/* A rule that a file of its own gives. */
struct command_given {
    char name[COMMAND_TEXT];  /* of the file, without folders and ending */
    struct settings settings; /* the sweep file's, with this rule as theirs */
    struct rule rule;         /* raw */
};

/* Collective. Reads the rules of `count` files, of which rank 0 alone sees the folder, for the networks
 * of `settings`: the coefficients, their units and tau_e; what else a file says of trials must be the
 * same. STATUS_OK, STATUS_USAGE or STATUS_FAILED, the same on all. */
enum status command_given_read(struct command_given *given, const char *const *path, int count,
                               const struct settings *settings, struct wire *wire,
                               struct error *error);

/* A line of the table: a rule that is known, or the best one of a set of terms. */
struct command_row {
    char name[COMMAND_TEXT];
    enum ceiling_kind kind;
    double tau_e; /* ms; NAN: all of them, or it has none */
    int terms;    /* that it may have, or has */
    bool sparse;  /* it has so many of `member`, chosen where it is fitted */
    unsigned char *member;
    double *theta;
};

struct command_rows {
    int count;
    int reference, start; /* places of theta_33 and of the file's start; -1: there is none */
    struct command_row row[COMMAND_ROWS];
};

/* Local. Whether a set of terms has this name. */
bool command_is_set(const char *name);

/* Local. The columns for `settings`, for the rules given [givens], and at the decays tau_e [decays]
 * beside the settings' own, among which are those of all that are given; unless NULL, of the set `only`,
 * of -1 r3 d3, of the settings' rule and of those given alone. */
void command_columns(struct command_columns *columns, const struct settings *settings,
                     const struct command_given *given, int givens, const double *tau_e, int decays,
                     const char *only);

/* Local. All rows, `start` being the settings' rule with raw coefficients; released by
 * command_rows_free(). STATUS_OK or STATUS_FAILED. */
enum status command_rows(struct command_rows *rows, const struct command_columns *columns,
                         const struct settings *settings, const struct rule *start,
                         const struct command_given *given, int givens, struct error *error);
void command_rows_free(struct command_rows *rows);

/* What each term of a rule is worth, the others fitted anew. Which terms it has is known from all
 * networks; what they are worth is of networks on which the rule was not fitted. */
struct command_ablation {
    int row, count;                                        /* the rule, its terms */
    int place[COMMAND_COLUMNS];                            /* of the term's column */
    double worth[COMMAND_COLUMNS], error[COMMAND_COLUMNS]; /* of the ratio */
};

/* All that is known at the end. */
struct command_ceiling {
    const struct command_columns *columns;
    const struct command_rows *rows;
    const struct settings *settings;
    const struct ceiling *ceiling;
    const struct ceiling_answer *answer; /* [rows->count] */
    const struct ceiling_answer *alone; /* of each column alone, with the coefficient 1 [columns] */
    const struct ceiling_answer *damage; /* by the damage: the best ones by it, then those by the
                                          * size [2, rows->count]; NULL: not measured */
    const int *stage;                    /* [ceiling->stages] */
    const double *network;               /* task seeds [ceiling->networks] */
    const struct command_ablation *ablation;
};

/* Local. The first row of this name, at the settings' own decay; -1: there is none. */
int command_find_row(const struct command_rows *rows, const char *name);

/* Local. Whether rules are chosen and written by the damage: it was measured, and is above 0. */
bool command_by_damage(const struct command_ceiling *results);

/* Local. The row of a fitted set with one tau_e that is the smallest of those within one standard error
 * of the best. */
int command_choose_row(const struct command_ceiling *results);

/* Local. By what a row's rule, which is as large as -1 r3 d3, is as large as the start rule; 1 if there
 * is none. */
double command_rule_factor(const struct command_ceiling *results);

/* Local. Leaves out each term of a row's rule in turn; `results` need no ablation yet. STATUS_OK or
 * STATUS_FAILED. */
enum status command_ablate(struct command_ablation *ablation, const struct command_ceiling *results,
                           int row, struct error *error);

/* Local. Rules of few terms and the ablation: on the standard output, and into a file that was
 * created. */
void command_print_terms(const struct command_ceiling *results);
void command_write_terms(struct output *output, const struct command_ceiling *results);

/* Local. The table, on the standard output. */
void command_print_ceiling(const struct command_ceiling *results);

/* Local. All of it, into a file that was created. */
void command_write_ceiling(struct output *output, const struct command_ceiling *results);

/* Local. The rule of a row with one tau_e as lines of a sweep file, of the same size theta' G theta as
 * the start rule, or as -1 r3 d3 if there is none; the comment says where `command` made it. Into a new
 * file. STATUS_OK or STATUS_FAILED. */
enum status command_write_rule(const char *path, const struct command_ceiling *results, int row,
                               const char *command, struct error *error);

#endif

/* One term of the rule, a product of powers of the variables of rule_variables.h: its name, its
 * order, and what it has of whom. */
#ifndef RULE_TERM_H
#define RULE_TERM_H

#include <stdbool.h>

#include "model/rule_variables.h"

enum {
    RULE_NAME = 16, /* bytes of a parameter's name */
    RULE_TEXT = 48, /* bytes of a term in an equation */
};

/* Local. Letter, whose and what: "p postsynaptic rate". */
void rule_variable_name(char text[RULE_TEXT], int v);

/* Local. Reads a term's name: variables with their powers, in the order of rule_variables, power 0
 * written or not ("r3 d3", "r0 d1", "r1 p2"); false if it is none. */
bool rule_term_read(struct rule_term *term, const char *name);

/* Local. Writes it: r and d always if it has no others, else all whose power is not 0. */
void rule_term_write(char name[RULE_NAME], const struct rule_term *term);

/* Local. Writes it as in an equation, " r^3 D", a blank before each variable. */
void rule_term_print(char text[RULE_TEXT], const struct rule_term *term);

/* Local. Whether a term has variables beside r and d. */
bool rule_term_has_others(const struct rule_term *term);

/* Local. Order of terms: below 0, 0 or above 0 as in strcmp(). */
int rule_term_compare(const struct rule_term *a, const struct rule_term *b);

/* Local. Whether two terms have the same powers on this side. */
bool rule_term_alike(const struct rule_term *a, const struct rule_term *b, enum rule_side side);

/* Local. Power of the weight in a term or factor. */
int rule_term_weight(const struct rule_term *term);

/* Local. Whether a term has a variable of the unit on this side beside r or d. */
bool rule_term_has(const struct rule_term *term, enum rule_side side);

/* Whether v is one of the two variables that planes are polynomials of. */
static inline bool rule_is_base(int v)
{
    return v == RULE_R || v == RULE_D;
}

#endif

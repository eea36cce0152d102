/* The variables of which a term of the rule is a product of powers. The one table of them: values,
 * tangents, adjoint, names, help and replay records follow from its rows. */
#ifndef RULE_VARIABLES_H
#define RULE_VARIABLES_H

enum {
    RULE_R,
    RULE_D,
    RULE_P,
    RULE_W,
    RULE_VARIABLES,
};

enum { RULE_DEGREE = 5 }; /* highest power */

/* Of which a variable is a property. A term is the product of a number of the presynaptic unit, one
 * of the postsynaptic unit and one of the synapse. */
enum rule_side { RULE_PRESYNAPTIC, RULE_POSTSYNAPTIC, RULE_SIDES, RULE_SYNAPSE = RULE_SIDES };

/* What a unit's variable is in step t, all of which a trial has with tangents and adjoint. */
enum rule_signal {
    RULE_RATE,   /* phi(x^t) (1), of which the tangent is phi' chi^t (12) */
    RULE_CHANGE, /* Delta^t (4), of which the tangent is (14) */
    RULE_SIGNALS
};

struct rule_variable {
    char letter;             /* in a term's name */
    enum rule_side side;     /* whose */
    enum rule_signal signal; /* of a unit's; a synapse's is its weight W^(h) */
    const char *symbol;      /* in equations */
    const char *legend;      /* what it is, in a few words */
    const char *sentence;    /* the same for the help, with its equation number */
    double drawn;            /* where a rule is drawn over r and d */
};

/* In the order of a term's name. */
extern const struct rule_variable rule_variables[RULE_VARIABLES];

/* The powers of one term. */
struct rule_term {
    unsigned char power[RULE_VARIABLES];
};

#endif

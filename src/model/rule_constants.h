/* The constants of a rule that may be learned beside its coefficients. Private to the rule module. */
#ifndef RULE_CONSTANTS_H
#define RULE_CONSTANTS_H

#include "model/rule.h"

/* Local. Whether `list` has `word`. */
bool rule_lists(const struct settings_list *list, const char *word);

/* Local. Makes those that rule.learn names free, and those of `add` in `all`; counts the parameters,
 * the terms being known. */
void rule_free_constants(struct rule *rule, const struct settings *settings);
void rule_join_constants(struct rule *all, const struct rule *add);

/* Local. Name of free parameter `p`, which is no coefficient. */
const char *rule_constant_name(const struct rule *rule, int p);

/* Local. Their logarithms to and from a vector [P]. */
void rule_get_constants(const struct rule *rule, double *vector);
void rule_set_constants(struct rule *rule, const double *vector);

/* Local. Checks their settings, for rule_check(). */
void rule_check_constants(const struct settings *settings, struct settings_problems *problems);

#endif

/* What the study tells apart and what it compares. Private to the module. */
#ifndef STUDY_CHOICE_H
#define STUDY_CHOICE_H

#include "archives/study.h"

/* Local. Labels: in which parameters `rule.*` the candidates differ, as text. Fills study->rule and
 * every candidate's rule. STATUS_OK or STATUS_FAILED. */
enum status study_label_rules(struct study *study, struct error *error);

/* Local. Solutions: all that are wished for and there, or, when there is no room for all, equal
 * shares of every rule, of each at least two while there is room for that. Examples: the rules in
 * turn. Notes say what is left out. STATUS_OK, STATUS_USAGE for a wish that cannot be, or
 * STATUS_FAILED. */
enum status study_choose(struct study *study, const struct study_wish *wish, struct error *error);

#endif

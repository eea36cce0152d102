/* What the study tells apart and what it compares. Private to the module. */
#ifndef STUDY_CHOICE_H
#define STUDY_CHOICE_H

#include "archives/study.h"

/* Local. Labels: in which parameters `rule.*` the candidates differ, as text. Fills study->rule and
 * every candidate's rule. STATUS_OK or STATUS_FAILED. */
enum status study_label_rules(struct study *study, struct error *error);

/* Local. Solutions: as many seeds of every candidate as there is room for, of candidates evenly
 * spread when there is no room for all. Examples: the rules in turn. STATUS_OK or STATUS_FAILED. */
enum status study_choose(struct study *study, int solutions, int examples, struct error *error);

#endif

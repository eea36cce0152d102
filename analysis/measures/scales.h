/* What every analysis file has, whatever is measured: the scales that measures share, who is who,
 * and what was left out. */
#ifndef MEASURES_SCALES_H
#define MEASURES_SCALES_H

#include "archive/output.h"
#include "archives/study.h"

/* Local. The scales that several measures share. */
void measure_scales(const struct study *study, struct output *output);

/* Local. Who is who: /study. STATUS_OK or STATUS_FAILED. */
enum status measure_study(const struct study *study, struct output *output, struct error *error);

/* Local. /study/missing, when all measures are done. */
void measure_notes(const struct study *study, struct output *output);

#endif

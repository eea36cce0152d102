/* Whether candidates agree in all but the numbers that their lifetimes compute with: extents, sizes,
 * free parameters, what is measured before the search. */
#ifndef SEARCH_ALIKE_H
#define SEARCH_ALIKE_H

#include "search/plan.h"

/* Local. Whether `settings` agree with candidate 0 of the plan. */
bool search_alike(const struct search_plan *plan, const struct settings *settings);

/* Local. Of a method that learns, whose archive is made before its candidates are known, and of a
 * population, whose values change: complains of each axis that changes more than numbers, and of a loss that
 * nothing is evaluated for; of other sweeps nothing. STATUS_OK or STATUS_USAGE. */
enum status search_alike_check(const struct search_plan *plan, struct error *error);

#endif

/* Which parameters have no effect, because nothing reads them in the configuration at hand: who says
 * such a one thinks that he has changed something. */
#ifndef EFFECT_H
#define EFFECT_H

#include "config/settings.h"

/* Local. Whether another value of an axis, whose `row` is NULL if it is no parameter of the table, can change
 * which parameters have an effect: numbers that are not whole, and times, cannot. */
bool search_decides(const struct parameter *row);

/* Local. The parameter whose value in `settings` keeps the parameter `name` (or the entry of a map)
 * from having any effect on the lifetimes, or NULL: it has one. */
const char *search_blocker(const struct settings *settings, const char *name);

#endif

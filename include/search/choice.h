/* Tangents or adjoint: meta.gradient, where the file leaves it to the program. Both give the same
 * numbers but for rounding, so that the cheaper one is taken. It is one way for all candidates, which
 * are then compared like with like, and it depends on nothing but the sweep file: not on the machine,
 * not on the number of ranks. What was chosen stands in the archive, and a resumed run keeps to it. */
#ifndef SEARCH_CHOICE_H
#define SEARCH_CHOICE_H

#include "search/search.h"

struct search_choice {
    bool free;       /* the file says meta.gradient: auto, or nothing */
    int gradient;    /* GRADIENT_TANGENT or GRADIENT_ADJOINT */
    const char *why; /* another reason than the work; NULL: none */

    /* Work of all training lifetimes that could go either way, in operations at the speed of a matrix
     * product: without derivatives, by tangents, by the adjoint. All 0 if there are none. */
    double learning, tangents, adjoint;
};

/* Local. For the plan of a sweep, which adds its candidates: begins with whether the way is free.
 * STATUS_OK; STATUS_USAGE: the sweep cannot leave it open. */
enum status search_choice_begin(struct search_choice *choice, const struct config *config,
                                struct error *error);

/* Local. Adds `lifetimes` training lifetimes of a candidate that could go either way: the work of one
 * without derivatives, and of one by tangents and by the adjoint. */
void search_choice_add(struct search_choice *choice, const struct settings *settings,
                       double lifetimes, int parameters, double learning, const double work[2]);

/* Local. Chooses, once all candidates are added. `base` are the settings that they stand on. */
void search_choice_end(struct search_choice *choice, const struct settings *base);

#endif

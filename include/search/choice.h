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

/* Local. Checks the candidates of `config` like space_create(), adds up the work, and settles
 * meta.gradient in its base settings if that is free. STATUS_OK or STATUS_USAGE. */
enum status search_choose(struct search_choice *choice, struct config *config,
                          const settings_check *checks, struct error *error);

#endif

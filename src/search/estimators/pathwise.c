/* Derivatives carried along through learning: all of them, or those that fade. */
#include "search/estimator.h"

static struct lifetime_gradient pathwise(const struct settings *settings)
{
    return (struct lifetime_gradient){
        .wanted = true, .discount = 1, .backwards = settings->meta.gradient == GRADIENT_ADJOINT};
}

static const char *const of_pathwise[] = {"meta.gradient", "meta.adjoint_memory",
                                          "meta.rpe_gradient", NULL};

const struct estimator estimator_pathwise = {
    .name = "pathwise",
    .reads = of_pathwise,
    .sentence = "The exact derivative of the meta-loss (19): through the whole lifetime, (12)-(18) "
                "or (20)-(26).",
    .exact = true,
    .slope = true,
    .gradient = pathwise,
};

static const char *const of_discounted[] = {"meta.gradient",     "meta.adjoint_memory",
                                            "meta.rpe_gradient", "meta.discount",
                                            "meta.reset_every",  NULL};

const struct estimator estimator_discounted = {
    .name = "discounted",
    .reads = of_discounted,
    .sentence = "As pathwise, but the weights' sensitivities fade by meta.discount a trial or are "
                "set to 0 every meta.reset_every trials: for lifetimes in which exact tangents "
                "explode.",
    .slope = true,
    .gradient = estimator_discounted_gradient,
};

/* The unit of steps: 1, or of the rule's own size. Apart from the list, since members of it use it. */
#include <math.h>

#include "model/rule.h"
#include "search/optimizer.h"

void optimizer_units(double *unit, const double *theta, int parameters,
                     const struct settings *settings)
{
    struct rule rule;
    rule_create(&rule, settings);
    int coefficients = rule.terms < parameters ? rule.terms : parameters;
    double square = 0;
    for (int p = 0; p < coefficients; p++)
        square += theta[p] * theta[p];
    bool relative = settings->meta.relative_steps && square > 0;
    for (int p = 0; p < parameters; p++)
        unit[p] = relative && p < coefficients ? sqrt(square / coefficients) : 1;
}

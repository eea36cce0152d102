/* How many dimensions activity fills: principal components and the numbers made of their variances.
 */
#ifndef DIMENSION_H
#define DIMENSION_H

#include <stdbool.h>

/* Local. Principal components of x [samples, units], whose columns are centred in place:
 *   variance  [k] of the components, descending, k = min(samples, units), in units of x squared
 *   axis      [k, units] their directions, each with its largest entry positive
 * False when memory runs out or x is not finite. */
bool dimension_components(double *variance, double *axis, double *x, int samples, int units);

/* Local. (sum v)^2 / sum v^2: 1 for a line, n for n equal variances (Gao et al. 2017, bioRxiv
 * 214262). NaN when all are 0; so are the others. */
double dimension_participation(const double *variance, int count);

/* Local. exp(entropy) of the shares of variance (Roy and Vetterli 2007, effective rank). */
double dimension_entropy_rank(const double *variance, int count);

/* Local. The smallest number of components that hold this share of the variance. */
double dimension_components_for(const double *variance, int count, double share);

/* Local. out [samples, axes]: x [samples, units] on the first `axes` rows of `axis`. */
void dimension_project(double *out, const double *x, const double *axis, int samples, int units,
                       int axes);

#endif

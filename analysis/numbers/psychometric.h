/* Choices against a graded stimulus. */
#ifndef PSYCHOMETRIC_H
#define PSYCHOMETRIC_H

/* Local. fit: c and k of the chance 1 / (1 + c exp(-k x)) of choosing +, from the share of such
 * choices, choice [count], at each stimulus x [count], not all 0. Maximum likelihood with c =
 * exp(-a) and the mild penalty (a^2 + (k s)^2) / 200, s the largest |x|, which keeps a step from
 * becoming infinitely steep. */
void psychometric_fit(double fit[2], const double *stimulus, const double *choice, int count);

#endif

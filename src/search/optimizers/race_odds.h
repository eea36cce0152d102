/* The two distributions of a race's tests. */
#ifndef RACE_ODDS_H
#define RACE_ODDS_H

/* Local. P(T > t) of Student's distribution with `freedom` >= 1 degrees of freedom, and the
 * probability of at most `few` heads in `throws` throws of a coin. */
double optimizer_race_student(double t, int freedom);
double optimizer_race_coin(int few, int throws);

#endif

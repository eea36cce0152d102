/* Every estimator: ESTIMATOR(name) for a `const struct estimator estimator_name`. A new one goes to
 * the end. */
ESTIMATOR(pathwise)
ESTIMATOR(discounted)
ESTIMATOR(score)
ESTIMATOR(score_local)
ESTIMATOR(es)
ESTIMATOR(fd)
ESTIMATOR(guided)

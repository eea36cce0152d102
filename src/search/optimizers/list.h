/* Every optimizer: OPTIMIZER(name) for the `const struct optimizer_method optimizer_name` of
 * name.c. A new one goes to the end. */
OPTIMIZER(adam)
OPTIMIZER(sgd)
OPTIMIZER(cmaes)
OPTIMIZER(race)

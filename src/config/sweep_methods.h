/* Every method of a sweep: METHOD(name) for the `const struct sweep_method sweep_name` of
 * methods/name.c. The first is the default. */
METHOD(grid)
METHOD(random)
METHOD(list)
METHOD(latin)
METHOD(sobol)
METHOD(tpe)
METHOD(cmaes)

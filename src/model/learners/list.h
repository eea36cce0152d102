/* Every learner: LEARNER(name) for a `const struct learner learner_name`. A new one goes to the
 * end: `thetasweep rules` tells them in this order, and the first is the one that the settings
 * call FAMILY_POLYNOMIAL. */
LEARNER(polynomial)
LEARNER(node_perturbation)
LEARNER(rflo)
LEARNER(eprop)
LEARNER(bptt)
LEARNER(force)
LEARNER(full_force)

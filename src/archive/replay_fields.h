/* The datasets of a replay record, one row each, as in fields.h: REPLAY_NAME of archive_replay_table.
 * Paths are relative to the record's group; replay.c says where they come from. */
// clang-format off
FIELD(THETA, "theta", TYPE_F64, {DIM_PARAMETER}, FILL_LEAST, "",
      "Free parameters, raw coordinates (logarithms of time constants)")
FIELD(COEFFICIENTS, "theta_lk", TYPE_F64, {DIM_L, DIM_K}, FILL_LEAST, "",
      "All coefficients of Delta^l r^k (5)")
/* Of rules with other variables than r and Delta only. */
FIELD(FACTOR_POWERS, "factor_powers", TYPE_I32, {DIM_FACTOR, DIM_VARIABLE}, FILL_LEAST, "",
      "Powers of the variables in each factor of terms of Delta^l r^k (5)")
FIELD(FACTOR_COEFFICIENTS, "factor_theta_lk", TYPE_F64, {DIM_FACTOR, DIM_L, DIM_K}, FILL_LEAST, "",
      "All coefficients of the factor times Delta^l r^k (5)")
FIELD(RECURRENT, "weights/recurrent", TYPE_F64, {DIM_UNIT, DIM_UNIT_FROM}, FILL_LEAST, "",
      "W before the first trial; row: postsynaptic (2)")
FIELD(INPUT_WEIGHTS, "weights/input", TYPE_F64, {DIM_UNIT, DIM_INPUT}, FILL_LEAST, "",
      "W_in (2)")
FIELD(READOUT, "weights/readout", TYPE_F64, {DIM_OUTPUT, DIM_UNIT}, FILL_LEAST, "",
      "W_out (7)")
FIELD(BIAS, "weights/bias", TYPE_F64, {DIM_UNIT}, FILL_LEAST, "", "b (2)")
FIELD(MASK, "mask", TYPE_U8, {DIM_UNIT, DIM_UNIT_FROM}, FILL_LEAST, "",
      "1 where a synapse exists; it multiplies mu and the weight noise (10)")
FIELD(CLAMPED_UNIT, "clamped_unit", TYPE_I32, {DIM_CLAMPED}, FILL_LEAST, "",
      "Units whose state is fixed")
FIELD(CLAMPED_STATE, "clamped_state", TYPE_F64, {DIM_CLAMPED}, FILL_LEAST, "", "Their x")
FIELD(LOSS_WEIGHT, "loss_weight", TYPE_F64, {DIM_TRIAL}, FILL_LEAST, "",
      "w_h of the loss (19)")
FIELD(LOSS, "loss", TYPE_F64, {DIM_NONE}, FILL_LEAST, "",
      "Loss of this lifetime (19), without the penalty")
FIELD(GRADIENT, "gradient", TYPE_F64, {DIM_PARAMETER}, FILL_LEAST, "",
      "Its derivative by theta, raw coordinates")
/* One entry a trial. */
FIELD(TYPE, "type", TYPE_I32, {DIM_TRIAL}, FILL_LEAST, "", "Trial type c")
FIELD(INPUT, "input", TYPE_F64, {DIM_TRIAL, DIM_STEP, DIM_INPUT}, FILL_NONE, "",
      "Input u^t, t = 0 .. T-1 (2)")
FIELD(TARGET, "target", TYPE_F64, {DIM_TRIAL, DIM_STEP, DIM_OUTPUT}, FILL_NONE, "",
      "Target y* of the outputs y^1 .. y^T (8)")
FIELD(WINDOW, "window", TYPE_F64, {DIM_TRIAL, DIM_STEP}, FILL_NONE, "",
      "1 where the outputs y^1 .. y^T count (8)")
FIELD(X0, "x0", TYPE_F64, {DIM_TRIAL, DIM_UNIT}, FILL_NONE, "",
      "State x^0 at the start of the trial")
FIELD(XBAR0, "xbar0", TYPE_F64, {DIM_TRIAL, DIM_UNIT}, FILL_NONE, "",
      "Trace xbar^0 at the start of the trial")
FIELD(EXPLORATION, "exploration", TYPE_F64, {DIM_TRIAL, DIM_STEP, DIM_UNIT}, FILL_NONE, "",
      "Exploration noise xi^t, t = 0 .. T-1 (2)")
FIELD(WEIGHT_NOISE, "weight_noise", TYPE_F64, {DIM_TRIAL, DIM_UNIT, DIM_UNIT_FROM},
      FILL_NONE, "", "Weight noise eps (10); 0 in the warm-up")
FIELD(UNIT0, "unit0", TYPE_F64, {DIM_TRIAL, DIM_STATE}, FILL_NONE, "",
      "Rate of unit 0, r^0 .. r^T (1)")
FIELD(REWARD, "reward", TYPE_F64, {DIM_TRIAL}, FILL_LEAST, "", "Reward R (8)")
FIELD(OBJECTIVE, "objective", TYPE_F64, {DIM_TRIAL}, FILL_LEAST, "",
      "What the loss counts of the trial in place of R (19)")
FIELD(BASELINE, "baseline", TYPE_F64, {DIM_TRIAL}, FILL_LEAST, "",
      "Running mean Rbar of the trial's type before it (11)")
FIELD(MODULATOR, "modulator", TYPE_F64, {DIM_TRIAL}, FILL_LEAST, "",
      "g(Rbar) (R - Rbar) (9); not applied in the warm-up")
FIELD(ELIGIBILITY, "eligibility", TYPE_F64, {DIM_TRIAL, DIM_UNIT, DIM_UNIT_FROM},
      FILL_NONE, "", "Eligibility e^T (6)")
FIELD(WEIGHTS_AFTER, "weights_after", TYPE_F64, {DIM_TRIAL, DIM_UNIT, DIM_UNIT_FROM},
      FILL_NONE, "", "W after the trial (10)")
FIELD(REWARD_DOT, "reward_dot", TYPE_F64, {DIM_TRIAL, DIM_PARAMETER}, FILL_NONE, "",
      "R-dot (16); 0 in the warm-up")
FIELD(OBJECTIVE_DOT, "objective_dot", TYPE_F64, {DIM_TRIAL, DIM_PARAMETER}, FILL_NONE, "",
      "The same of the objective; 0 in the warm-up")
FIELD(UPDATE_DOT, "update_dot", TYPE_F64,
      {DIM_TRIAL, DIM_UNIT, DIM_PARAMETER, DIM_UNIT_FROM}, FILL_NONE, "",
      "mu-dot (17); 0 in the warm-up")

#undef FIELD
// clang-format on

/* The datasets of an archive, one row each:
 *
 *     FIELD(NAME, path, type, {dimensions}, fill, unit, sentence)
 *
 * table.h makes FIELD_NAME of it and table.c the row of archive_table, as struct archive_field says;
 * creating, opening, planning, reading and merging loop over the rows. Datasets with an entry for
 * every lifetime are
 *
 *     SLOT(NAME, GROUP "/word", type, {DIM_CANDIDATE, FIRST, SECOND}, fill, unit, sentence)
 *
 * once each in /lifetimes, /evaluations and /tests, or TRAIN(...) in /lifetimes only; with .summed they are
 * under the checksum, in the order of the rows, and commit.c says where they come from. This file is
 * included for each macro anew, the others are empty then. */
// clang-format off
#ifndef FIELD
#define FIELD(...)
#endif
#ifndef SLOT
#define SLOT(...)
#endif
#ifndef TRAIN
#define TRAIN(...)
#endif
#ifndef OWN
#define OWN(...)
#endif
#ifndef START
#define START(...)
#endif

/* What follows from complete iterations and evaluations. */
FIELD(THETA, "/theta", TYPE_F64, {DIM_CANDIDATE, DIM_ITERATE, DIM_PARAMETER}, FILL_LEAST, "",
      "Free parameters of the rule before each meta-iteration and after the last one, raw "
      "coordinates (5)")
FIELD(GRADIENT, "/gradient", TYPE_F64, {DIM_CANDIDATE, DIM_ITERATION, DIM_PARAMETER}, FILL_LEAST,
      "", "Mean gradient over seeds as the optimizer saw it: normalised coordinates, each seed "
      "clipped")
FIELD(LOSS, "/loss", TYPE_F64, {DIM_CANDIDATE, DIM_ITERATION}, FILL_LEAST, "",
      "Mean loss over the training seeds that count (19)")
FIELD(SEEDS_USED, "/seeds_used", TYPE_I32, {DIM_CANDIDATE, DIM_ITERATION}, FILL_LEAST, "seeds",
      "Training seeds that count: those that did not diverge; -1: not known yet")
FIELD(HELD_OUT_LOSS, "/held_out_loss", TYPE_F64, {DIM_CANDIDATE, DIM_EVALUATION}, FILL_LEAST, "",
      "Mean loss over the held-out seeds that count")
FIELD(HELD_OUT_ACCURACY, "/held_out_accuracy", TYPE_F64, {DIM_CANDIDATE, DIM_EVALUATION},
      FILL_LEAST, "", "Mean accuracy over the held-out seeds that count")
FIELD(HELD_OUT_USED, "/held_out_seeds_used", TYPE_I32, {DIM_CANDIDATE, DIM_EVALUATION}, FILL_LEAST,
      "seeds", "Held-out seeds that count; -1: not known yet")

FIELD(CHOSEN, "/chosen_iteration", TYPE_I32, {DIM_CANDIDATE}, FILL_LEAST, "",
      "Meta-iteration whose theta was chosen on the held-out seeds to be tested; -1: not known yet",
      .tests = true)
FIELD(POINT, "/point", TYPE_F64, {DIM_CANDIDATE, DIM_AXIS}, FILL_LEAST, "",
      "Where the candidate lies on each swept range, as it is distributed, or list of values, 0 to 1: "
      "from this a method that learns, or a population, has its values in /candidates; NaN: not known yet")
/* What an optimizer that decides made of the rules beside theta: enum optimizer_verdict and enum
 * optimizer_kind. The numbers are the archive's: never change one, only append. */
#define DECISION(word) "/decisions/" word
#define OF_RULES {DIM_CANDIDATE, DIM_ITERATION, DIM_CHALLENGER}
FIELD(VERDICT, DECISION("verdict"), TYPE_U8, OF_RULES, FILL_LEAST, "",
      "What became of the rule after this meta-iteration: 0 not known yet, 1 it is run again, 2 kept: "
      "theta is now this rule; dropped because it was 3 worse, 4 without a gain in sight, 5 diverging "
      "on more seeds than theta, 6 undecided after the most blocks, 7 compared with a theta that is "
      "no more, since another rule was kept")
FIELD(KIND, DECISION("kind"), TYPE_U8, OF_RULES, FILL_LEAST, "",
      "How the rule differs from theta: 1 a direction drawn from what is known of the slope, 2 "
      "against its mean, 3 larger, 4 smaller, 5 without a term, 6 a longer time constant, 7 a "
      "shorter one, 8 a larger clip, 9 a smaller one, 10 a larger baseline_rate, 11 a smaller one")
FIELD(PAIRS, DECISION("pairs"), TYPE_I32, OF_RULES, FILL_LEAST, "seeds",
      "Training seeds so far on which both the rule and theta have a loss")
FIELD(DIFFERENCE, DECISION("difference"), TYPE_F64, OF_RULES, FILL_LEAST, "",
      "Mean over these of the rule's loss minus that of theta, with the penalty (19)")
FIELD(DIFFERENCE_ERROR, DECISION("difference_error"), TYPE_F64, OF_RULES, FILL_LEAST, "",
      "Standard error of this mean")
FIELD(CHALLENGER, DECISION("theta"), TYPE_F64,
      {DIM_CANDIDATE, DIM_ITERATION, DIM_CHALLENGER, DIM_PARAMETER}, FILL_LEAST, "",
      "Free parameters of the rule, raw coordinates (5)")
#undef DECISION
#undef OF_RULES

/* Who is stopped early, where and why (search/stopping.h). The bracket and the budgets stand there from the
 * start; decisions follow from the evaluations and are written again on resume. */
#define STOPPING(word) "/stopping/" word
#define AT_RUNG {DIM_CANDIDATE, DIM_RUNG}
FIELD(BRACKET, STOPPING("bracket"), TYPE_I32, {DIM_CANDIDATE}, FILL_LEAST, "",
      "Bracket of the candidate: those of one bracket are compared with each other", .stopping = true)
FIELD(STOPPED, STOPPING("stopped_at"), TYPE_I32, {DIM_CANDIDATE}, FILL_LEAST, "",
      "Rung at which the candidate was stopped, so that the rest of its slots stays empty; -1: it was "
      "not, or not yet", .stopping = true)
FIELD(BUDGET, STOPPING("budget"), TYPE_I32, AT_RUNG, FILL_LEAST, "",
      "What the candidate has run at the rung: its evaluation of this number or, in a sweep without "
      "meta-iterations, so many held-out seeds; -1: its bracket has no such rung", .stopping = true)
FIELD(VERDICT_AT, STOPPING("verdict"), TYPE_U8, AT_RUNG, FILL_LEAST, "",
      "0 not decided yet, or stopped before, 1 goes on, 2 stopped, 3 goes on from a donor", .stopping = true)
FIELD(PLACE, STOPPING("place"), TYPE_I32, AT_RUNG, FILL_LEAST, "",
      "Place among those that were compared at the rung, 0 is the best; of equal ones the lower number "
      "comes first; -1: not known", .stopping = true)
FIELD(RUNG_LOSS, STOPPING("loss"), TYPE_F64, AT_RUNG, FILL_LEAST, "",
      "Held-out loss by which the candidate was judged at the rung", .stopping = true)
FIELD(RUNG_FINITE, STOPPING("finite"), TYPE_I32, AT_RUNG, FILL_LEAST, "seeds",
      "Held-out seeds behind this loss, those that stayed finite: more of them come first; -1: not known",
      .stopping = true)
FIELD(THRESHOLD, STOPPING("threshold"), TYPE_F64, AT_RUNG, FILL_LEAST, "",
      "Loss of the last one that goes on (without a donor) or, by the median rule, the median of the others' "
      "mean loss so far", .stopping = true)
FIELD(THRESHOLD_FINITE, STOPPING("threshold_finite"), TYPE_I32, AT_RUNG, FILL_LEAST, "seeds",
      "Held-out seeds behind the threshold; -1: not known", .stopping = true)
FIELD(DONOR, STOPPING("donor"), TYPE_I32, AT_RUNG, FILL_LEAST, "",
      "Candidate from whose theta, optimizer and scale it goes on, /theta from here on, with values near its "
      "own; -1: from itself, or not decided yet", .bred = true)
FIELD(POINT_AT, STOPPING("point"), TYPE_F64, {DIM_CANDIDATE, DIM_RUNG, DIM_AXIS}, FILL_LEAST, "",
      "Where the candidate lay on each swept range or list, as in /point, from the rung before to this one; "
      "from the last one on it lies in /point", .bred = true)
FIELD(VALUE_AT, STOPPING("value"), TYPE_F64, {DIM_CANDIDATE, DIM_RUNG, DIM_AXIS}, FILL_LEAST, "",
      "The swept values there, as numbers; NaN: no number, or not known yet", .bred = true)
#undef STOPPING
#undef AT_RUNG

/* What was measured before the search, complete when the archive is made. */
#define MEASURED(word) "/efficiency/" word
#define PLACE DIM_MEASUREMENT, DIM_MEASURED_NETWORK, DIM_MEASURED_STAGE
FIELD(MEASUREMENT, MEASURED("measurement_of"), TYPE_I32, {DIM_CANDIDATE}, FILL_LEAST, "",
      "Measurement of the candidate's networks before its search; -1: it has none")
FIELD(MEASURED_THETA, MEASURED("theta"), TYPE_F64, {DIM_MEASUREMENT, DIM_PARAMETER}, FILL_LEAST, "",
      "The best rule of the candidate's terms at small steps, as large as its start rule, raw "
      "coordinates (29); 0: none was found")
FIELD(MEASURED_METRIC, MEASURED("metric"), TYPE_F64,
      {DIM_MEASUREMENT, DIM_PARAMETER, DIM_PARAMETER_WITH}, FILL_LEAST, "",
      "Mean of G, raw coordinates, in which the start rule has the size 1 (40)")
FIELD(MEASURED_RATIO, MEASURED("ratio"), TYPE_F64, {DIM_MEASUREMENT}, FILL_LEAST, "",
      "Efficiency over that of -1 r3 d3, on networks on which the rule was not fitted (30)")
FIELD(MEASURED_LOW, MEASURED("low"), TYPE_F64, {DIM_MEASUREMENT}, FILL_LEAST, "",
      "Lower end of the 95 % interval of the ratio over networks")
FIELD(MEASURED_HIGH, MEASURED("high"), TYPE_F64, {DIM_MEASUREMENT}, FILL_LEAST, "",
      "Upper end of the 95 % interval of the ratio over networks")
FIELD(MEASURED_SHARE, MEASURED("share"), TYPE_F64, {DIM_MEASUREMENT}, FILL_LEAST, "",
      "Efficiency over that of a step straight down the gradient (30)")
FIELD(MEASURED_RIDGE, MEASURED("ridge"), TYPE_F64, {DIM_MEASUREMENT}, FILL_LEAST, "",
      "Ridge of the fit over the mean diagonal of G; 0: none")
FIELD(MEASURED_WHOLE, MEASURED("whole"), TYPE_I32, {DIM_MEASUREMENT}, FILL_LEAST, "",
      "Networks that count: those that did not diverge at any stage")
FIELD(MEASURED_STAGE, MEASURED("learned"), TYPE_I32, {DIM_MEASUREMENT, DIM_MEASURED_STAGE}, FILL_LEAST,
      "trials", "Trials of learning by the start rule before; -1: there is no such stage")
FIELD(MEASURED_STATE, MEASURED("state"), TYPE_U8, {PLACE}, FILL_LEAST, "",
      "0 not measured, 1 measured, 2 diverged")
FIELD(MEASURED_SIGNAL, MEASURED("signal"), TYPE_F64, {PLACE, DIM_PARAMETER}, FILL_LEAST, "",
      "c: drift of the loss that the term makes (28)")
FIELD(MEASURED_ERROR, MEASURED("signal_error"), TYPE_F64, {PLACE, DIM_PARAMETER}, FILL_LEAST, "",
      "Standard error of c")
FIELD(MEASURED_GRAM, MEASURED("gram"), TYPE_F64, {PLACE, DIM_PARAMETER, DIM_PARAMETER_WITH}, FILL_LEAST,
      "", "G: mean product of the terms' changes (28)")
FIELD(MEASURED_GRADIENT, MEASURED("gradient"), TYPE_F64, {PLACE}, FILL_LEAST, "",
      "|g|^2 of the mean loss (27)")
FIELD(MEASURED_NOISE, MEASURED("gradient_noise"), TYPE_F64, {PLACE}, FILL_LEAST, "",
      "Mean |g_h|^2 of the losses of single trials (27)")
FIELD(MEASURED_REWARD, MEASURED("reward"), TYPE_F64, {PLACE}, FILL_LEAST, "", "Mean reward")
FIELD(MEASURED_ACCURACY, MEASURED("accuracy"), TYPE_F64, {PLACE}, FILL_LEAST, "",
      "Share of correct trials")
#undef MEASURED
#undef PLACE

/* The slot of the normalisation. */
FIELD(SCALE, "/theta_scale", TYPE_F64, {DIM_CANDIDATE, DIM_PARAMETER}, FILL_LEAST, "",
      "Normalisation s: raw coordinate = s times normalised coordinate")
FIELD(SCALE_STATE, "/scale/state", TYPE_U8, {DIM_CANDIDATE}, FILL_LEAST, "",
      "Whether the normalisation was measured: 0 not yet, 1 done")
FIELD(SCALE_CHECKSUM, "/scale/checksum", TYPE_U32, {DIM_CANDIDATE}, FILL_LEAST, "",
      "CRC-32 of the slot's data, in the order of the attribute `order`")

/* The slots of lifetimes. WHAT is "lifetime", "held-out lifetime" or "lifetime on a test seed". */
SLOT(LOSS, GROUP "/loss", TYPE_F64, {DIM_CANDIDATE, FIRST, SECOND}, FILL_LEAST, "",
     "Loss of one " WHAT " (19), without the penalty", .summed = true)
SLOT(ACCURACY, GROUP "/accuracy", TYPE_F64, {DIM_CANDIDATE, FIRST, SECOND}, FILL_LEAST, "",
     "Share of correct trials in the last quarter of the " WHAT, .summed = true)
SLOT(CRITERION, GROUP "/trials_to_criterion", TYPE_I32, {DIM_CANDIDATE, FIRST, SECOND}, FILL_LEAST,
     "trials", "End of the first 100 trials with more than 95 correct ones; -1: never",
     .summed = true)
SLOT(FROZEN_LOSS, GROUP "/frozen_loss", TYPE_F64, {DIM_CANDIDATE, FIRST, SECOND}, FILL_LEAST, "",
     "Loss after the last trial of the " WHAT ", without plasticity and exploration noise; NaN: not "
     "tested", .summed = true)
SLOT(FROZEN_ACCURACY, GROUP "/frozen_accuracy", TYPE_F64, {DIM_CANDIDATE, FIRST, SECOND},
     FILL_LEAST, "", "Share of correct trials after the last one of the " WHAT ", without "
     "plasticity and exploration noise; NaN: not tested", .summed = true)
TRAIN(GRADIENT, GROUP "/gradient", TYPE_F64, {DIM_CANDIDATE, FIRST, SECOND, DIM_PARAMETER},
      FILL_NONE, "", "Gradient of the loss of one lifetime, raw coordinates", .summed = true)
SLOT(REWARD, GROUP "/reward", TYPE_F32, {DIM_CANDIDATE, FIRST, SECOND, DIM_TRIAL}, FILL_NONE, "",
     "Reward R of every trial (8)", .summed = true)
TRAIN(NORM, GROUP "/gradient_norm", TYPE_F64, {DIM_CANDIDATE, FIRST, SECOND}, FILL_LEAST, "",
      "Euclidean norm of the gradient of one lifetime, raw coordinates")
SLOT(STATE, GROUP "/state", TYPE_U8, {DIM_CANDIDATE, FIRST, SECOND}, FILL_LEAST, "",
     "0 not done, 1 done, 2 diverged, 3 its gradient diverged, 5 could not be run (/log/failure); "
     "a slot with 0 holds nothing")
SLOT(ATTEMPT, "/log" GROUP "/attempt", TYPE_U8, {DIM_CANDIDATE, FIRST, SECOND}, FILL_LEAST, "",
     "How often the slot was committed; more than once if a job was given out again")
SLOT(CHECKSUM, GROUP "/checksum", TYPE_U32, {DIM_CANDIDATE, FIRST, SECOND}, FILL_LEAST, "",
     "CRC-32 of the slot's data, in the order of the attribute `order`")
SLOT(SECONDS, "/log" GROUP "/seconds", TYPE_F32, {DIM_CANDIDATE, FIRST, SECOND}, FILL_LEAST, "s",
     "Time that the " WHAT " took")
SLOT(RANK, "/log" GROUP "/rank", TYPE_I32, {DIM_CANDIDATE, FIRST, SECOND}, FILL_LEAST, "",
     "MPI rank that ran the " WHAT)
FIELD(EVALUATED_ITERATION, "/evaluations/iteration", TYPE_I32, {DIM_CANDIDATE, DIM_EVALUATION},
      FILL_LEAST, "", "Meta-iteration whose theta was evaluated; -1: the candidate has no such "
      "evaluation")

/* Bulk of evaluations, in the order of the checksum. */
#define RATES(word, moment, sentence) "/representations/" word "/rates", TYPE_F32, \
    {DIM_CANDIDATE, DIM_HELD_OUT, DIM_CONDITION, DIM_STEP, DIM_UNIT}, FILL_NONE, "", \
    "Rate of every unit in a noise-free trial of every condition, without learning: " sentence, \
    .recorded = RECORDED_RATES, .when = moment
#define WEIGHTS(path, to, from, moment, sentence) "/weights/" path, TYPE_F64, \
    {DIM_CANDIDATE, DIM_HELD_OUT, to, from}, FILL_NONE, "", sentence, \
    .recorded = RECORDED_WEIGHTS, .when = moment
FIELD(RATES_BEFORE, RATES("before", WHEN_BEFORE, "before the lifetime"))
FIELD(RATES_FIRST, RATES("first", WHEN_FIRST, "after a lifetime with the start rule"))
FIELD(RATES_LAST, RATES("last", WHEN_LAST, "after a lifetime with the last theta"))
FIELD(INITIAL_RECURRENT, WEIGHTS("initial/recurrent", DIM_UNIT, DIM_UNIT_FROM, WHEN_BEFORE,
      "Recurrent weights W before the lifetime; row: postsynaptic (2)"))
FIELD(INITIAL_INPUT, WEIGHTS("initial/input", DIM_UNIT, DIM_INPUT, WHEN_BEFORE,
      "Input weights W_in (2)"))
FIELD(INITIAL_READOUT, WEIGHTS("initial/readout", DIM_OUTPUT, DIM_UNIT, WHEN_BEFORE,
      "Readout weights W_out (7)"))
FIELD(INITIAL_BIAS, WEIGHTS("initial/bias", DIM_UNIT, DIM_NONE, WHEN_BEFORE,
      "Constant input b (2)"))
FIELD(FIRST_RECURRENT, WEIGHTS("first/recurrent", DIM_UNIT, DIM_UNIT_FROM, WHEN_FIRST,
      "Recurrent weights W after a lifetime with the start rule"))
FIELD(FIRST_INPUT, WEIGHTS("first/input", DIM_UNIT, DIM_INPUT, WHEN_FIRST,
      "Input weights W_in after a lifetime with the start rule"))
FIELD(FIRST_READOUT, WEIGHTS("first/readout", DIM_OUTPUT, DIM_UNIT, WHEN_FIRST,
      "Readout weights W_out after a lifetime with the start rule"))
FIELD(LAST_RECURRENT, WEIGHTS("last/recurrent", DIM_UNIT, DIM_UNIT_FROM, WHEN_LAST,
      "Recurrent weights W after a lifetime with the last theta"))
FIELD(LAST_INPUT, WEIGHTS("last/input", DIM_UNIT, DIM_INPUT, WHEN_LAST,
      "Input weights W_in after a lifetime with the last theta"))
FIELD(LAST_READOUT, WEIGHTS("last/readout", DIM_OUTPUT, DIM_UNIT, WHEN_LAST,
      "Readout weights W_out after a lifetime with the last theta"))

/* Each candidate's own sizes, ARCHIVE_NAME of archive.h, and what else is its own. */
OWN(UNITS, "units", "units", "Units N")
OWN(INPUTS, "inputs", "", "Input channels I")
OWN(OUTPUTS, "outputs", "", "Output channels O")
OWN(TRIALS, "trials", "trials", "Trials of a lifetime H")
OWN(TYPES, "conditions", "", "Trial types, each one condition")
OWN(STEPS, "steps", "steps", "Recorded steps of a trial")
OWN(ITERATIONS, "iterations", "", "Meta-iterations M")
OWN(SEEDS, "seeds", "", "Lifetimes of a meta-iteration: its training seeds S at each of its points")
OWN(POINTS, "points", "", "Rules at which a meta-iteration runs lifetimes, theta the first, then others "
    "of an estimator or optimizer that compares losses: lifetime i is on seed i mod S, of rule i / S")
OWN(EVALUATIONS, "evaluations", "", "Held-out evaluations E")
OWN(HELD_OUT, "held_out_seeds", "seeds", "Held-out seeds")
OWN(PARAMETERS, "parameters", "", "Free parameters P")
OWN(TESTED, "tested", "", "Rules that are tested: 1 where only the start rule is evaluated",
    .tests = true)
OWN(TESTS, "test_seeds", "seeds", "Test seeds", .tests = true)
FIELD(OWN_FREE, "/candidates/free", TYPE_U8, {DIM_CANDIDATE, DIM_PARAMETER}, FILL_LEAST, "",
      "1 where the candidate has this free parameter")
FIELD(OWN_INTERVAL, "/candidates/interval", TYPE_F64, {DIM_CANDIDATE}, FILL_LEAST, "ms",
      "Time between recorded steps")

/* A row for each start of the program. */
START(RANKS, "ranks", TYPE_I32, 0, "MPI ranks of this start; -1: the row is not used")
START(STATUS, "status", TYPE_I32, 0,
      "Exit status of this start: 0 all done, 75 interrupted; -1: it did not come to its end")
START(WORKERS, "workers", TYPE_I32, 0,
      "Ranks of this start that run lifetimes: neither rank 0, unless it is alone, nor relays")
START(TIME, "time", TYPE_TEXT, 32, "Time of this start, UTC, ISO 8601")
START(VERSION, "version", TYPE_TEXT, 32, "Version of thetasweep")
START(GIT, "git", TYPE_TEXT, 64, "Git revision it was built from")
START(COMPILER, "compiler", TYPE_TEXT, 128, "Compiler")
START(FLAGS, "flags", TYPE_TEXT, 256, "Compiler flags")
START(MPI, "mpi", TYPE_TEXT, 128, "MPI library")
START(HDF5, "hdf5", TYPE_TEXT, 32, "Version of the HDF5 library")
START(BLAS, "blas", TYPE_TEXT, 160, "BLAS library")
START(CORE, "blas_core", TYPE_TEXT, 32,
      "Core type of the BLAS kernels, and the instruction set of our own functions")
START(RATE, "blas_rate", TYPE_TEXT, 32,
      "Rate of the BLAS kernels on one core when this start began")
START(HOSTS, "hosts", TYPE_TEXT, 512, "Hosts of the ranks, with numbers of ranks and of the cores that those may use")
START(SLURM, "slurm_job", TYPE_TEXT, 32, "SLURM job id, if any")
START(COMMAND, "command", TYPE_TEXT, ARCHIVE_COMMAND, "Command that goes on with this start; empty: not known")
START(WHY, "end", TYPE_TEXT, ARCHIVE_WHY,
      "What ended this start before all was done: a signal, a time limit, a failure; empty: nothing, or not known")
FIELD(FAILURE, "/log/failure", TYPE_TEXT, {DIM_FAILURE}, FILL_LEAST, "",
      "What kept a lifetime from being run, the first of them; empty: no more",
      .length = ARCHIVE_FAILURE)

#undef FIELD
#undef SLOT
#undef TRAIN
#undef OWN
#undef START
#undef RATES
#undef WEIGHTS
// clang-format on

/* The schema: one row a dataset. Creating, opening, planning and committing loop over it. */
#include "archive/table.h"

#define SLOTS(group, what, first, second)                                                            \
    {"/" group "/loss",                                                                              \
     TYPE_F64,                                                                                       \
     {DIM_CANDIDATE, first, second},                                                                 \
     FILL_LEAST,                                                                                     \
     0,                                                                                              \
     "",                                                                                             \
     "Loss of one " what " (19), without the penalty"},                                              \
        {"/" group "/accuracy",                                                                      \
         TYPE_F64,                                                                                   \
         {DIM_CANDIDATE, first, second},                                                             \
         FILL_LEAST,                                                                                 \
         0,                                                                                          \
         "",                                                                                         \
         "Share of correct trials in the last quarter of the " what},                                \
        {"/" group "/trials_to_criterion",                                                           \
         TYPE_I32,                                                                                   \
         {DIM_CANDIDATE, first, second},                                                             \
         FILL_LEAST,                                                                                 \
         0,                                                                                          \
         "trials",                                                                                   \
         "End of the first 100 trials with more than 95 correct ones; -1: never"},                   \
        {"/" group "/frozen_loss",                                                                   \
         TYPE_F64,                                                                                   \
         {DIM_CANDIDATE, first, second},                                                             \
         FILL_LEAST,                                                                                 \
         0,                                                                                          \
         "",                                                                                         \
         "Loss after the last trial of the " what ", without plasticity and exploration noise; "     \
         "NaN: not tested, or not finite"},                                                          \
        {"/" group "/frozen_accuracy",                                                               \
         TYPE_F64,                                                                                   \
         {DIM_CANDIDATE, first, second},                                                             \
         FILL_LEAST,                                                                                 \
         0,                                                                                          \
         "",                                                                                         \
         "Share of correct trials after the last one of the " what ", without plasticity and "       \
         "exploration noise; NaN: not tested, or not finite"},                                       \
        {"/" group "/reward",                                                                        \
         TYPE_F32,                                                                                   \
         {DIM_CANDIDATE, first, second, DIM_TRIAL},                                                  \
         FILL_NONE,                                                                                  \
         0,                                                                                          \
         "",                                                                                         \
         "Reward R of every trial (8)"},                                                             \
        {"/" group "/state",                                                                         \
         TYPE_U8,                                                                                    \
         {DIM_CANDIDATE, first, second},                                                             \
         FILL_LEAST,                                                                                 \
         0,                                                                                          \
         "",                                                                                         \
         "0 not done, 1 done, 2 diverged, 3 its gradient diverged, 5 could not be run "              \
         "(/log/failure); "                                                                          \
         "a slot with 0 holds nothing"},                                                             \
        {"/log/" group "/attempt",                                                                   \
         TYPE_U8,                                                                                    \
         {DIM_CANDIDATE, first, second},                                                             \
         FILL_LEAST,                                                                                 \
         0,                                                                                          \
         "",                                                                                         \
         "How often the slot was committed; more than once if a job was given out again"},           \
        {"/" group "/checksum",                                                                      \
         TYPE_U32,                                                                                   \
         {DIM_CANDIDATE, first, second},                                                             \
         FILL_LEAST,                                                                                 \
         0,                                                                                          \
         "",                                                                                         \
         "CRC-32 of the slot's data, in the order of the attribute `order`"},                        \
        {"/log/" group "/seconds",     TYPE_F32, {DIM_CANDIDATE, first, second}, FILL_LEAST, 0, "s", \
         "Time that the " what " took"},                                                             \
    {                                                                                                \
        "/log/" group "/rank", TYPE_I32, {DIM_CANDIDATE, first, second}, FILL_LEAST, 0, "",          \
            "MPI rank that ran the " what                                                            \
    }

#define OWN(name, units, description)                                                              \
    {                                                                                              \
        "/candidates/" name, TYPE_I32, {DIM_CANDIDATE}, FILL_LEAST, 0, units, description          \
    }

#define START(name, length, description)                                                           \
    {                                                                                              \
        "/provenance/" name, TYPE_TEXT, {DIM_START}, FILL_LEAST, length, "", description           \
    }

#define RATES(when, description)                                                                   \
    {                                                                                              \
        "/representations/" when "/rates", TYPE_F32,                                               \
            {DIM_CANDIDATE, DIM_HELD_OUT, DIM_CONDITION, DIM_STEP, DIM_UNIT}, FILL_NONE, 0, "",    \
            "Rate of every unit in a noise-free trial of every condition, without "                \
            "learning: " description                                                               \
    }

#define WEIGHTS(path, to, from, description)                                                       \
    {                                                                                              \
        "/weights/" path, TYPE_F64, {DIM_CANDIDATE, DIM_HELD_OUT, to, from}, FILL_NONE, 0, "",     \
            description                                                                            \
    }

// clang-format off
const struct archive_field archive_table[FIELD_COUNT] = {
    [FIELD_THETA] = {"/theta", TYPE_F64, {DIM_CANDIDATE, DIM_ITERATE, DIM_PARAMETER}, FILL_LEAST, 0,
        "", "Free parameters of the rule before each meta-iteration and after the last one, raw "
        "coordinates (5)"},
    [FIELD_GRADIENT] = {"/gradient", TYPE_F64, {DIM_CANDIDATE, DIM_ITERATION, DIM_PARAMETER},
        FILL_LEAST, 0, "", "Mean gradient over seeds as the optimizer saw it: normalised "
        "coordinates, each seed clipped"},
    [FIELD_LOSS] = {"/loss", TYPE_F64, {DIM_CANDIDATE, DIM_ITERATION}, FILL_LEAST, 0, "",
        "Mean loss over the training seeds that count (19)"},
    [FIELD_SEEDS_USED] = {"/seeds_used", TYPE_I32, {DIM_CANDIDATE, DIM_ITERATION}, FILL_LEAST, 0,
        "seeds", "Training seeds that count: those that did not diverge; -1: not known yet"},
    [FIELD_HELD_OUT_LOSS] = {"/held_out_loss", TYPE_F64, {DIM_CANDIDATE, DIM_EVALUATION},
        FILL_LEAST, 0, "", "Mean loss over the held-out seeds that count"},
    [FIELD_HELD_OUT_ACCURACY] = {"/held_out_accuracy", TYPE_F64, {DIM_CANDIDATE, DIM_EVALUATION},
        FILL_LEAST, 0, "", "Mean accuracy over the held-out seeds that count"},
    [FIELD_HELD_OUT_USED] = {"/held_out_seeds_used", TYPE_I32, {DIM_CANDIDATE, DIM_EVALUATION},
        FILL_LEAST, 0, "seeds", "Held-out seeds that count; -1: not known yet"},
    [FIELD_SCALE] = {"/theta_scale", TYPE_F64, {DIM_CANDIDATE, DIM_PARAMETER}, FILL_LEAST, 0, "",
        "Normalisation s: raw coordinate = s times normalised coordinate"},
    [FIELD_SCALE_STATE] = {"/scale/state", TYPE_U8, {DIM_CANDIDATE}, FILL_LEAST, 0, "",
        "Whether the normalisation was measured: 0 not yet, 1 done"},
    [FIELD_SCALE_CHECKSUM] = {"/scale/checksum", TYPE_U32, {DIM_CANDIDATE}, FILL_LEAST, 0, "",
        "CRC-32 of the slot's data, in the order of the attribute `order`"},
    [FIELD_TRAIN] = SLOTS("lifetimes", "lifetime", DIM_ITERATION, DIM_SEED),
    [FIELD_EVALUATE] = SLOTS("evaluations", "held-out lifetime", DIM_EVALUATION, DIM_HELD_OUT),
    [FIELD_TRAIN_GRADIENT] = {"/lifetimes/gradient", TYPE_F64,
        {DIM_CANDIDATE, DIM_ITERATION, DIM_SEED, DIM_PARAMETER}, FILL_NONE, 0, "",
        "Gradient of the loss of one lifetime, raw coordinates"},
    [FIELD_TRAIN_NORM] = {"/lifetimes/gradient_norm", TYPE_F64,
        {DIM_CANDIDATE, DIM_ITERATION, DIM_SEED}, FILL_LEAST, 0, "",
        "Euclidean norm of the gradient of one lifetime, raw coordinates"},
    [FIELD_EVALUATED_ITERATION] = {"/evaluations/iteration", TYPE_I32,
        {DIM_CANDIDATE, DIM_EVALUATION}, FILL_LEAST, 0, "",
        "Meta-iteration whose theta was evaluated; -1: the candidate has no such evaluation"},
    [FIELD_OWN_SIZE + ARCHIVE_UNITS] = OWN("units", "units", "Units N"),
    [FIELD_OWN_SIZE + ARCHIVE_INPUTS] = OWN("inputs", "", "Input channels I"),
    [FIELD_OWN_SIZE + ARCHIVE_OUTPUTS] = OWN("outputs", "", "Output channels O"),
    [FIELD_OWN_SIZE + ARCHIVE_TRIALS] = OWN("trials", "trials", "Trials of a lifetime H"),
    [FIELD_OWN_SIZE + ARCHIVE_TYPES] = OWN("conditions", "", "Trial types, each one condition"),
    [FIELD_OWN_SIZE + ARCHIVE_STEPS] = OWN("steps", "steps", "Recorded steps of a trial"),
    [FIELD_OWN_SIZE + ARCHIVE_ITERATIONS] = OWN("iterations", "", "Meta-iterations M"),
    [FIELD_OWN_SIZE + ARCHIVE_SEEDS] = OWN("seeds", "seeds", "Training seeds S"),
    [FIELD_OWN_SIZE + ARCHIVE_EVALUATIONS] = OWN("evaluations", "", "Held-out evaluations E"),
    [FIELD_OWN_SIZE + ARCHIVE_HELD_OUT] = OWN("held_out_seeds", "seeds", "Held-out seeds"),
    [FIELD_OWN_SIZE + ARCHIVE_PARAMETERS] = OWN("parameters", "", "Free parameters P"),
    [FIELD_OWN_FREE] = {"/candidates/free", TYPE_U8, {DIM_CANDIDATE, DIM_PARAMETER}, FILL_LEAST, 0,
        "", "1 where the candidate has this free parameter"},
    [FIELD_OWN_INTERVAL] = {"/candidates/interval", TYPE_F64, {DIM_CANDIDATE}, FILL_LEAST, 0, "ms",
        "Time between recorded steps"},
    [FIELD_PROVENANCE + START_RANKS] = {"/provenance/ranks", TYPE_I32, {DIM_START}, FILL_LEAST, 0,
        "", "MPI ranks of this start; -1: the row is not used"},
    [FIELD_PROVENANCE + START_STATUS] = {"/provenance/status", TYPE_I32, {DIM_START}, FILL_LEAST, 0,
        "", "Exit status of this start: 0 all done, 75 interrupted; -1: it did not come to its end"},
    [FIELD_PROVENANCE + START_TIME] = START("time", 32, "Time of this start, UTC, ISO 8601"),
    [FIELD_PROVENANCE + START_VERSION] = START("version", 32, "Version of thetasweep"),
    [FIELD_PROVENANCE + START_GIT] = START("git", 64, "Git revision it was built from"),
    [FIELD_PROVENANCE + START_COMPILER] = START("compiler", 128, "Compiler"),
    [FIELD_PROVENANCE + START_FLAGS] = START("flags", 256, "Compiler flags"),
    [FIELD_PROVENANCE + START_MPI] = START("mpi", 128, "MPI library"),
    [FIELD_PROVENANCE + START_HDF5] = START("hdf5", 32, "Version of the HDF5 library"),
    [FIELD_PROVENANCE + START_BLAS] = START("blas", 160, "BLAS library"),
    [FIELD_PROVENANCE + START_CORE] = START("blas_core", 32, "Core type of the BLAS kernels"),
    [FIELD_PROVENANCE + START_RATE] = START("blas_rate", 32,
        "Rate of the BLAS kernels on one core when this start began"),
    [FIELD_PROVENANCE + START_HOSTS] = START("hosts", 512, "Hosts of the ranks"),
    [FIELD_PROVENANCE + START_SLURM] = START("slurm_job", 32, "SLURM job id, if any"),
    [FIELD_RATES + 0] = RATES("before", "before the lifetime"),
    [FIELD_RATES + 1] = RATES("first", "after a lifetime with the start rule"),
    [FIELD_RATES + 2] = RATES("last", "after a lifetime with the last theta"),
    [FIELD_WEIGHTS + 0] = WEIGHTS("initial/recurrent", DIM_UNIT, DIM_UNIT_FROM,
        "Recurrent weights W before the lifetime; row: postsynaptic (2)"),
    [FIELD_WEIGHTS + 1] = WEIGHTS("first/recurrent", DIM_UNIT, DIM_UNIT_FROM,
        "Recurrent weights W after a lifetime with the start rule"),
    [FIELD_WEIGHTS + 2] = WEIGHTS("last/recurrent", DIM_UNIT, DIM_UNIT_FROM,
        "Recurrent weights W after a lifetime with the last theta"),
    [FIELD_TRAINED + 0] = WEIGHTS("first/input", DIM_UNIT, DIM_INPUT,
        "Input weights W_in after a lifetime with the start rule"),
    [FIELD_TRAINED + 1] = WEIGHTS("first/readout", DIM_OUTPUT, DIM_UNIT,
        "Readout weights W_out after a lifetime with the start rule"),
    [FIELD_TRAINED + 2] = WEIGHTS("last/input", DIM_UNIT, DIM_INPUT,
        "Input weights W_in after a lifetime with the last theta"),
    [FIELD_TRAINED + 3] = WEIGHTS("last/readout", DIM_OUTPUT, DIM_UNIT,
        "Readout weights W_out after a lifetime with the last theta"),
    [FIELD_INITIAL + 0] = WEIGHTS("initial/input", DIM_UNIT, DIM_INPUT, "Input weights W_in (2)"),
    [FIELD_INITIAL + 1] = WEIGHTS("initial/readout", DIM_OUTPUT, DIM_UNIT,
        "Readout weights W_out (7)"),
    [FIELD_INITIAL + 2] = WEIGHTS("initial/bias", DIM_UNIT, DIM_NONE, "Constant input b (2)"),
    [FIELD_FAILURE] = {"/log/failure", TYPE_TEXT, {DIM_FAILURE}, FILL_LEAST, ARCHIVE_FAILURE, "",
        "What kept a lifetime from being run, the first of them; empty: no more"},
};

const struct archive_scale archive_scale_table[DIM_COUNT] = {
    [DIM_CANDIDATE] = {"candidate", "", "Point of the sweep"},
    [DIM_ITERATION] = {"iteration", "", "Meta-iteration"},
    [DIM_ITERATE] = {"iterate", "", "Meta-iterations done: 0 is the start rule"},
    [DIM_SEED] = {"seed", "", "Training seed; where an iteration compares rules, counted on through "
        "them, theta's own first"},
    [DIM_EVALUATION] = {"evaluation", "", "Evaluation on held-out seeds"},
    [DIM_HELD_OUT] = {"held_out_seed", "", "Held-out seed"},
    [DIM_PARAMETER] = {"parameter", "", "Free parameter: r<k> d<l> is theta_kl"},
    [DIM_TRIAL] = {"trial", "", "Trial of a lifetime"},
    [DIM_CONDITION] = {"condition", "", "Trial type"},
    [DIM_STEP] = {"step", "ms", "Time in the trial"},
    [DIM_UNIT] = {"unit", "", "Unit; of weights the postsynaptic one"},
    [DIM_UNIT_FROM] = {"unit_from", "", "Presynaptic unit"},
    [DIM_INPUT] = {"input_channel", "", "Input channel"},
    [DIM_OUTPUT] = {"output_channel", "", "Output channel"},
    [DIM_FAILURE] = {"failure", "", "Lifetime that could not be run"},
    [DIM_START] = {"start", "", "Start of the program on this archive"},
    [DIM_STATE] = {"state", "", "Index t of x^0 .. x^T"},
    [DIM_L] = {"l", "", "Power of Delta"},
    [DIM_K] = {"k", "", "Power of the presynaptic rate"},
    [DIM_CLAMPED] = {"clamped", "", "Unit with a fixed state"},
};
// clang-format on

const char *archive_order(int field)
{
    switch (field) {
    case FIELD_SCALE_CHECKSUM:
        return "/theta_scale";
    case FIELD_TRAIN + SLOT_CHECKSUM:
        return "loss, accuracy, trials_to_criterion, frozen_loss, frozen_accuracy, gradient, "
               "reward";
    case FIELD_EVALUATE + SLOT_CHECKSUM:
        return "loss, accuracy, trials_to_criterion, frozen_loss, frozen_accuracy, reward; then, "
               "with state 1, what is recorded, "
               "cut to the candidate's own sizes; in evaluation 0: "
               "/representations/before/rates, /representations/first/rates, "
               "/weights/initial/recurrent, /weights/initial/input, /weights/initial/readout, "
               "/weights/initial/bias, /weights/first/recurrent, /weights/first/input, "
               "/weights/first/readout; in the candidate's last evaluation: "
               "/representations/last/rates, /weights/last/recurrent, /weights/last/input, "
               "/weights/last/readout";
    default:
        return NULL;
    }
}

int archive_rank(const struct archive_field *field)
{
    int rank = 0;
    while (field->dim[rank])
        rank++;
    return rank;
}

hid_t archive_memory_type(const struct archive_field *field)
{
    switch (field->type) {
    case TYPE_F64:
        return H5T_NATIVE_DOUBLE;
    case TYPE_F32:
        return H5T_NATIVE_FLOAT;
    case TYPE_I64:
        return H5T_NATIVE_INT64;
    case TYPE_I32:
        return H5T_NATIVE_INT32;
    case TYPE_U32:
        return H5T_NATIVE_UINT32;
    case TYPE_U8:
        return H5T_NATIVE_UINT8;
    case TYPE_TEXT:
        break;
    }
    hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, (size_t)field->length);
    H5Tset_strpad(text, H5T_STR_NULLPAD);
    H5Tset_cset(text, H5T_CSET_UTF8);
    return text;
}

size_t archive_type_bytes(const struct archive_field *field)
{
    static const size_t bytes[] = {[TYPE_F64] = 8, [TYPE_F32] = 4, [TYPE_I64] = 8, [TYPE_I32] = 4,
                                   [TYPE_U32] = 4, [TYPE_U8] = 1,  [TYPE_TEXT] = 0};
    return field->type == TYPE_TEXT ? (size_t)field->length : bytes[field->type];
}

double archive_field_bytes(const struct archive_field *field, const hsize_t extent[DIM_COUNT])
{
    double bytes = (double)archive_type_bytes(field);
    for (int d = 0; field->dim[d]; d++)
        bytes *= (double)extent[field->dim[d]];
    return bytes;
}

bool archive_planned(const struct archive_plan *plan, int field)
{
    if (field >= FIELD_RATES && field < FIELD_RATES + 3)
        return plan->representation[field - FIELD_RATES];
    if (field >= FIELD_WEIGHTS && field < FIELD_WEIGHTS + 3)
        return plan->weights[field - FIELD_WEIGHTS];
    if (field >= FIELD_TRAINED && field < FIELD_TRAINED + 4)
        return plan->weights[1 + (field - FIELD_TRAINED) / 2];
    if (field >= FIELD_INITIAL && field < FIELD_INITIAL + 3)
        return plan->weights[0];
    return true;
}

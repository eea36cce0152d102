/* The archive from the inside: what is committed is read back, and nothing else. */
#include <CUnit/Basic.h>
#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/archive.h"
#include "model/task.h"

/* Two sizes of network, two sets of terms; the replay record is of candidate 0. */
static const char sweep_text[] = "task: {name: association}\n"
                                 "network: {dt: 10 ms}\n"
                                 "learning: {trials: 6, warmup: 1}\n"
                                 "rule: {degree: 1, start: {r1 d1: -1}}\n"
                                 "meta: {iterations: 2, seeds: 3, held_out_seeds: 2}\n"
                                 "record: {representations: [before, last], weights: [initial, "
                                 "last], interval: 100 ms, replay: [0, 1, 2]}\n"
                                 "sweep:\n"
                                 "  parameters:\n"
                                 "    network.units: {values: [4, 6]}\n"
                                 "    rule.terms: {values: [[r1 d1], [all]]}\n";

enum { CANDIDATES = 4, TRIALS = 6, UNITS = 6, STEPS = 16, TYPES = 2 };

static const settings_check no_checks[] = {NULL};
static char folder[] = "/tmp/thetasweep-XXXXXX";
static char path[64];
static struct config config;
static struct space space;
static struct search_plan sweep;

/* Not at the end of the suite: MPI cannot be started twice. */
static void end_mpi(void)
{
    MPI_Finalize();
}

static int setup(void)
{
    int running;
    MPI_Initialized(&running);
    if (!running && MPI_Init(NULL, NULL) == MPI_SUCCESS)
        atexit(end_mpi);
    task_register();
    struct error error = {0};
    if (!mkdtemp(folder) || config_parse(&config, "sweep.yaml", sweep_text, 0, NULL, &error) ||
        search_plan_create(&sweep, &space, &config, no_checks, &error)) {
        fprintf(stderr, "%s", error.text ? error.text : folder);
        return 1;
    }
    snprintf(path, sizeof path, "%s/run.h5", folder);
    return 0;
}

static int cleanup(void)
{
    search_plan_free(&sweep);
    config_free(&config);
    return rmdir(folder);
}

static enum status create(void)
{
    const struct archive_team team = {.ranks = 1, .workers = 1, .hosts = "here x 1"};
    struct archive_plan plan;
    struct error error = {0};
    enum status status = archive_plan(&plan, &sweep, &error);
    if (!status)
        status = archive_create(path, &plan, &team, &error);
    archive_plan_free(&plan);
    if (status && status != STATUS_USAGE)
        fprintf(stderr, "%s", error.text);
    error_free(&error);
    return status;
}

/* What a worker would hand in, made up: every number tells its slot. */
static float reward[TRIALS], before[TYPES * STEPS * UNITS], after[TYPES * STEPS * UNITS];
static double weights[2 * UNITS * UNITS];
static struct lifetime lifetime = {.network = {.units = UNITS,
                                               .inputs = 2,
                                               .outputs = 1,
                                               .recurrent = weights,
                                               .input = weights,
                                               .readout = weights,
                                               .bias = weights},
                                   .reward = reward};

static struct outcome made_up(int64_t candidate, int kind, int iteration, int seed)
{
    struct outcome outcome = {.candidate = candidate,
                              .kind = kind,
                              .iteration = iteration,
                              .seed = seed,
                              .state = LIFETIME_DONE,
                              .trials_to_criterion = 3,
                              .rank = 1,
                              .seconds = 0.5};
    double number = (double)(1000 * candidate + 100 * kind + 10 * iteration + seed);
    outcome.loss = kind == JOB_SCALE ? 0 : number;
    outcome.accuracy = kind == JOB_SCALE ? 0 : 0.5;
    outcome.frozen_loss = kind == JOB_SCALE ? 0 : number + 0.25;
    outcome.frozen_accuracy = kind == JOB_SCALE ? 0 : 0.75;
    int parameters = candidate % 2 == 0 ? 1 : 4;
    for (int p = 0; p < parameters && kind != JOB_EVALUATE; p++)
        outcome.gradient[p] = number + p / 8.0;
    for (int h = 0; h < TRIALS; h++)
        reward[h] = (float)(number + h);
    for (int i = 0; i < TYPES * STEPS * UNITS; i++) {
        before[i] = (float)(i + number);
        after[i] = (float)(2 * i + number);
    }
    for (int i = 0; i < 2 * UNITS * UNITS; i++)
        weights[i] = i - number;
    return outcome;
}

static enum status commit(struct archive *archive, const struct outcome *outcome)
{
    struct job job = {.candidate = outcome->candidate,
                      .kind = outcome->kind,
                      .iteration = outcome->iteration,
                      .seed = outcome->seed};
    const struct archive_result result = {.job = &job,
                                          .outcome = outcome,
                                          .lifetime = &lifetime,
                                          .before = before,
                                          .after = after,
                                          .initial = weights};
    lifetime.rule.parameters = outcome->candidate % 2 == 0 ? 1 : 4;
    struct error error = {0};
    enum status status = archive_commit(archive, &result, &error);
    if (status)
        fprintf(stderr, "%s", error.text);
    error_free(&error);
    return status;
}

static struct archive *open_archive(void)
{
    struct archive *archive = NULL;
    struct error error = {0};
    if (archive_open(&archive, path, MPI_COMM_SELF, &space, &error))
        fprintf(stderr, "%s", error.text);
    error_free(&error);
    return archive;
}

/* Counts outcomes and those that differ from what made_up() says. */
struct tally {
    int all, wrong, kind[3];
};

static void take(void *context, const struct outcome *outcome)
{
    struct tally *tally = context;
    struct outcome wanted =
        made_up(outcome->candidate, outcome->kind, outcome->iteration, outcome->seed);
    tally->all++;
    tally->kind[outcome->kind]++;
    tally->wrong += wanted.loss != outcome->loss || wanted.accuracy != outcome->accuracy ||
                    wanted.frozen_loss != outcome->frozen_loss ||
                    wanted.frozen_accuracy != outcome->frozen_accuracy ||
                    wanted.state != outcome->state ||
                    memcmp(wanted.gradient, outcome->gradient, sizeof wanted.gradient) != 0;
    if (outcome->kind != JOB_SCALE)
        tally->wrong += wanted.trials_to_criterion != outcome->trials_to_criterion ||
                        wanted.seconds != outcome->seconds || wanted.rank != outcome->rank;
}

/* The outcomes that a reader finds; `verified` with checksums. */
static struct tally look(bool verified, int64_t *broken)
{
    struct tally tally = {0};
    struct archive *archive = NULL;
    CU_ASSERT_EQUAL_FATAL(archive_open_reader(&archive, path, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(archive_read_outcomes(archive, verified ? broken : NULL, take, &tally, NULL),
                    STATUS_OK);
    archive_close_reader(archive);
    return tally;
}

/* Every slot of the sweep. */
static int commit_all(struct archive *archive)
{
    int slots = 0;
    for (int64_t c = 0; c < CANDIDATES; c++) {
        struct outcome scale = made_up(c, JOB_SCALE, 0, 0);
        slots += commit(archive, &scale) == STATUS_OK;
        for (int i = 0; i < 2; i++) {
            for (int s = 0; s < 3; s++) {
                struct outcome train = made_up(c, JOB_TRAIN, i, s);
                slots += commit(archive, &train) == STATUS_OK;
            }
            for (int s = 0; s < 2; s++) {
                struct outcome evaluate = made_up(c, JOB_EVALUATE, i, s);
                slots += commit(archive, &evaluate) == STATUS_OK;
            }
        }
    }
    return slots;
}

static void plan_takes_the_largest_candidate(void)
{
    struct archive_plan plan;
    CU_ASSERT_EQUAL_FATAL(archive_plan(&plan, &sweep, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(plan.candidates, CANDIDATES);
    CU_ASSERT_EQUAL(plan.units, UNITS);
    CU_ASSERT_EQUAL(plan.parameters, 4);
    CU_ASSERT_STRING_EQUAL(plan.parameter[0], "r0 d0");
    CU_ASSERT_STRING_EQUAL(plan.parameter[3], "r1 d1");
    CU_ASSERT_TRUE(plan.representation[0] && !plan.representation[1] && plan.representation[2]);
    CU_ASSERT_TRUE(plan.bytes > 0);
    archive_plan_free(&plan);
}

static void planned_size_is_the_size_of_the_file(void)
{
    struct archive_plan plan;
    struct stat file;
    CU_ASSERT_EQUAL_FATAL(create(), STATUS_OK);
    CU_ASSERT_EQUAL_FATAL(archive_plan(&plan, &sweep, NULL), STATUS_OK);
    stat(path, &file);
    CU_ASSERT_TRUE(fabs(plan.bytes - (double)file.st_size) < 2e5);
    archive_plan_free(&plan);
    unlink(path);
}

static void existing_file_is_never_overwritten(void)
{
    FILE *file = fopen(path, "w");
    fputs("mine", file);
    fclose(file);
    CU_ASSERT_EQUAL(create(), STATUS_USAGE);
    char text[8] = "";
    file = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL(fgets(text, sizeof text, file));
    fclose(file);
    CU_ASSERT_STRING_EQUAL(text, "mine");
    unlink(path);
}

static void what_was_committed_is_read_back(void)
{
    int64_t broken = -1;
    CU_ASSERT_EQUAL_FATAL(create(), STATUS_OK);
    CU_ASSERT_EQUAL(look(true, &broken).all, 0);
    struct archive *archive = open_archive();
    CU_ASSERT_PTR_NOT_NULL_FATAL(archive);
    int slots = commit_all(archive);
    CU_ASSERT_EQUAL(slots, CANDIDATES * (1 + 2 * 3 + 2 * 2));
    struct tally tally = look(true, &broken); // while it is open for writing
    CU_ASSERT_EQUAL(tally.all, slots);
    CU_ASSERT_EQUAL(tally.wrong, 0);
    CU_ASSERT_EQUAL(tally.kind[JOB_TRAIN], CANDIDATES * 6);
    CU_ASSERT_EQUAL(broken, 0);
    CU_ASSERT_EQUAL(archive_close(archive, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(look(false, NULL).all, slots);
    unlink(path);
}

/* Overwrites the first `count` bytes that equal `from` in the file; false: there are none. */
static bool spoil(const void *from, const void *to, size_t count)
{
    struct stat info;
    stat(path, &info);
    FILE *file = fopen(path, "r+");
    char *bytes = malloc((size_t)info.st_size);
    size_t length = fread(bytes, 1, (size_t)info.st_size, file);
    char *found = memmem(bytes, length, from, count);
    if (found) {
        fseek(file, found - bytes, SEEK_SET);
        fwrite(to, 1, count, file);
    }
    fclose(file);
    free(bytes);
    return found != NULL;
}

static void slot_with_a_wrong_number_is_counted_and_skipped(void)
{
    int64_t broken;
    CU_ASSERT_EQUAL_FATAL(create(), STATUS_OK);
    struct archive *archive = open_archive();
    CU_ASSERT_PTR_NOT_NULL_FATAL(archive);
    int slots = commit_all(archive);
    archive_close(archive, NULL);

    struct outcome train = made_up(3, JOB_TRAIN, 1, 2);
    double other = 7;
    CU_ASSERT_TRUE(spoil(&train.gradient[2], &other, sizeof other));
    CU_ASSERT_EQUAL(look(true, &broken).all, slots - 1);
    CU_ASSERT_EQUAL(broken, 1);

    made_up(2, JOB_EVALUATE, 1, 0); // its last representation
    float *rates = after, wrong[2] = {0, 0};
    CU_ASSERT_TRUE(spoil(rates, wrong, sizeof wrong));
    CU_ASSERT_EQUAL(look(true, &broken).all, slots - 2);
    CU_ASSERT_EQUAL(broken, 2);
    CU_ASSERT_EQUAL(look(false, NULL).all, slots);
    unlink(path);
}

static void count_unknown(void *context, const struct outcome *outcome)
{
    *(int *)context += outcome->kind != JOB_SCALE && isnan(outcome->frozen_loss) &&
                       outcome->frozen_accuracy == 0.75;
}

/* Such a file was made by an earlier program, whose table had a row less. */
static void part_that_the_file_lacks_is_left_out(void)
{
    int64_t broken;
    int unknown = 0;
    CU_ASSERT_EQUAL_FATAL(create(), STATUS_OK);
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    CU_ASSERT_TRUE(H5Ldelete(file, "/lifetimes/frozen_loss", H5P_DEFAULT) >= 0);
    CU_ASSERT_TRUE(H5Ldelete(file, "/evaluations/frozen_loss", H5P_DEFAULT) >= 0);
    H5Fclose(file);
    struct archive *archive = open_archive();
    CU_ASSERT_PTR_NOT_NULL_FATAL(archive);
    int slots = commit_all(archive);
    CU_ASSERT_EQUAL(slots, CANDIDATES * (1 + 2 * 3 + 2 * 2));
    CU_ASSERT_EQUAL(archive_read_outcomes(archive, &broken, count_unknown, &unknown, NULL),
                    STATUS_OK);
    CU_ASSERT_EQUAL(unknown, slots - CANDIDATES);
    CU_ASSERT_EQUAL(broken, 0);
    archive_close(archive, NULL);
    unlink(path);
}

static void later_commit_of_the_same_slot_counts_once(void)
{
    int64_t broken;
    CU_ASSERT_EQUAL_FATAL(create(), STATUS_OK);
    struct archive *archive = open_archive();
    CU_ASSERT_PTR_NOT_NULL_FATAL(archive);
    struct outcome train = made_up(1, JOB_TRAIN, 0, 1);
    commit(archive, &train);
    commit(archive, &train);
    archive_close(archive, NULL);
    struct tally tally = look(true, &broken);
    CU_ASSERT_EQUAL(tally.all, 1);
    CU_ASSERT_EQUAL(tally.wrong, 0);
    unlink(path);
}

static void listener_writes_what_curves_read(void)
{
    double theta[4] = {1, 2, 3, 4}, out[3 * 4], loss[2];
    CU_ASSERT_EQUAL_FATAL(create(), STATUS_OK);
    struct archive *archive = open_archive();
    CU_ASSERT_PTR_NOT_NULL_FATAL(archive);
    archive_listener.theta(archive, 1, 2, theta, 4);
    archive_listener.theta(archive, 0, 2, theta, 1);
    archive_listener.iteration(archive, 1, 0, 0.25, theta, 3, 4);
    CU_ASSERT_EQUAL(archive_read_curve(archive, out, 1, ARCHIVE_THETA, NULL), STATUS_OK);
    CU_ASSERT_TRUE(isnan(out[0]) && memcmp(out + 8, theta, sizeof theta) == 0);
    CU_ASSERT_EQUAL(archive_read_curve(archive, out, 0, ARCHIVE_THETA, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(out[2], 1);
    CU_ASSERT_EQUAL(archive_read_curve(archive, loss, 1, ARCHIVE_LOSS, NULL), STATUS_OK);
    CU_ASSERT_TRUE(loss[0] == 0.25 && isnan(loss[1]));
    CU_ASSERT_STRING_EQUAL(archive_parameter(archive, 0, 0), "r1 d1");
    CU_ASSERT_EQUAL(archive_size(archive, 0, ARCHIVE_UNITS), 4);
    CU_ASSERT_EQUAL(archive_close(archive, NULL), STATUS_OK);
    unlink(path);
}

/* Whether archive_open() refuses the file, saying `word`. */
static bool refuses(const struct space *other, const char *word)
{
    struct archive *archive = NULL;
    struct error error = {0};
    enum status status = archive_open(&archive, path, MPI_COMM_SELF, other, &error);
    bool refused = status == STATUS_USAGE && error.text && strstr(error.text, word);
    if (status == STATUS_OK)
        archive_close(archive, NULL);
    error_free(&error);
    return refused;
}

static void other_configuration_is_refused(void)
{
    const char *const set[] = {"learning.rate=0.5"};
    struct config changed;
    struct space other;
    CU_ASSERT_EQUAL_FATAL(config_parse(&changed, "sweep.yaml", sweep_text, 1, set, NULL),
                          STATUS_OK);
    CU_ASSERT_EQUAL_FATAL(space_create(&other, &changed, no_checks, NULL), STATUS_OK);
    CU_ASSERT_EQUAL_FATAL(create(), STATUS_OK);
    CU_ASSERT_TRUE(refuses(&other, "another configuration"));
    CU_ASSERT_FALSE(refuses(&space, ""));
    config_free(&changed);
    unlink(path);
}

static void file_that_is_no_archive_is_refused(void)
{
    FILE *file = fopen(path, "w");
    fputs("no archive", file);
    fclose(file);
    struct archive *archive = NULL;
    struct error error = {0};
    CU_ASSERT_EQUAL(archive_open_reader(&archive, path, &error), STATUS_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "file signature not found")); // HDF5's own reason
    error_free(&error);
    unlink(path);
}

static void resolved_text_makes_the_same_candidates(void)
{
    CU_ASSERT_EQUAL_FATAL(create(), STATUS_OK);
    struct archive *archive = NULL;
    CU_ASSERT_EQUAL_FATAL(archive_open_reader(&archive, path, NULL), STATUS_OK);
    char *given = archive_read_config(archive, NULL);
    char *resolved = archive_read_resolved(archive, NULL);
    CU_ASSERT_STRING_EQUAL(given, sweep_text);
    struct config again;
    struct space other;
    CU_ASSERT_EQUAL_FATAL(config_parse_resolved(&again, "archive", resolved, NULL), STATUS_OK);
    CU_ASSERT_EQUAL_FATAL(space_create(&other, &again, no_checks, NULL), STATUS_OK);
    CU_ASSERT_EQUAL(other.candidates, CANDIDATES);
    for (int64_t c = 0; c < CANDIDATES; c++) {
        struct settings mine, theirs;
        space_settings(&space, c, &mine);
        space_settings(&other, c, &theirs);
        CU_ASSERT_EQUAL(memcmp(&mine, &theirs, sizeof mine), 0);
    }
    config_free(&again);
    free(given);
    free(resolved);
    archive_close_reader(archive);
    unlink(path);
}

void test_slots(void)
{
    CU_pSuite suite = CU_add_suite("archive", setup, cleanup);
    CU_ADD_TEST(suite, plan_takes_the_largest_candidate);
    CU_ADD_TEST(suite, planned_size_is_the_size_of_the_file);
    CU_ADD_TEST(suite, existing_file_is_never_overwritten);
    CU_ADD_TEST(suite, what_was_committed_is_read_back);
    CU_ADD_TEST(suite, slot_with_a_wrong_number_is_counted_and_skipped);
    CU_ADD_TEST(suite, part_that_the_file_lacks_is_left_out);
    CU_ADD_TEST(suite, later_commit_of_the_same_slot_counts_once);
    CU_ADD_TEST(suite, listener_writes_what_curves_read);
    CU_ADD_TEST(suite, other_configuration_is_refused);
    CU_ADD_TEST(suite, file_that_is_no_archive_is_refused);
    CU_ADD_TEST(suite, resolved_text_makes_the_same_candidates);
}

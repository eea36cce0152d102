/* A worker has a desk: the jobs that wait there, and what the coordinator has said. It listens
 * between two trials, since MPI makes no progress while it computes. After a failure or a stop it
 * stays at its desk, sends back what comes, and leaves only when it is told, so that all ranks
 * reach the collectives of the end. */

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cluster/coordinator.h"
#include "cluster/scheduler.h"
#include "cluster/worker.h"
#include "cluster/worker_checkpoint.h"
#include "search/estimator.h"
#include "search/plan.h"

/* More than a coordinator ever sends: the scheduler counts what a lost worker holds. */
enum { WAITING = 8 };

struct desk {
    const struct worker *worker;
    struct job waiting[WAITING];
    int count;
    bool stopping; /* no lifetime goes on */
    bool over;     /* leave */
    bool lost;     /* the coordinator cannot be reached */
    double spoke;  /* time of the last message to the coordinator */
    double heard;  /* and of the last one from there, of wire_attention() */
};

/* ---- one job ---- */

/* What a lifetime's observer needs. */
struct course {
    struct desk *desk;
    const struct job *job;
    bool replayed;
    bool unable; /* the lifetime could not be set up */
    enum status status;
    struct error *error;
    double saved; /* time of the last checkpoint, or of the start */
};

/* The bulk that goes to the archive with a recorded evaluation. */
struct bulk {
    float *before, *after; /* [types, steps, units] */
    double *initial;       /* as network_copy_weights() */
};

static void listen(struct desk *desk);

/* Intervals of the sign of life after which a silent rank 0 is given up: it may be busy with the
 * archive for a while. */
static const double PATIENCE = 12;

/* And a silent relay: once rank 0 has given up those behind it. */
static const double PATIENCE_RELAY = SCHEDULER_SILENCE + 1;

static bool is_stopped(const struct desk *desk)
{
    return desk->stopping || desk->over || coordinator_stopping();
}

/* Saves the lifetime if that was asked for and is due: from time to time, and when the run stops.
 */
static void save_if_due(struct course *course, const struct lifetime *lifetime, int h)
{
    double interval = 60 * lifetime->settings->record.checkpoint;
    if (interval <= 0 || h + 1 == lifetime->trials)
        return;
    if (wire_time() - course->saved < interval && !is_stopped(course->desk))
        return;
    course->status =
        worker_checkpoint_save(course->desk->worker->path, course->job, lifetime, h, course->error);
    course->saved = wire_time();
}

static bool after_trial(void *context, const struct lifetime *lifetime, int h)
{
    struct course *course = context;
    if (course->replayed)
        course->status = archive_replay_trial(course->desk->worker->archive, course->job, lifetime,
                                              h, course->error);
    listen(course->desk);
    if (course->status == STATUS_OK)
        save_if_due(course, lifetime, h);
    return course->status == STATUS_OK && !is_stopped(course->desk);
}

/* The same while the lifetime's gradient is computed backwards. */
static bool between_trials(void *context)
{
    struct course *course = context;
    listen(course->desk);
    return !is_stopped(course->desk);
}

static enum status take_bulk(struct bulk *bulk, struct archive_wants wants,
                             const struct lifetime *lifetime, struct error *error)
{
    unsigned long units = (unsigned long)lifetime->network.units;
    unsigned long steps =
        (unsigned long)(lifetime->shape.steps / search_stride(lifetime->settings));
    unsigned long rates = (unsigned long)lifetime->shape.types * steps * units;

    if (wants.before)
        bulk->before = error_calloc(error, rates, sizeof *bulk->before, "representations");
    if (wants.after)
        bulk->after = error_calloc(error, rates, sizeof *bulk->after, "representations");
    if (wants.initial)
        bulk->initial =
            error_calloc(error, (unsigned long)network_copy_weights(NULL, &lifetime->network),
                         sizeof *bulk->initial, "weights");
    bool all = (!wants.before || bulk->before != NULL) && (!wants.after || bulk->after != NULL) &&
               (!wants.initial || bulk->initial != NULL);
    return all ? STATUS_OK : STATUS_FAILED;
}

static void release_bulk(struct bulk *bulk)
{
    free(bulk->before);
    free(bulk->after);
    free(bulk->initial);
}

/* What is recorded of the untrained network. */
static enum status record_start(struct course *course, struct lifetime *lifetime, struct bulk *bulk,
                                uint64_t seed)
{
    if (bulk->before == NULL && bulk->initial == NULL && !course->replayed)
        return STATUS_OK;
    lifetime_begin(lifetime, seed, course->job->theta);
    if (bulk->initial != NULL)
        network_copy_weights(bulk->initial, &lifetime->network);
    if (bulk->before != NULL)
        lifetime_representation(bulk->before, lifetime, search_stride(lifetime->settings));
    if (!course->replayed)
        return STATUS_OK;
    return archive_replay_begin(course->desk->worker->archive, course->job, lifetime,
                                course->error);
}

/* Whether rates [count] are finite, or none are there. */
static bool are_finite(const float *rates, size_t count)
{
    for (size_t i = 0; rates != NULL && i < count; i++)
        if (!isfinite(rates[i]))
            return false;
    return true;
}

/* What is recorded of the trained network. A lifetime is done only if all that it leaves behind is
 * finite. */
static void record_end(struct lifetime *lifetime, const struct bulk *bulk)
{
    int stride = search_stride(lifetime->settings);
    size_t rates = (size_t)lifetime->shape.types * (size_t)(lifetime->shape.steps / stride) *
                   (size_t)lifetime->network.units;
    if (lifetime->state != LIFETIME_DONE)
        return;
    if (bulk->after != NULL)
        lifetime_representation(bulk->after, lifetime, stride);
    if (!are_finite(bulk->before, rates) || !are_finite(bulk->after, rates))
        lifetime_diverge(lifetime);
}

/* A gradient that nobody asked for is NAN, not 0: whoever reads the archive can tell. */
static void fill_outcome(struct outcome *outcome, const struct lifetime *lifetime)
{
    outcome->state = (int32_t)lifetime->state;
    outcome->loss = lifetime->loss;
    outcome->accuracy = lifetime->accuracy;
    outcome->trials_to_criterion = lifetime->trials_to_criterion;
    outcome->frozen_loss = lifetime->frozen_loss;
    outcome->frozen_accuracy = lifetime->frozen_accuracy;
    if (lifetime->gradient.wanted)
        memcpy(outcome->gradient, lifetime->gradient_sum,
               (size_t)lifetime->rule.parameters * sizeof *outcome->gradient);
    for (int p = 0; p < lifetime->rule.parameters && !lifetime->gradient.wanted; p++)
        outcome->gradient[p] = NAN;
}

static enum status live(struct course *course, struct lifetime *lifetime, struct bulk *bulk,
                        struct outcome *outcome, double start)
{
    uint64_t seed = search_task_seed(lifetime->settings, course->job);
    struct lifetime_observer observer = {
        .context = course, .trial = after_trial, .poll = between_trials};

    course->status = record_start(course, lifetime, bulk, seed);
    if (course->status != STATUS_OK)
        return course->status;
    course->saved = wire_time();
    bool checkpoints = lifetime->settings->record.checkpoint > 0;
    const char *path = course->desk->worker->path;
    unsigned char *saved = checkpoints ? worker_checkpoint_load(path, course->job, lifetime) : NULL;
    if (saved)
        lifetime_continue(lifetime, seed, course->job->theta, saved, &observer);
    else
        lifetime_run(lifetime, seed, course->job->theta, &observer);
    free(saved);
    if (course->status == STATUS_OK)
        record_end(lifetime, bulk);
    fill_outcome(outcome, lifetime);
    if (course->status != STATUS_OK || lifetime->state == LIFETIME_STOPPED)
        return course->status;
    outcome->seconds = wire_time() - start;
    struct archive_result result = {.job = course->job,
                                    .outcome = outcome,
                                    .lifetime = lifetime,
                                    .before = bulk->before,
                                    .after = bulk->after,
                                    .initial = bulk->initial};
    enum status status = archive_commit(course->desk->worker->archive, &result, course->error);
    // Only now: until it is committed the checkpoint is all that there is of the lifetime.
    if (checkpoints && status == STATUS_OK)
        worker_checkpoint_drop(path, course->job);
    return status;
}

static enum status run_lifetime(struct course *course, const struct settings *settings,
                                struct outcome *outcome, double start)
{
    struct lifetime lifetime;
    struct bulk bulk = {0};
    struct lifetime_gradient gradient = search_gradient(settings, course->job);
    struct archive *archive = course->desk->worker->archive;

    enum status status =
        lifetime_create(&lifetime, settings, gradient, course->replayed, course->error);
    if (status != STATUS_OK) {
        course->unable = true;
        return status;
    }
    status = take_bulk(&bulk, archive_wants(archive, course->job), &lifetime, course->error);
    course->unable = status != STATUS_OK;
    if (status == STATUS_OK)
        status = live(course, &lifetime, &bulk, outcome, start);
    release_bulk(&bulk);
    lifetime_free(&lifetime);
    return status;
}

static enum status measure_scale(struct course *course, const struct settings *settings,
                                 struct outcome *outcome, double start)
{
    struct lifetime lifetime;
    enum status status =
        lifetime_create(&lifetime, settings, (struct lifetime_gradient){0}, false, course->error);
    course->unable = status != STATUS_OK;
    if (status != STATUS_OK)
        return status;
    lifetime_scale(outcome->gradient, &lifetime, search_task_seed(settings, course->job));
    lifetime_free(&lifetime);
    outcome->state = LIFETIME_DONE;
    outcome->seconds = wire_time() - start;
    struct archive_result result = {.job = course->job, .outcome = outcome};
    return archive_commit(course->desk->worker->archive, &result, course->error);
}

/* The result of a lifetime that cannot be run, like that of any other; error says why. */
static enum status give_up(struct course *course, struct outcome *outcome, struct error *error)
{
    const struct job *job = course->job;
    static const char *const kinds[JOB_KINDS] = {"scale", "iteration", "evaluation",
                                                 "test of rule"};
    outcome->state = LIFETIME_FAILED;
    outcome->loss = outcome->accuracy = outcome->frozen_loss = outcome->frozen_accuracy = NAN;
    outcome->trials_to_criterion = -1;
    for (int p = 0; p < job->parameters; p++)
        outcome->gradient[p] = job->kind == JOB_SCALE ? 1 : NAN;
    error_add(error, STATUS_OK, "candidate %lld, %s %d, seed %d, rank %d: %.*s",
              (long long)job->candidate, kinds[job->kind], job->iteration, job->seed, outcome->rank,
              (int)strcspn(course->error->text, "\n"), course->error->text);
    struct archive_result result = {.job = job, .outcome = outcome};
    return archive_commit(course->desk->worker->archive, &result, error);
}

static enum status try_job(struct course *course, struct outcome *outcome)
{
    double start = wire_time();
    struct settings settings;
    const struct job *job = course->job;
    space_settings(course->desk->worker->space, job->candidate, &settings);
    *outcome = (struct outcome){.candidate = job->candidate,
                                .kind = job->kind,
                                .iteration = job->iteration,
                                .seed = job->seed,
                                .rank = wire_rank(course->desk->worker->wire)};
    if (job->kind == JOB_SCALE)
        return measure_scale(course, &settings, outcome, start);
    return run_lifetime(course, &settings, outcome, start);
}

static enum status run_job(struct desk *desk, const struct job *job, struct outcome *outcome,
                           struct error *error)
{
    struct error why = {0};
    const struct sweep *sweep = &desk->worker->space->config->sweep;
    if (sweep->point)
        sweep_place(sweep, sweep_sample(sweep, job->candidate), job->point);
    struct course course = {
        .desk = desk,
        .job = job,
        .replayed = job->kind == JOB_TRAIN && archive_replays(desk->worker->archive, job),
        .error = &why,
    };
    enum status status = try_job(&course, outcome);
    if (course.unable) { /* others on this node may have ended meanwhile */
        error_free(&why);
        listen(desk);
        nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
        status = try_job(&course, outcome);
    }
    if (course.unable)
        status = give_up(&course, outcome, error);
    else if (status != STATUS_OK)
        error_add(error, status, "%.*s", (int)strcspn(why.text, "\n"), why.text);
    error_free(&why);
    return status;
}

enum status worker_run_job(void *context, const struct job *job, struct outcome *outcome,
                           struct error *error)
{
    struct desk desk = {.worker = context};
    return run_job(&desk, job, outcome, error);
}

/* ---- the desk ---- */

static void speak(struct desk *desk, const struct wire_message *message)
{
    if (wire_send(desk->worker->wire, 0, message) != STATUS_OK)
        desk->lost = desk->over = true;
    desk->spoke = wire_time();
}

static void say_alive(struct desk *desk)
{
    speak(desk, &(struct wire_message){.kind = WIRE_ALIVE});
}

/* Jobs that are not begun go back as stopped: the coordinator waits for all that it handed out. */
static void send_back(struct desk *desk, const struct job *job)
{
    struct wire_message message = {.kind = WIRE_OUTCOME,
                                   .body.outcome = {.candidate = job->candidate,
                                                    .kind = job->kind,
                                                    .iteration = job->iteration,
                                                    .seed = job->seed,
                                                    .state = LIFETIME_STOPPED}};
    speak(desk, &message);
}

/* Takes what the coordinator says and gives a sign of life if one is due; nothing when alone. */
static void listen(struct desk *desk)
{
    struct wire *wire = desk->worker->wire;
    struct wire_message message;
    double interval = desk->worker->sign_of_life;

    if (wire_ranks(wire) == 1)
        return;
    interval = interval > 0 ? interval : COORDINATOR_SIGN_OF_LIFE;
    while (wire_receive(wire, &message)) {
        if (message.rank == 0)
            desk->heard = wire_attention(wire);
        if (message.kind == WIRE_JOB) {
            assert(desk->count < WAITING);
            desk->waiting[desk->count++] = message.body.job;
        }
        desk->stopping = desk->stopping || message.kind == WIRE_STOP;
        desk->over = desk->over || message.kind == WIRE_END || message.kind == WIRE_BROKEN;
        if (message.kind == WIRE_BROKEN)
            wire_break(wire, false);
    }
    if (wire_attention(wire) - desk->heard > PATIENCE * interval)
        desk->lost = desk->over = true;
    /* Twice as often as expected: a trial may take its time. */
    if (wire_time() - desk->spoke > interval / 2) {
        say_alive(desk);
        wire_keep_group(wire, PATIENCE_RELAY * interval);
    }
}

/* The first line of `error` to the coordinator. */
static void send_text(struct desk *desk, int kind, const struct error *error)
{
    struct wire_message message = {.kind = kind};
    const char *text = error->text != NULL ? error->text : "failed";
    size_t length = strcspn(text, "\n");
    if (length >= WIRE_TEXT)
        length = WIRE_TEXT - 1;
    memcpy(message.body.text, text, length);
    speak(desk, &message);
}

static struct job take_first(struct desk *desk)
{
    struct job job = desk->waiting[0];
    desk->count--;
    memmove(desk->waiting, desk->waiting + 1, (size_t)desk->count * sizeof *desk->waiting);
    return job;
}

/* Runs the first job that waits, or sends it back. */
static enum status serve(struct desk *desk)
{
    struct job job = take_first(desk);
    struct error error = {0};
    struct wire_message message = {.kind = WIRE_OUTCOME};
    if (is_stopped(desk)) {
        send_back(desk, &job);
        return STATUS_OK;
    }
    enum status status = run_job(desk, &job, &message.body.outcome, &error);
    if (status != STATUS_OK) { /* the coordinator prints the text; this rank only stops */
        send_text(desk, WIRE_FAILURE, &error);
        send_back(desk, &job);
        desk->stopping = true;
    } else {
        if (message.body.outcome.state == LIFETIME_FAILED)
            send_text(desk, WIRE_NOTE, &error);
        speak(desk, &message);
    }
    error_free(&error);
    return status;
}

enum status worker_run(const struct worker *worker, struct error *error)
{
    struct desk desk = {.worker = worker, .heard = wire_attention(worker->wire)};
    enum status status = STATUS_OK;

    say_alive(&desk);
    for (;;) {
        listen(&desk);
        if (desk.over)
            break;
        if (desk.count == 0)
            wire_rest(worker->wire);
        else if (serve(&desk) != STATUS_OK)
            status = STATUS_FAILED;
    }
    if (!desk.lost)
        return status;
    wire_break(worker->wire, true);
    return error_add(error, STATUS_FAILED, "the coordinator cannot be reached");
}

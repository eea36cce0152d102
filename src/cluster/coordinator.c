/* One loop: take all messages, then look at the clock, then act on the scheduler's decisions. It
 * rests only when a whole turn brought nothing. Worker w of the scheduler is rank
 * wire_worker_rank(w). */

#include <math.h>
#include <signal.h>

#include "cluster/coordinator.h"
#include "cluster/scheduler.h"

/* Intervals of the sign of life without any live worker after which the run is given up: far
 * more than those after which one is lost, since all may be silent for a while, on a file system
 * that hangs. */
static const double HOPELESS = 20;

static volatile sig_atomic_t stop_asked, pause_asked;

struct loop {
    const struct coordinator *coordinator;
    struct scheduler *scheduler; /* NULL: alone */
    struct error *error;
    double interval;
    double start, reported, ticked, live; /* times: begin, last progress, last tick, last worker */
    double cost_before;                   /* done before this run began */
    int64_t done_before;                  /* lifetimes */
    double missed;                        /* seconds that this process was absent, so far */
    double pause;                         /* nothing is handed out before this time */
    struct scheduler_limit limit;
    bool told; /* the workers were told to stop */
    bool failed;
    bool relay_lost;
};

void coordinator_stop(void)
{
    stop_asked = 1;
}

void coordinator_pause(void)
{
    pause_asked = 1;
}

bool coordinator_stopping(void)
{
    return stop_asked != 0;
}

static void report(struct loop *loop, bool last)
{
    const struct coordinator *coordinator = loop->coordinator;
    double now = wire_time();
    if (coordinator->progress == NULL || (!last && now - loop->reported < COORDINATOR_PROGRESS))
        return;
    loop->reported = now;
    struct coordinator_progress progress = {.search = search_progress(coordinator->search),
                                            .best = search_best(coordinator->search),
                                            .elapsed = now - loop->start,
                                            .left = NAN,
                                            .workers = 1,
                                            .stopping = coordinator_stopping(),
                                            .last = last};
    double cost = progress.search.cost_done - loop->cost_before;
    progress.rate = (double)(progress.search.lifetimes_done - loop->done_before) / progress.elapsed;
    if (cost > 0)
        progress.left =
            (progress.search.cost - progress.search.cost_done) / cost * progress.elapsed;
    if (loop->scheduler != NULL) {
        progress.workers = scheduler_workers(loop->scheduler);
        progress.lost = scheduler_lost(loop->scheduler);
    }
    coordinator->progress(coordinator->context, &progress);
}

static enum status conclude(struct loop *loop)
{
    const struct search *search = loop->coordinator->search;
    report(loop, true);
    if (search_broken(search))
        return error_add(loop->error, STATUS_FAILED, "out of memory: outer loops");
    if (loop->failed)
        return STATUS_FAILED;
    return search_finished(search) ? STATUS_OK : STATUS_INTERRUPTED;
}

static void note(struct loop *loop, const char *text)
{
    if (loop->coordinator->note != NULL)
        loop->coordinator->note(loop->coordinator->context, text);
}

/* ---- alone ---- */

static enum status run_alone(struct loop *loop)
{
    const struct coordinator *coordinator = loop->coordinator;
    struct job job;
    while (!coordinator_stopping() && search_next(coordinator->search, &job)) {
        struct outcome outcome;
        struct error error = {0};
        if (scheduler_limit_forbids(&loop->limit, job.kind, wire_time()))
            break;
        enum status status = coordinator->run(coordinator->worker, &job, &outcome, &error);
        if (status != STATUS_OK) {
            error_add(loop->error, status, "%s", error.text != NULL ? error.text : "failed");
            loop->failed = true;
        } else if (outcome.state != LIFETIME_STOPPED) {
            if (outcome.state == LIFETIME_FAILED)
                note(loop, error.text);
            scheduler_limit_learn(&loop->limit, &outcome);
            search_take(coordinator->search, &outcome);
        }
        error_free(&error);
        if (loop->failed)
            break;
        report(loop, false);
    }
    return conclude(loop);
}

/* ---- with workers ---- */

static void tell_all(struct wire *wire, struct scheduler *scheduler, int kind)
{
    struct wire_message message = {.kind = kind};
    for (int rank = wire_ranks(wire) - 1; rank > 0; rank--) { // a relay after those behind it
        int worker = wire_worker(wire, rank);
        if (wire_send(wire, rank, &message) != STATUS_OK && scheduler != NULL && worker >= 0)
            scheduler_lose(scheduler, worker);
    }
}

/* A lost worker is told nothing until it speaks again. What it does not take stays in MPI's memory, and
 * after some hundred signs of life there is no room left for messages to the others. */
static void say_alive(struct wire *wire, const struct scheduler *scheduler, double sign_of_life)
{
    static double spoke;
    const struct wire_message alive = {.kind = WIRE_ALIVE};
    double interval = sign_of_life > 0 ? sign_of_life : COORDINATOR_SIGN_OF_LIFE;
    if (wire_time() - spoke < interval)
        return;
    spoke = wire_time();
    for (int rank = 1; rank < wire_ranks(wire); rank++)
        if (scheduler == NULL || !scheduler_has_lost(scheduler, rank - 1))
            wire_send(wire, rank, &alive);
}

void coordinator_speak(struct wire *wire, double sign_of_life)
{
    say_alive(wire, NULL, sign_of_life);
}

static void take_message(struct loop *loop, const struct wire_message *message)
{
    int worker = wire_worker(loop->coordinator->wire, message->rank);
    double now = wire_attention(loop->coordinator->wire);
    if (worker < 0) // a relay's sign of life: those behind it speak for it
        return;
    switch (message->kind) {
    case WIRE_OUTCOME:
        /* A signal may reach a worker first: it speaks for all. */
        if (message->body.outcome.state == LIFETIME_STOPPED)
            coordinator_stop();
        else
            scheduler_limit_learn(&loop->limit, &message->body.outcome);
        scheduler_outcome(loop->scheduler, worker, &message->body.outcome, now);
        break;
    case WIRE_FAILURE:
        error_add(loop->error, STATUS_FAILED, "rank %d: %s", message->rank, message->body.text);
        loop->failed = true;
        coordinator_stop();
        scheduler_alive(loop->scheduler, worker, now);
        break;
    case WIRE_DETACHED:
        loop->relay_lost = true;
        scheduler_forget(loop->scheduler, worker);
        scheduler_alive(loop->scheduler, worker, now);
        break;
    case WIRE_NOTE:
        note(loop, message->body.text);
        break;
    default:
        scheduler_alive(loop->scheduler, worker, now);
    }
}

/* All of them before anything is decided: a sign of life that waits in the queue must not be
 * missed by the tick that looks for silence. */
static bool take_messages(struct loop *loop)
{
    struct wire_message message;
    bool any = false;
    while (wire_receive(loop->coordinator->wire, &message)) {
        take_message(loop, &message);
        any = true;
    }
    return any;
}

static bool act(struct loop *loop)
{
    struct scheduler_decision decision;
    bool any = false;
    // One look at the clock a decision, since sending may take its time.
    while (wire_time() >= loop->pause && scheduler_next(loop->scheduler, &decision)) {
        any = true;
        if (decision.kind != DECISION_SEND)
            continue;
        if (scheduler_limit_forbids(&loop->limit, decision.job.kind, wire_time())) {
            scheduler_keep_back(loop->scheduler, &decision,
                                wire_attention(loop->coordinator->wire));
            continue;
        }
        struct wire_message message = {.kind = WIRE_JOB, .body.job = decision.job};
        if (wire_send(loop->coordinator->wire,
                      wire_worker_rank(loop->coordinator->wire, decision.worker),
                      &message) != STATUS_OK)
            scheduler_lose(loop->scheduler, decision.worker);
    }
    return any;
}

/* A launcher that is about to end its ranks announces it by SIGCONT, a second before SIGTERM. But
 * SIGCONT also ends a suspension: then this process has missed some time. */
static void heed_signals(struct loop *loop)
{
    double now = wire_time(), missed = now - wire_attention(loop->coordinator->wire);
    if (pause_asked && missed - loop->missed < 0.5 * WIRE_ABSENCE)
        loop->pause = now + COORDINATOR_PAUSE;
    pause_asked = 0;
    loop->missed = missed;
    if (loop->limit.deadline > 0 && now > loop->limit.deadline)
        coordinator_stop();
    if (!coordinator_stopping() || loop->told)
        return;
    scheduler_stop(loop->scheduler);
    tell_all(loop->coordinator->wire, loop->scheduler, WIRE_STOP);
    loop->told = true;
}

static void look_at_clock(struct loop *loop)
{
    double now = wire_attention(loop->coordinator->wire);
    say_alive(loop->coordinator->wire, loop->scheduler, loop->interval);
    if (scheduler_workers(loop->scheduler) > 0)
        loop->live = now;
    if (now - loop->ticked < loop->interval / 4)
        return;
    loop->ticked = now;
    scheduler_tick(loop->scheduler, now);
    if (now - loop->live > HOPELESS * loop->interval) {
        error_add(loop->error, STATUS_FAILED, "no worker has given a sign of life for %.0f s",
                  now - loop->live);
        loop->failed = true;
    }
}

static enum status run_with_workers(struct loop *loop)
{
    struct wire *wire = loop->coordinator->wire;
    while (!scheduler_finished(loop->scheduler) && !search_broken(loop->coordinator->search)) {
        bool any = take_messages(loop);
        look_at_clock(loop);
        heed_signals(loop);
        any = act(loop) || any;
        report(loop, false);
        if (loop->failed && scheduler_workers(loop->scheduler) == 0)
            break;
        if (!any)
            wire_rest(wire);
    }
    return conclude(loop);
}

enum status coordinator_run(const struct coordinator *coordinator, struct error *error)
{
    struct wire *wire = coordinator->wire;
    double interval = coordinator->sign_of_life, now = wire_time();
    double attention = wire_attention(wire);
    struct loop loop = {.coordinator = coordinator,
                        .error = error,
                        .interval = interval > 0 ? interval : COORDINATOR_SIGN_OF_LIFE,
                        .start = now,
                        .reported = now,
                        .missed = now - attention,
                        .ticked = attention,
                        .live = attention,
                        .limit.deadline = coordinator->deadline};
    enum status status = STATUS_FAILED;

    if (coordinator->search != NULL) {
        struct search_progress before = search_progress(coordinator->search);
        loop.cost_before = before.cost_done;
        loop.done_before = before.lifetimes_done;
        if (wire_ranks(wire) == 1)
            return run_alone(&loop);
        loop.scheduler =
            scheduler_create(coordinator->search, wire_workers(wire), loop.interval, error);
    }
    if (loop.scheduler != NULL)
        status = run_with_workers(&loop);
    // With a rank lost no collective can end: the others are told to leave without one.
    if (loop.scheduler != NULL && (loop.relay_lost || scheduler_lost(loop.scheduler) > 0))
        wire_break(wire, false);
    tell_all(wire, loop.scheduler, wire_broken(wire) ? WIRE_BROKEN : WIRE_END);
    scheduler_free(loop.scheduler);
    return status;
}

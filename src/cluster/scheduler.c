/* Each worker has a seat. Live workers that could take a job stand in a list by the number of jobs
 * that they hold: who holds none is served first, so nobody is idle while a job waits. A second job
 * is sent ahead, to hide the way there and back, only while more jobs wait than there are workers:
 * at the end of a sweep a job that waits behind another would be late.
 *
 * A lost worker keeps its jobs on its seat, marked as returned: should it come back, its outcomes
 * are as good as any, and until then it is not given more. */

#include <math.h>
#include <stdlib.h>

#include "cluster/scheduler.h"

enum seat_state { SEAT_EMPTY, SEAT_LIVE, SEAT_LOST };

/* Lists of seats; the first ones by the number of jobs held. */
enum { LIST_LOST = SCHEDULER_HOLDS, /* not announced yet */ LISTS, NOWHERE = -1 };

struct held {
    int64_t candidate;
    int32_t kind, iteration, seed;
    bool returned; /* to the search */
};

struct seat {
    double heard; /* time of the last sign of life; below 0: never */
    int state;    /* enum seat_state */
    int holds;
    struct held held[SCHEDULER_HOLDS];
    int list, before, after; /* neighbours in the list; NOWHERE: none */
};

struct scheduler {
    struct search *search;
    struct seat *seat;
    int seats, live, lost;
    int holding; /* live seats that hold a job */
    int first[LISTS];
    double interval;
    bool stopping;
};

/* ---- lists ---- */

static void leave_list(struct scheduler *scheduler, int worker)
{
    struct seat *seat = &scheduler->seat[worker];
    if (seat->list == NOWHERE)
        return;
    if (seat->before != NOWHERE)
        scheduler->seat[seat->before].after = seat->after;
    else
        scheduler->first[seat->list] = seat->after;
    if (seat->after != NOWHERE)
        scheduler->seat[seat->after].before = seat->before;
    seat->list = NOWHERE;
}

static void enter_list(struct scheduler *scheduler, int worker, int list)
{
    struct seat *seat = &scheduler->seat[worker];
    leave_list(scheduler, worker);
    seat->list = list;
    seat->before = NOWHERE;
    seat->after = scheduler->first[list];
    if (seat->after != NOWHERE)
        scheduler->seat[seat->after].before = worker;
    scheduler->first[list] = worker;
}

/* Sets how many jobs a live worker holds, and its list with it. */
static void set_holds(struct scheduler *scheduler, int worker, int holds)
{
    struct seat *seat = &scheduler->seat[worker];
    scheduler->holding += (holds > 0) - (seat->holds > 0);
    seat->holds = holds;
    if (holds < SCHEDULER_HOLDS)
        enter_list(scheduler, worker, holds);
    else
        leave_list(scheduler, worker);
}

/* ---- life and death ---- */

struct scheduler *scheduler_create(struct search *search, int workers, double interval,
                                   struct error *error)
{
    struct scheduler *scheduler = error_calloc(error, 1, sizeof *scheduler, "the scheduler");
    if (scheduler == NULL)
        return NULL;
    scheduler->seat =
        error_calloc(error, (unsigned long)workers, sizeof *scheduler->seat, "workers' seats");
    if (scheduler->seat == NULL) {
        free(scheduler);
        return NULL;
    }
    scheduler->search = search;
    scheduler->seats = workers;
    scheduler->interval = interval;
    for (int i = 0; i < LISTS; i++)
        scheduler->first[i] = NOWHERE;
    for (int w = 0; w < workers; w++) {
        scheduler->seat[w].heard = -1;
        scheduler->seat[w].list = NOWHERE;
    }
    return scheduler;
}

void scheduler_free(struct scheduler *scheduler)
{
    if (scheduler == NULL)
        return;
    free(scheduler->seat);
    free(scheduler);
}

void scheduler_alive(struct scheduler *scheduler, int worker, double time)
{
    struct seat *seat = &scheduler->seat[worker];
    seat->heard = time;
    if (seat->state == SEAT_LIVE)
        return;
    if (seat->state == SEAT_LOST)
        scheduler->lost--;
    seat->state = SEAT_LIVE;
    scheduler->live++;
    int holds = seat->holds;
    seat->holds = 0;
    set_holds(scheduler, worker, holds);
}

/* Gives a job back to the search, once. */
static void give_back(struct scheduler *scheduler, struct held *held)
{
    if (held->returned)
        return;
    held->returned = true;
    struct job job = {.candidate = held->candidate,
                      .kind = held->kind,
                      .iteration = held->iteration,
                      .seed = held->seed};
    search_return(scheduler->search, &job);
}

void scheduler_lose(struct scheduler *scheduler, int worker)
{
    struct seat *seat = &scheduler->seat[worker];
    if (seat->state == SEAT_LOST)
        return;
    if (seat->state == SEAT_LIVE) {
        scheduler->live--;
        scheduler->holding -= seat->holds > 0;
    }
    seat->state = SEAT_LOST;
    scheduler->lost++;
    for (int i = 0; i < seat->holds; i++)
        give_back(scheduler, &seat->held[i]);
    enter_list(scheduler, worker, LIST_LOST);
}

void scheduler_forget(struct scheduler *scheduler, int worker)
{
    struct seat *seat = &scheduler->seat[worker];
    for (int i = 0; i < seat->holds; i++)
        give_back(scheduler, &seat->held[i]);
    if (seat->state == SEAT_LIVE)
        set_holds(scheduler, worker, 0);
    seat->holds = 0;
}

void scheduler_tick(struct scheduler *scheduler, double time)
{
    for (int w = 0; w < scheduler->seats; w++) {
        struct seat *seat = &scheduler->seat[w];
        if (seat->heard < 0) // from the first tick on: it may still be starting
            seat->heard = time;
        else if (time - seat->heard > SCHEDULER_SILENCE * scheduler->interval)
            scheduler_lose(scheduler, w);
    }
}

void scheduler_stop(struct scheduler *scheduler)
{
    scheduler->stopping = true;
}

/* ---- jobs ---- */

/* The place on the seat of the job that `outcome` is of, or -1. */
static int find_held(const struct seat *seat, const struct outcome *outcome)
{
    for (int i = 0; i < seat->holds; i++) {
        const struct held *held = &seat->held[i];
        if (held->candidate == outcome->candidate && held->kind == outcome->kind &&
            held->iteration == outcome->iteration && held->seed == outcome->seed)
            return i;
    }
    return -1;
}

/* An outcome is taken whoever sends it, also of a worker that was given up: its record is in the
 * archive, and equal to what another would send. */
bool scheduler_outcome(struct scheduler *scheduler, int worker, const struct outcome *outcome,
                       double time)
{
    struct seat *seat = &scheduler->seat[worker];
    scheduler_alive(scheduler, worker, time);
    int place = find_held(seat, outcome);
    if (place >= 0) {
        if (outcome->state == LIFETIME_STOPPED)
            give_back(scheduler, &seat->held[place]);
        seat->held[place] = seat->held[seat->holds - 1]; // their order means nothing
        set_holds(scheduler, worker, seat->holds - 1);
    }
    return search_take(scheduler->search, outcome);
}

void scheduler_keep_back(struct scheduler *scheduler, const struct scheduler_decision *decision,
                         double time)
{
    const struct outcome stopped = {.candidate = decision->job.candidate,
                                    .kind = decision->job.kind,
                                    .iteration = decision->job.iteration,
                                    .seed = decision->job.seed,
                                    .state = LIFETIME_STOPPED};
    scheduler_outcome(scheduler, decision->worker, &stopped, time);
    scheduler_stop(scheduler);
}

static bool send_to(struct scheduler *scheduler, struct scheduler_decision *decision, int worker)
{
    struct job *job = &decision->job;
    if (worker == NOWHERE || !search_next(scheduler->search, job))
        return false;
    struct seat *seat = &scheduler->seat[worker];
    seat->held[seat->holds] = (struct held){.candidate = job->candidate,
                                            .kind = job->kind,
                                            .iteration = job->iteration,
                                            .seed = job->seed};
    set_holds(scheduler, worker, seat->holds + 1);
    decision->kind = DECISION_SEND;
    decision->worker = worker;
    return true;
}

bool scheduler_next(struct scheduler *scheduler, struct scheduler_decision *decision)
{
    int lost = scheduler->first[LIST_LOST];
    if (lost != NOWHERE) {
        leave_list(scheduler, lost);
        decision->kind = DECISION_LOST;
        decision->worker = lost;
        return true;
    }
    if (scheduler->stopping)
        return false;
    if (send_to(scheduler, decision, scheduler->first[0]))
        return true;
    // Ahead only while there is at least one for every worker: see the head of this file.
    for (int holds = 1; holds < SCHEDULER_HOLDS; holds++)
        if (search_waiting(scheduler->search) >= scheduler->live &&
            send_to(scheduler, decision, scheduler->first[holds]))
            return true;
    return false;
}

bool scheduler_finished(const struct scheduler *scheduler)
{
    return search_finished(scheduler->search) || (scheduler->stopping && scheduler->holding == 0);
}

int scheduler_workers(const struct scheduler *scheduler)
{
    return scheduler->live;
}

int scheduler_lost(const struct scheduler *scheduler)
{
    return scheduler->lost;
}

bool scheduler_has_lost(const struct scheduler *scheduler, int worker)
{
    return scheduler->seat[worker].state == SEAT_LOST;
}

/* ---- the end of time ---- */

void scheduler_limit_learn(struct scheduler_limit *limit, const struct outcome *outcome)
{
    limit->longest[outcome->kind] = fmax(limit->longest[outcome->kind], outcome->seconds);
}

bool scheduler_limit_forbids(const struct scheduler_limit *limit, int kind, double time)
{
    return limit->deadline > 0 && time + limit->longest[kind] > limit->deadline;
}

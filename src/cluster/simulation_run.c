/* Rank 0 does what coordinator.c does, turn by turn, and every message takes its time. What can happen
 * next is that it hears of a worker: one place in the heap for each worker, by the time at which its
 * next message is there. */
#include "cluster/simulation.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "cluster/simulation_desk.h"

static const double HOPELESS = 20; /* signs of life, after which messages never come to an end */

double simulation_draw(const struct job *job, double mean, double spread, uint64_t seed)
{
    uint64_t word[4];
    if (job->kind == JOB_SCALE)
        return 0;
    if (!(spread > 1))
        return mean;
    random_words(word, random_key(seed, (uint64_t)job->candidate, RANDOM_SIMULATION),
                 (uint64_t)job->kind << 32 | (uint32_t)job->iteration, (uint64_t)job->seed, 0);
    double part = ((double)(word[0] >> 12) + 0.5) / 4503599627370496.0; // 2^52
    return mean * log(spread) / (spread - 1) * pow(spread, part);
}

/* ---- the books ---- */

static void count_useful(struct world *world, double start, double end)
{
    while (end > SIMULATION_BINS * world->width) {
        for (int b = 0; b < SIMULATION_BINS; b++)
            world->bin[b] = 2 * b < SIMULATION_BINS ? world->bin[2 * b] + world->bin[2 * b + 1] : 0;
        world->width *= 2;
    }
    world->result->useful += end - start;
    for (int b = (int)(start / world->width); b < SIMULATION_BINS && b * world->width < end; b++)
        world->bin[b] += fmin(end, (b + 1) * world->width) - fmax(start, b * world->width);
}

/* ---- rank 0 ---- */

static void serve(struct world *world, int64_t messages)
{
    double seconds = (double)messages * world->model->service;
    world->now += seconds;
    world->result->busy += seconds;
    world->result->messages += messages;
    world->traffic = world->now;
}

static struct outcome outcome_of(const struct stint *stint)
{
    struct outcome outcome = {.candidate = stint->candidate,
                              .kind = stint->kind,
                              .iteration = stint->iteration,
                              .seed = stint->seed,
                              .state = stint->stopped ? LIFETIME_STOPPED : LIFETIME_DONE,
                              .loss = 1,
                              .accuracy = 1,
                              .frozen_loss = 1,
                              .frozen_accuracy = 1,
                              .seconds = stint->end - stint->start};
    for (int p = 0; p < stint->parameters; p++)
        outcome.gradient[p] = 1;
    return outcome;
}

/* The worker's first job has ended. */
static void take_outcome(struct world *world, struct desk *desk)
{
    const struct stint stint = simulation_desk_take(world, desk);
    const struct outcome outcome = outcome_of(&stint);
    desk->seen = world->now;
    if (!stint.stopped)
        scheduler_limit_learn(&world->limit, &outcome);
    if (scheduler_outcome(world->scheduler, (int)(desk - world->desk), &outcome, world->now))
        count_useful(world, stint.start, stint.end);
    else
        world->result->lost += stint.end - stint.start;
}

/* A message of the worker is there, and rank 0 takes it. */
static bool hear(struct world *world, struct desk *desk)
{
    double there = simulation_desk_arrival(desk), latency = world->model->latency;
    bool ended = desk->count > 0 && desk->stint[0].end + latency <= there;
    world->result->delay = fmax(world->result->delay, world->now - there);
    simulation_desk_disarm(world, desk);
    serve(world, 1);
    desk->spoke = there - latency;
    if (ended)
        take_outcome(world, desk);
    else
        scheduler_alive(world->scheduler, (int)(desk - world->desk), world->now);
    if (isinf(desk->seen))
        desk->seen = world->now;
    return simulation_desk_arm(world, desk);
}

/* Of the worker that rank 0 hears first; NULL: of none. */
static struct desk *first_desk(const struct world *world)
{
    return world->heap.count > 0 ? (struct desk *)world->heap.node[0] : NULL;
}

static enum status take_messages(struct world *world, bool *any)
{
    const double hopeless = HOPELESS * fmax(world->model->sign_of_life, 1);
    struct desk *desk;
    while ((desk = first_desk(world)) != NULL) {
        simulation_desk_fail(world, fmin(simulation_desk_arrival(desk), world->now));
        desk = first_desk(world);
        world->result->overloaded = world->now - world->turn > hopeless;
        if (!desk || simulation_desk_arrival(desk) > world->now || world->result->overloaded)
            break;
        *any = true;
        if (!hear(world, desk))
            return STATUS_FAILED;
    }
    return STATUS_OK;
}

static bool stop(struct world *world)
{
    bool good = true;
    world->told = true;
    scheduler_stop(world->scheduler);
    for (int w = 0; w < world->workers; w++) {
        serve(world, 1);
        good &= simulation_desk_stop(world, &world->desk[w], world->now + world->model->latency);
    }
    return good;
}

static enum status look_at_clock(struct world *world)
{
    const struct simulation *model = world->model;
    double interval = model->sign_of_life;
    if (interval > 0 && world->now >= world->speaks) {
        world->speaks = world->now + interval;
        serve(world, world->workers);
    }
    if (interval > 0 && world->now >= world->ticks) {
        world->ticks = world->now + interval / 4;
        world->now += model->look * world->workers;
        world->result->busy += model->look * world->workers;
        scheduler_tick(world->scheduler, world->now);
    }
    if (model->deadline > 0 && world->now >= model->deadline && !world->told && !stop(world))
        return STATUS_FAILED;
    return STATUS_OK;
}

static enum status act(struct world *world, bool *any)
{
    struct scheduler_decision decision;
    simulation_desk_fail(world, world->now);
    while (scheduler_next(world->scheduler, &decision)) {
        *any = true;
        if (decision.kind != DECISION_SEND)
            continue;
        if (scheduler_limit_forbids(&world->limit, decision.job.kind, world->now)) {
            scheduler_keep_back(world->scheduler, &decision, world->now);
            continue;
        }
        serve(world, 1);
        if (!simulation_desk_give(world, &world->desk[decision.worker], &decision.job))
            return STATUS_FAILED;
    }
    return STATUS_OK;
}

/* Until something comes or is due; false: nothing ever will. */
static bool rest(struct world *world)
{
    const struct simulation *model = world->model;
    const struct desk *first = first_desk(world);
    double next =
        first ? simulation_desk_notice(world, world->traffic, simulation_desk_arrival(first))
              : INFINITY;
    if (!first)
        return false;
    if (model->sign_of_life > 0)
        next = fmin(next, fmin(world->speaks, world->ticks));
    if (model->deadline > 0 && !world->told)
        next = fmin(next, model->deadline);
    world->now = fmax(world->now, next);
    return true;
}

static enum status run(struct world *world)
{
    enum status status = STATUS_OK;
    while (!status && !scheduler_finished(world->scheduler) && !search_broken(world->search) &&
           !world->result->overloaded) {
        bool any = false;
        world->turn = world->now;
        status = take_messages(world, &any);
        if (!status)
            status = look_at_clock(world);
        if (!status)
            status = act(world, &any);
        if (world->holding == world->living)
            world->full = world->now;
        if (!any && !rest(world))
            break;
    }
    return status;
}

/* ---- begin and end ---- */

static enum status open_world(struct world *world, struct error *error)
{
    world->workers = world->living = world->model->ranks - 1;
    world->width = 1e-6;
    world->ticks = world->model->sign_of_life / 4;
    world->failure = INFINITY;
    world->limit.deadline = world->model->deadline;
    world->scheduler =
        scheduler_create(world->search, world->workers, world->model->sign_of_life, error);
    world->desk =
        error_calloc(error, (unsigned long)world->workers, sizeof *world->desk, "desks of workers");
    if (world->scheduler == NULL || world->desk == NULL)
        return STATUS_FAILED;
    simulation_desk_plan_failure(world);
    for (int w = 0; w < world->workers; w++) {
        struct desk *desk = &world->desk[w];
        desk->next = (struct search_node){.candidate = w, .place = -1};
        desk->seen = desk->died = INFINITY;
        desk->next.priority = -world->model->latency; // it says that it is there
        if (!search_heap_add(&world->heap, &desk->next))
            return error_add(error, STATUS_FAILED, "out of memory: %d workers", world->workers);
    }
    return STATUS_OK;
}

/* The share of the workers that computed in each tenth of the time. */
static void fill_parts(struct simulation_result *result, const struct world *world)
{
    double part = result->makespan / SIMULATION_PARTS;
    for (int p = 0; p < SIMULATION_PARTS; p++) {
        double sum = 0;
        for (int b = 0; b < SIMULATION_BINS; b++) {
            double start = b * world->width, end = fmin(start + world->width, result->makespan);
            double both = fmin((p + 1) * part, end) - fmax(p * part, start);
            sum += both > 0 ? world->bin[b] * both / (end - start) : 0;
        }
        result->computing[p] = sum / (part * world->workers);
    }
}

static void conclude(struct simulation_result *result, struct world *world)
{
    simulation_desk_fail(world, world->now);
    result->makespan = world->now;
    result->tail = world->now - world->full;
    for (int w = 0; w < world->workers; w++)
        simulation_desk_close(result, &world->desk[w]);
    if (result->makespan > 0) {
        result->efficiency = result->useful / (result->makespan * world->model->ranks);
        fill_parts(result, world);
    }
}

enum status simulation_run(struct simulation_result *result, struct search *search,
                           const struct simulation *simulation, struct error *error)
{
    struct search_progress before = search_progress(search);
    struct world world = {.model = simulation, .result = result, .search = search};
    *result = (struct simulation_result){.jobs = before.jobs - before.done};
    enum status status = open_world(&world, error);
    if (!status && (run(&world) || search_broken(search)))
        status = error_add(error, STATUS_FAILED, "out of memory: simulation");
    if (!status)
        conclude(result, &world);
    result->done = search_progress(search).done - before.done;
    search_heap_free(&world.heap);
    scheduler_free(world.scheduler);
    free(world.desk);
    return status;
}

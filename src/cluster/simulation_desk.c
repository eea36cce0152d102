/* The jobs of a desk stand one behind the other, so that their begin and end are known as soon as they
 * are sent. Rank 0 hears of the end of the first one, or by a sign of life before.
 *
 * The time of a worker is booked when a job leaves its desk: first the time for which it had none,
 * then that of the job. */
#include "cluster/simulation_desk.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "cluster/wire.h"

enum { FAILURE_STREAM = 1 << 30 };

static const double LONG_SILENCE = 0.1; /* s */

/* Books the worker's time without a job before the stint, up to `until`; returns the seconds in it. */
static double book_stint(struct simulation_result *result, const struct stint *stint, double until)
{
    double gap = fmax(fmin(stint->start, until) - stint->before, 0);
    double starved = fmin(stint->starved, gap);
    result->starved += starved;
    result->waiting += gap - starved;
    return fmax(fmin(stint->end, until) - stint->start, 0);
}

struct stint simulation_desk_take(struct world *world, struct desk *desk)
{
    struct stint stint = desk->stint[0];
    book_stint(world->result, &stint, INFINITY);
    desk->count--;
    memmove(desk->stint, desk->stint + 1, (size_t)desk->count * sizeof *desk->stint);
    world->holding -= desk->count == 0 && isinf(desk->died);
    return stint;
}

bool simulation_desk_stop(struct world *world, struct desk *desk, double time)
{
    if (desk->count == 0 || isfinite(desk->died))
        return true;
    for (int i = 0; i < desk->count; i++) {
        struct stint *stint = &desk->stint[i];
        stint->stopped = stint->end > time;
        stint->end = fmin(stint->end, time);
        stint->start = fmin(stint->start, stint->end);
        desk->free = stint->end;
    }
    return simulation_desk_arm(world, desk);
}

void simulation_desk_close(struct simulation_result *result, const struct desk *desk)
{
    double end = fmin(result->makespan, desk->died);
    double idle = desk->free;
    for (int i = 0; i < desk->count; i++)
        result->lost += book_stint(result, &desk->stint[i], end);
    if (desk->count == 0 && idle < end) {
        double starved = fmax(end - fmax(desk->seen, idle), 0);
        result->starved += starved;
        result->waiting += end - idle - starved;
    }
    result->dead += result->makespan - end;
}

bool simulation_desk_arm(struct world *world, struct desk *desk)
{
    const struct simulation *model = world->model;
    bool speaks = model->sign_of_life > 0 && isinf(desk->died);
    double next = speaks ? desk->spoke + model->sign_of_life / 2 : INFINITY;
    if (desk->count > 0)
        next = fmin(next, desk->stint[0].end);
    desk->next.priority = -(next + model->latency);
    if (desk->next.place < 0)
        return isinf(next) || search_heap_add(&world->heap, &desk->next);
    search_heap_rise(&world->heap, &desk->next);
    return true;
}

void simulation_desk_disarm(struct world *world, struct desk *desk)
{
    if (desk->next.place >= 0)
        search_heap_remove(&world->heap, &desk->next);
}

double simulation_desk_arrival(const struct desk *desk)
{
    return -desk->next.priority;
}

double simulation_desk_notice(const struct world *world, double since, double time)
{
    double silence = WIRE_YIELDS;
    if (!world->model->naps || time - since <= silence)
        return time;
    if (time - since > LONG_SILENCE) // naps are as long as they get: half of one on average
        return time + wire_nap(time - since) / 2;
    while (silence < time - since)
        silence += wire_nap(silence);
    return fmax(time, since + silence);
}

bool simulation_desk_give(struct world *world, struct desk *desk, const struct job *job)
{
    if (desk->died < world->now)
        return true;
    double arrives = world->now + world->model->latency, starved = 0;
    if (desk->count == 0) {
        arrives = simulation_desk_notice(world, desk->free, arrives);
        starved = fmax(world->turn - fmax(desk->seen, desk->free), 0);
        world->holding++;
    }
    double start = fmax(arrives, desk->free);
    double end = start + world->model->seconds(world->model->context, job);
    assert(desk->count < SCHEDULER_HOLDS);
    desk->stint[desk->count++] =
        (struct stint){job->candidate, job->kind, job->iteration, job->seed, job->parameters,
                       desk->free,     starved,   start,          end,       false};
    desk->free = end;
    return simulation_desk_arm(world, desk);
}

/* The worker is dead from `time` on; what it has sent before is still there. */
static void die(struct world *world, struct desk *desk, double time)
{
    if (isfinite(desk->died))
        return;
    desk->died = time;
    world->living--;
    world->holding -= desk->count > 0;
    world->result->workers++;
    if (simulation_desk_arrival(desk) - world->model->latency > time)
        simulation_desk_disarm(world, desk);
    while (desk->count > 0 && desk->stint[desk->count - 1].end > time) {
        struct stint *stint = &desk->stint[--desk->count];
        world->result->lost += book_stint(world->result, stint, time);
        desk->free = time;
    }
}

/* The next failure is drawn when the one before has come. */
void simulation_desk_plan_failure(struct world *world)
{
    const struct simulation *model = world->model;
    double part;
    if (model->failures <= 0)
        return;
    random_uniform(&part, random_key(model->seed, 0, RANDOM_SIMULATION), FAILURE_STREAM,
                   (uint64_t)world->failures++, 1);
    world->failure = (isinf(world->failure) ? 0 : world->failure) - log(part) / model->failures;
}

/* Nodes that die up to `time`; the first one, with rank 0, does not. */
void simulation_desk_fail(struct world *world, double time)
{
    const struct simulation *model = world->model;
    int nodes = (model->ranks - 1) / model->node;
    while (world->failure <= time && nodes > 0) {
        double part[2], when = world->failure;
        random_uniform(part, random_key(model->seed, 1, RANDOM_SIMULATION), FAILURE_STREAM,
                       (uint64_t)world->failures, 2);
        int first = (1 + (int)(part[0] * nodes)) * model->node; // rank
        world->result->nodes += isinf(world->desk[first - 1].died);
        for (int rank = first; rank < first + model->node && rank < model->ranks; rank++)
            die(world, &world->desk[rank - 1], when);
        simulation_desk_plan_failure(world);
    }
}

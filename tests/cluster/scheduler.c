/* The scheduler with workers that take random times, fall silent, die and come back. */
#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cluster/scheduler.h"
#include "loops.h"

static const double INTERVAL = 10;

enum { WORKERS = 7, STEADY = 1 /* the first ones never fail */, QUEUE = 8 };

struct worker_model {
    struct job queue[QUEUE]; /* the first one is at work */
    int count;
    double end;    /* of the first job */
    double silent; /* until this time; below 0: dead */
    double spoke;
};

struct world {
    struct loops loops;
    struct search *search; /* of the loops */
    struct scheduler *scheduler;
    struct worker_model worker[WORKERS];
    double time;
    uint64_t random;
    int64_t taken, lost;
};

static void open_world(struct world *world, const char *text, int workers)
{
    struct error error = {0};
    memset(world, 0, sizeof *world);
    loops_open_quietly(&world->loops, text);
    world->search = world->loops.search;
    world->scheduler = scheduler_create(world->search, workers, INTERVAL, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(world->scheduler);
}

static void close_world(struct world *world)
{
    scheduler_free(world->scheduler);
    loops_close(&world->loops);
}

static struct outcome outcome_of(const struct job *job, int state)
{
    return (struct outcome){.candidate = job->candidate,
                            .kind = job->kind,
                            .iteration = job->iteration,
                            .seed = job->seed,
                            .state = state};
}

/* Uniform in 0..1. */
static double draw(struct world *world)
{
    world->random = world->random * 6364136223846793005u + 1442695040888963407u;
    return (double)(world->random >> 40) / (1 << 24);
}

static double job_time(struct world *world)
{
    return draw(world) < 0.05 ? 40 * draw(world) : 4 * draw(world);
}

/* Each decision in turn; afterwards nobody may be idle while a job waits. */
static void act(struct world *world)
{
    struct scheduler_decision decision;
    while (scheduler_next(world->scheduler, &decision)) {
        struct worker_model *worker = &world->worker[decision.worker];
        if (decision.kind == DECISION_LOST) {
            world->lost++;
            continue;
        }
        CU_ASSERT_FATAL(worker->count < SCHEDULER_HOLDS);
        worker->queue[worker->count++] = decision.job;
        if (worker->count == 1)
            worker->end = world->time + job_time(world);
    }
    for (int w = 0; w < STEADY; w++)
        CU_ASSERT_FALSE(world->worker[w].count == 0 && search_waiting(world->search) > 0);
}

static void fail_sometimes(struct world *world, int w)
{
    double chance = draw(world);
    if (w < STEADY || chance > 0.004)
        return;
    if (chance < 0.001)
        world->worker[w].silent = -1;
    else
        world->worker[w].silent = world->time + 100 * draw(world);
}

static void live_on(struct world *world, int w)
{
    struct worker_model *worker = &world->worker[w];
    fail_sometimes(world, w);
    if (worker->silent < 0 || worker->silent > world->time)
        return;
    if (world->time - worker->spoke > INTERVAL / 2) {
        worker->spoke = world->time;
        scheduler_alive(world->scheduler, w, world->time);
    }
    if (worker->count == 0 || worker->end > world->time)
        return;
    struct outcome outcome = outcome_of(&worker->queue[0], LIFETIME_DONE);
    memmove(worker->queue, worker->queue + 1, sizeof worker->queue - sizeof worker->queue[0]);
    worker->count--;
    worker->end = world->time + job_time(world);
    world->taken += scheduler_outcome(world->scheduler, w, &outcome, world->time);
}

static void every_job_is_done_once_though_workers_die(void)
{
    static struct world world;
    uint64_t seed = (uint64_t)time(NULL);
    printf("[seed %llu] ", (unsigned long long)seed);
    for (int round = 0; round < 30; round++) {
        open_world(&world,
                   "meta: {iterations: 6, seeds: 5, held_out_seeds: 3}\n"
                   "sweep: {parameters: {learning.rate: {values: [1, 2, 3, 4, 5, 6]}}}\n",
                   WORKERS);
        world.random = seed + (uint64_t)round * 1000003;
        for (int w = 0; w < WORKERS; w++)
            world.worker[w].spoke = w < STEADY ? -INTERVAL : -INTERVAL * draw(&world);
        while (!scheduler_finished(world.scheduler) && world.time < 1e5) {
            world.time += 0.3 * draw(&world);
            for (int w = 0; w < WORKERS; w++)
                live_on(&world, w);
            scheduler_tick(world.scheduler, world.time);
            act(&world);
        }
        CU_ASSERT_TRUE(search_finished(world.search));
        CU_ASSERT_EQUAL(world.taken, search_progress(world.search).jobs);
        CU_ASSERT_EQUAL(world.taken, 6 * (1 + 6 * 5 + 2 * 3));
        close_world(&world);
    }
}

static void idle_workers_come_before_prefetch(void)
{
    static struct world world;
    struct scheduler_decision decision;
    open_world(&world,
               "meta: {iterations: 1}\n"
               "sweep: {parameters: {learning.rate: {values: [1, 2, 3, 4, 5, 6, 7]}}}\n",
               3);
    CU_ASSERT_FALSE(scheduler_next(world.scheduler, &decision)); /* nobody is ready */
    for (int w = 0; w < 3; w++)
        scheduler_alive(world.scheduler, w, 0);
    CU_ASSERT_EQUAL(scheduler_workers(world.scheduler), 3);
    int sent[3] = {0};
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_TRUE_FATAL(scheduler_next(world.scheduler, &decision));
        sent[decision.worker]++;
    }
    CU_ASSERT_TRUE(sent[0] == 1 && sent[1] == 1 && sent[2] == 1);
    /* 4 jobs wait for 3 workers: one each is sent ahead until fewer wait than there are workers. */
    int ahead = 0;
    while (scheduler_next(world.scheduler, &decision))
        ahead++;
    CU_ASSERT_EQUAL(ahead, 2);
    CU_ASSERT_EQUAL(search_waiting(world.search), 2);
    close_world(&world);
}

static void silent_worker_loses_its_jobs_and_is_welcome_again(void)
{
    static struct world world;
    struct scheduler_decision decision;
    open_world(&world, "meta: {iterations: 1, seeds: 1, held_out_seeds: 0}\n", 2);
    scheduler_alive(world.scheduler, 0, 0);
    CU_ASSERT_TRUE(scheduler_next(world.scheduler, &decision));
    struct outcome late = outcome_of(&decision.job, LIFETIME_DONE);
    scheduler_alive(world.scheduler, 1, 25);
    CU_ASSERT_FALSE(scheduler_next(world.scheduler, &decision));
    scheduler_tick(world.scheduler, 29);
    CU_ASSERT_FALSE(scheduler_next(world.scheduler, &decision));
    scheduler_tick(world.scheduler, 31);
    CU_ASSERT_TRUE(scheduler_next(world.scheduler, &decision));
    CU_ASSERT_TRUE(decision.kind == DECISION_LOST && decision.worker == 0);
    CU_ASSERT_TRUE(scheduler_next(world.scheduler, &decision));
    CU_ASSERT_TRUE(decision.kind == DECISION_SEND && decision.worker == 1);
    CU_ASSERT_EQUAL(scheduler_lost(world.scheduler), 1);

    /* It comes back with the outcome, before the other one: taken, and the other's ignored. */
    CU_ASSERT_TRUE(scheduler_outcome(world.scheduler, 0, &late, 40));
    CU_ASSERT_EQUAL(scheduler_lost(world.scheduler), 0);
    CU_ASSERT_TRUE(scheduler_next(world.scheduler, &decision));
    CU_ASSERT_TRUE(decision.worker == 0 && decision.job.kind == JOB_TRAIN);
    CU_ASSERT_FALSE(scheduler_outcome(world.scheduler, 1, &late, 41));
    close_world(&world);
}

/* What was under way to it is lost: the one worker there is gets the same job again. */
static void worker_whose_messages_were_lost_starts_anew(void)
{
    static struct world world;
    struct scheduler_decision decision;
    open_world(&world, "meta: {iterations: 1, seeds: 2, held_out_seeds: 0}\n", 1);
    scheduler_alive(world.scheduler, 0, 0);
    CU_ASSERT_TRUE(scheduler_next(world.scheduler, &decision));
    struct outcome late = outcome_of(&decision.job, LIFETIME_DONE);
    CU_ASSERT_FALSE(scheduler_next(world.scheduler, &decision));
    for (int live = 1; live >= 0; live--) { // rank 0 may have given it up before
        if (!live)
            scheduler_lose(world.scheduler, 0);
        scheduler_forget(world.scheduler, 0);
        scheduler_alive(world.scheduler, 0, 40);
        CU_ASSERT_TRUE_FATAL(scheduler_next(world.scheduler, &decision));
        CU_ASSERT_TRUE(decision.kind == DECISION_SEND && decision.job.kind == late.kind);
    }
    CU_ASSERT_TRUE(scheduler_outcome(world.scheduler, 0, &late, 41));
    CU_ASSERT_FALSE(scheduler_outcome(world.scheduler, 0, &late, 42));
    CU_ASSERT_TRUE(scheduler_next(world.scheduler, &decision));
    CU_ASSERT_EQUAL(decision.job.kind, JOB_TRAIN);
    close_world(&world);
}

static void stop_hands_out_nothing_and_waits_for_what_runs(void)
{
    static struct world world;
    struct scheduler_decision decision;
    open_world(&world, "sweep: {parameters: {learning.rate: {values: [1, 2, 3, 4, 5, 6, 7, 8]}}}\n",
               2);
    scheduler_alive(world.scheduler, 0, 0);
    scheduler_alive(world.scheduler, 1, 0);
    struct job out[4];
    int worker[4], count = 0;
    while (scheduler_next(world.scheduler, &decision)) {
        worker[count] = decision.worker;
        out[count++] = decision.job;
    }
    CU_ASSERT_EQUAL_FATAL(count, 4);
    int64_t waiting = search_waiting(world.search);
    scheduler_stop(world.scheduler);
    for (int i = 0; i < count; i++) {
        CU_ASSERT_FALSE(scheduler_finished(world.scheduler));
        struct outcome outcome = outcome_of(&out[i], i == 0 ? LIFETIME_DONE : LIFETIME_STOPPED);
        CU_ASSERT_EQUAL(scheduler_outcome(world.scheduler, worker[i], &outcome, 1), i == 0);
        CU_ASSERT_FALSE(scheduler_next(world.scheduler, &decision));
    }
    CU_ASSERT_TRUE(scheduler_finished(world.scheduler));
    /* Three jobs are back; the scale that was measured has opened its candidate's training. */
    CU_ASSERT_EQUAL(search_waiting(world.search), waiting + 3 + world.loops.config.base.meta.seeds +
                                                      world.loops.config.base.meta.held_out_seeds);
    close_world(&world);
}

static void dead_worker_does_not_hold_up_a_stop(void)
{
    static struct world world;
    struct scheduler_decision decision;
    open_world(&world, "meta: {iterations: 1}\n", 1);
    scheduler_alive(world.scheduler, 0, 0);
    CU_ASSERT_TRUE(scheduler_next(world.scheduler, &decision));
    scheduler_stop(world.scheduler);
    CU_ASSERT_FALSE(scheduler_finished(world.scheduler));
    scheduler_lose(world.scheduler, 0);
    CU_ASSERT_TRUE(scheduler_finished(world.scheduler));
    close_world(&world);
}

void test_scheduler(void)
{
    CU_pSuite suite = CU_add_suite("scheduler", NULL, NULL);
    CU_ADD_TEST(suite, every_job_is_done_once_though_workers_die);
    CU_ADD_TEST(suite, idle_workers_come_before_prefetch);
    CU_ADD_TEST(suite, silent_worker_loses_its_jobs_and_is_welcome_again);
    CU_ADD_TEST(suite, worker_whose_messages_were_lost_starts_anew);
    CU_ADD_TEST(suite, stop_hands_out_nothing_and_waits_for_what_runs);
    CU_ADD_TEST(suite, dead_worker_does_not_hold_up_a_stop);
}

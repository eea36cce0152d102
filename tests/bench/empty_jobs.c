/* How many jobs a second the coordinator hands out and takes back: the real search, scheduler and
 * messages, with workers that answer each job at once and without an archive.
 *
 *     mpirun -n RANKS empty_jobs SEEDS
 *
 * Rank 0 prints {"jobs": ..., "seconds": ..., "cpu": ...}, its CPU seconds. Jobs are lifetimes of
 * 100 candidates with 10 meta-iterations each of SEEDS training seeds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cluster/coordinator.h"
#include "config/config.h"
#include "config/space.h"
#include "search/plan.h"

enum { WAITING = 8 };

static double cpu(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static enum status coordinate(struct wire *wire, const char *seeds, struct error *error)
{
    static const settings_check no_checks[] = {NULL};
    static struct config config;
    struct space space;
    struct search_plan plan = {0};
    char text[512];
    snprintf(text, sizeof text,
             "rule: {degree: 5}\n"
             "meta: {iterations: 10, seeds: %s, held_out_seeds: 0}\n"
             "sweep: {method: random, samples: 100,\n"
             "        parameters: {network.gain: {min: 1, max: 2}}}\n",
             seeds);
    enum status status = config_parse(&config, "SEEDS", text, 0, NULL, error);
    if (!status)
        status = search_plan_create(&plan, &space, &config, no_checks, error);
    struct search *search = status ? NULL : search_create(&plan, 0, 1, NULL, error);
    struct coordinator coordinator = {.wire = wire, .search = search};
    double start = wire_time(), start_cpu = cpu();
    enum status end = coordinator_run(&coordinator, error);
    double seconds = wire_time() - start, used = cpu() - start_cpu;
    if (search) {
        printf("{\"jobs\": %lld, \"seconds\": %g, \"cpu\": %g}\n",
               (long long)search_progress(search).done, seconds, used);
        search_free(search);
    }
    search_plan_free(&plan);
    return status ? status : end;
}

static void answer(struct wire *wire, const struct job *job)
{
    struct wire_message message = {.kind = WIRE_OUTCOME,
                                   .body.outcome = {.candidate = job->candidate,
                                                    .kind = job->kind,
                                                    .iteration = job->iteration,
                                                    .seed = job->seed,
                                                    .state = LIFETIME_DONE}};
    for (int p = 0; p < job->parameters; p++)
        message.body.outcome.gradient[p] = 1;
    wire_send(wire, 0, &message);
}

/* Answers one job at a time and takes what has come in between, as a worker does. */
static void work(struct wire *wire)
{
    struct wire_message message = {.kind = WIRE_ALIVE};
    struct job waiting[WAITING];
    int count = 0;
    bool over = false;
    wire_send(wire, 0, &message);
    while (!over) {
        while (count < WAITING && wire_receive(wire, &message)) {
            if (message.kind == WIRE_JOB)
                waiting[count++] = message.body.job;
            over = over || message.kind == WIRE_END || message.kind == WIRE_BROKEN;
        }
        if (count == 0) {
            wire_rest(wire);
            continue;
        }
        answer(wire, &waiting[0]);
        count--;
        memmove(waiting, waiting + 1, (size_t)count * sizeof *waiting);
    }
}

int main(int argc, char **argv)
{
    struct error error = {0};
    struct wire *wire = NULL;
    if (argc != 2) {
        fprintf(stderr, "usage: mpirun -n RANKS empty_jobs SEEDS\n");
        return 2;
    }
    search_register();
    enum status status = wire_start(&wire, 0, &error);
    if (!status && wire_rank(wire) == 0)
        status = coordinate(wire, argv[1], &error);
    else if (!status)
        work(wire);
    if (error.text)
        fputs(error.text, stderr);
    if (wire)
        wire_end(wire, status);
    return status;
}

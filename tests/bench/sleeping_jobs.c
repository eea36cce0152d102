/* A run of the real search, scheduler and messages, whose workers sleep instead of computing, and the
 * simulation of the same run: how far do they agree?
 *
 *     mpirun -n RANKS sleeping_jobs CANDIDATES SECONDS SPREAD SERVICE
 *
 * CANDIDATES of 3 meta-iterations on 4 training seeds, with 4 held-out seeds. A lifetime takes SECONDS on
 * average, the longest SPREAD times as long as the shortest, drawn as by `simulate --seconds --spread`;
 * SERVICE are the seconds of rank 0 for a message in the simulation. Rank 0 prints {"ranks", "jobs",
 * "real": seconds, "simulated": seconds, "cpu": its CPU seconds a message, "naps": how often it slept a
 * message}. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "cluster/coordinator.h"
#include "cluster/simulation.h"
#include "config/config.h"
#include "config/space.h"
#include "search/plan.h"

enum { WAITING = 8 };

static const double LATENCY = 5e-6;
static const double LOOK = 0.02; /* s between two looks for messages, as between two trials */

struct draw {
    double mean, spread;
};

static double draw(void *context, const struct job *job)
{
    const struct draw *of = context;
    return simulation_draw(job, of->mean, of->spread, 1);
}

static double cpu(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* How often this thread has gone to sleep. */
static double naps(void)
{
    struct rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return (double)usage.ru_nvcsw;
}

static enum status simulate(const struct search_plan *plan, struct wire *wire, struct draw *of,
                            double service, struct simulation_result *result, struct error *error)
{
    const struct simulation model = {.ranks = wire_ranks(wire),
                                     .latency = LATENCY,
                                     .service = service,
                                     .sign_of_life = COORDINATOR_SIGN_OF_LIFE,
                                     .naps = true,
                                     .node = 1,
                                     .seconds = draw,
                                     .context = of};
    struct search *search = search_create(plan, 0, 1, NULL, error);
    enum status status = search ? simulation_run(result, search, &model, error) : STATUS_FAILED;
    search_free(search);
    return status;
}

static enum status coordinate(struct wire *wire, char **argv, struct error *error)
{
    static const settings_check no_checks[] = {NULL};
    static struct config config;
    struct space space;
    struct search_plan plan = {0};
    struct simulation_result result = {0};
    struct draw of = {atof(argv[2]), atof(argv[3])};
    char text[512];
    snprintf(text, sizeof text,
             "rule: {degree: 3}\n"
             "meta: {iterations: 3, seeds: 4, held_out_seeds: 4}\n"
             "sweep: {method: random, samples: %s,\n"
             "        parameters: {network.gain: {min: 1, max: 2}}}\n",
             argv[1]);
    enum status status = config_parse(&config, "CANDIDATES", text, 0, NULL, error);
    if (!status)
        status = search_plan_create(&plan, &space, &config, no_checks, error);
    struct search *search = status ? NULL : search_create(&plan, 0, 1, NULL, error);
    struct coordinator coordinator = {.wire = wire, .search = search};
    double start = wire_time(), start_cpu = cpu(), start_naps = naps();
    enum status end = coordinator_run(&coordinator, error);
    double seconds = wire_time() - start, used = cpu() - start_cpu, slept = naps() - start_naps;
    if (search && !end)
        end = simulate(&plan, wire, &of, atof(argv[4]), &result, error);
    if (search && !end)
        printf("{\"ranks\": %d, \"jobs\": %lld, \"real\": %g, \"simulated\": %g, \"cpu\": %g, "
               "\"naps\": %g}\n",
               wire_ranks(wire), (long long)result.done, seconds, result.makespan,
               used / (double)result.messages, slept / (double)result.messages);
    if (search)
        search_free(search);
    search_plan_free(&plan);
    return status ? status : end;
}

static void answer(struct wire *wire, const struct job *job, double seconds)
{
    struct wire_message message = {.kind = WIRE_OUTCOME,
                                   .body.outcome = {.candidate = job->candidate,
                                                    .kind = job->kind,
                                                    .iteration = job->iteration,
                                                    .seed = job->seed,
                                                    .state = LIFETIME_DONE,
                                                    .loss = 1,
                                                    .seconds = seconds}};
    for (int p = 0; p < job->parameters; p++)
        message.body.outcome.gradient[p] = 1;
    wire_send(wire, 0, &message);
}

struct desk {
    struct job waiting[WAITING];
    int count;
    bool over;
};

static void listen(struct desk *desk, struct wire *wire)
{
    struct wire_message message;
    while (desk->count < WAITING && wire_receive(wire, &message)) {
        if (message.kind == WIRE_JOB)
            desk->waiting[desk->count++] = message.body.job;
        desk->over = desk->over || message.kind == WIRE_END || message.kind == WIRE_BROKEN;
    }
}

/* Sleeps through a lifetime, as a worker computes it: looking for messages now and then. */
static void sleep_through(struct desk *desk, struct wire *wire, double seconds)
{
    double end = wire_time() + seconds, left;
    while ((left = end - wire_time()) > 0) {
        double nap = left < LOOK ? left : LOOK;
        nanosleep(&(struct timespec){.tv_nsec = (long)(1e9 * nap)}, NULL);
        listen(desk, wire);
    }
}

static void work(struct wire *wire, char **argv)
{
    static struct desk desk;
    struct draw of = {atof(argv[2]), atof(argv[3])};
    wire_send(wire, 0, &(struct wire_message){.kind = WIRE_ALIVE});
    while (!desk.over) {
        listen(&desk, wire);
        if (desk.count == 0) {
            wire_rest(wire);
            continue;
        }
        struct job job = desk.waiting[0];
        desk.count--;
        memmove(desk.waiting, desk.waiting + 1, (size_t)desk.count * sizeof *desk.waiting);
        double seconds = draw(&of, &job);
        sleep_through(&desk, wire, seconds);
        answer(wire, &job, seconds);
    }
}

int main(int argc, char **argv)
{
    struct error error = {0};
    struct wire *wire = NULL;
    if (argc != 5) {
        fprintf(stderr, "usage: mpirun -n RANKS sleeping_jobs CANDIDATES SECONDS SPREAD SERVICE\n");
        return 2;
    }
    search_register();
    enum status status = wire_start(&wire, 0, &error);
    if (!status && wire_rank(wire) == 0)
        status = coordinate(wire, argv, &error);
    else if (!status)
        work(wire, argv);
    if (error.text)
        fputs(error.text, stderr);
    if (wire)
        wire_end(wire, status);
    return status;
}

/* simulate: what a run would come to on so many ranks, without its lifetimes. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/coordinator.h"
#include "cluster/simulation.h"
#include "program/command.h"
#include "program/forecast.h"
#include "program/seconds.h"

/* The latency is assumed. build/bench/empty_jobs needs 3.5 us of rank 0's processor for a job, which is two
 * messages. The look is that of scheduler_tick() at a worker's seat, assumed. */
#define LATENCY 5e-6
#define SERVICE 2e-6
#define LOOK    1e-8

enum { ROWS = 16 };

struct simulate {
    const struct command_line *line;
    struct command_sweep sweep;
    struct archive *archive; /* NULL: of a sweep file */
    struct command_seconds seconds;
    struct simulation model;
    int rows;
    int64_t ranks[ROWS];
};

/* ---- the line ---- */

static enum status read_ranks(struct simulate *simulate, struct error *error)
{
    const char *text = command_value(simulate->line, "ranks");
    const char *at = text ? text : "10,100,1000,10000";
    char *end = NULL;
    for (; simulate->rows < ROWS && (!end || *end == ','); at = end + 1) {
        errno = 0;
        int64_t ranks = strtoll(at, &end, 10);
        if (end == at || errno || ranks < 2 || ranks > 10000000 || (*end && *end != ','))
            break;
        simulate->ranks[simulate->rows++] = ranks;
        if (!*end)
            return STATUS_OK;
    }
    return error_add(
        error, STATUS_USAGE,
        "--ranks: found '%s', allowed: up to %d whole numbers from 2 to 10000000, such "
        "as 100,1000",
        text, ROWS);
}

/* A number with nothing behind it. */
static enum status read_number(double *value, const struct simulate *simulate, const char *name,
                               double least, struct error *error)
{
    const char *text = command_value(simulate->line, name);
    char *end;
    if (!text)
        return STATUS_OK;
    *value = strtod(text, &end);
    if (end == text || *end || !isfinite(*value) || *value < least)
        return error_add(error, STATUS_USAGE, "--%s: found '%s', allowed: a number, %g or more",
                         name, text, least);
    return STATUS_OK;
}

static enum status read_time(double *seconds, const struct simulate *simulate, const char *name,
                             struct error *error)
{
    const char *text = command_value(simulate->line, name);
    if (text && !command_read_duration(seconds, text))
        return error_add(error, STATUS_USAGE,
                         "--%s: found '%s', allowed: a time such as '5 us', '200 ms', '30 s' or "
                         "'12 h'",
                         name, text);
    return STATUS_OK;
}

/* --failures 1/h */
static enum status read_failures(struct simulate *simulate, struct error *error)
{
    const char *text = command_value(simulate->line, "failures");
    char unit[8] = "", one[16];
    double count, seconds;
    int end = 0;
    if (!text)
        return STATUS_OK;
    if (sscanf(text, "%lf/%3[a-z]%n", &count, unit, &end) != 2 || text[end] || !(count >= 0) ||
        snprintf(one, sizeof one, "1 %s", unit) < 0 || !command_read_duration(&seconds, one))
        return error_add(error, STATUS_USAGE,
                         "--failures: found '%s', allowed: nodes in a time, such as 1/h or 0.5/d",
                         text);
    simulate->model.failures = count / seconds;
    return STATUS_OK;
}

static enum status read_line(struct simulate *simulate, struct error *error)
{
    int64_t node, seed;
    struct simulation *model = &simulate->model;
    struct command_seconds *seconds = &simulate->seconds;
    *model = (struct simulation){.latency = LATENCY,
                                 .service = SERVICE,
                                 .look = LOOK,
                                 .sign_of_life = COORDINATOR_SIGN_OF_LIFE,
                                 .naps = true,
                                 .seconds = command_seconds,
                                 .context = seconds};
    seconds->spread = 1;
    enum status status = read_ranks(simulate, error);
    if (!status)
        status = read_number(&seconds->mean, simulate, "seconds", 0, error);
    if (!status)
        status = read_number(&seconds->spread, simulate, "spread", 1, error);
    if (!status)
        status = read_time(&model->latency, simulate, "latency", error);
    if (!status)
        status = read_time(&model->service, simulate, "service", error);
    if (!status)
        status = read_time(&model->sign_of_life, simulate, "sign-of-life", error);
    if (!status)
        status = read_time(&model->deadline, simulate, "time-limit", error);
    if (!status)
        status = read_failures(simulate, error);
    if (!status)
        status = command_integer(&node, simulate->line, "node", 1, 1000000, 64, error);
    if (!status)
        status = command_integer(&seed, simulate->line, "seed", 0, INT64_MAX, 1, error);
    if (!status && command_value(simulate->line, "spread") && !(seconds->mean > 0))
        status = error_add(error, STATUS_USAGE, "--spread: missing --seconds beside it");
    if (status)
        return status;
    model->node = (int)node;
    model->seed = seconds->seed = (uint64_t)seed;
    model->deadline = command_deadline(model->deadline);
    return STATUS_OK;
}

/* ---- the sweep ---- */

/* The sweep of an archive, which was checked when it was begun. */
static enum status read_archive(struct simulate *simulate, struct error *error)
{
    const char *path = simulate->line->word[0];
    if (command_value(simulate->line, "set"))
        return error_add(error, STATUS_USAGE, "--set: %s is an archive, whose sweep is settled",
                         path);
    enum status status = archive_open_reader(&simulate->archive, path, error);
    return status ? status : command_sweep_of(&simulate->sweep, simulate->archive, path, error);
}

/* What jobs take, unless that was said. */
static enum status find_seconds(struct simulate *simulate, struct error *error)
{
    struct command_seconds *seconds = &simulate->seconds;
    struct command_forecast forecast;
    seconds->plan = &simulate->sweep.plan;
    if (seconds->mean > 0)
        return STATUS_OK;
    if (simulate->archive)
        return command_seconds_read(seconds, simulate->archive, error);
    enum status status =
        command_forecast(&forecast, seconds->plan, 1, COMMAND_FORECAST_BUDGET, error);
    if (!status && !(forecast.seconds > 0))
        status = error_add(error, STATUS_FAILED,
                           "the trials of the start rule do not come to their end, so that nothing "
                           "could be timed; --seconds says what lifetimes take");
    seconds->flop = forecast.seconds / forecast.flops;
    return status;
}

/* ---- the words ---- */

static void print_model(const struct simulate *simulate)
{
    const struct simulation *model = &simulate->model;
    const struct command_seconds *seconds = &simulate->seconds;
    struct command_counts counts = command_count_sweep(&simulate->sweep.plan, true);
    char latency[32], service[32], sign[32], lifetimes[96];
    command_lifetimes(lifetimes, &counts);
    printf("lifetimes  %s of %" PRId64 " candidates, their seconds ", lifetimes,
           simulate->sweep.space.candidates);
    if (seconds->mean > 0)
        printf("drawn: %g on average, the longest %g times the shortest\n", seconds->mean,
               seconds->spread);
    else if (seconds->known)
        printf("from the archive\n");
    else
        printf("from their costs, by trials run here\n");
    command_span(latency, model->latency);
    command_span(service, model->service);
    command_span(sign, model->sign_of_life);
    printf("messages   %s under way, %s of rank 0 each; signs of life each %s\n", latency, service,
           sign);
    if (model->failures > 0)
        printf("failures   %.3g an hour, each of a node of %d ranks, never that of rank 0\n",
               3600 * model->failures, model->node);
    printf("\n%9s %10s %13s %7s %8s %6s %7s %8s %12s  %s\n", "ranks", "efficiency", "takes",
           "no job", "messages", "lost", "rank 0", "delay", "tail", "computing, by tenths");
}

static void print_end(const struct simulation *model, const struct simulation_result *result)
{
    const char *why = result->overloaded ? "rank 0 never comes to the end of its messages"
                      : result->workers == model->ranks - 1 ? "all workers have died"
                                                            : "the time is up";
    if (result->done < result->jobs)
        printf("%9s ends with %" PRId64 " of %" PRId64 " jobs done: %s\n", "", result->done,
               result->jobs, why);
}

static void print_row(const struct simulation *model, const struct simulation_result *result)
{
    char takes[32], delay[32], tail[32];
    double all = result->makespan * (model->ranks - 1);
    command_span(takes, result->makespan);
    command_span(delay, result->delay);
    command_span(tail, result->tail);
    printf("%9d %8.2f %% %13s %5.1f %% %6.1f %% %4.1f %% %5.1f %% %8s %12s ", model->ranks,
           100 * result->efficiency, takes, 100 * result->starved / all,
           100 * result->waiting / all, 100 * (result->lost + result->dead) / all,
           100 * result->busy / result->makespan, delay, tail);
    for (int p = 0; p < SIMULATION_PARTS; p++)
        printf(" %3.0f", 100 * result->computing[p]);
    printf("\n");
    print_end(model, result);
    fflush(stdout);
}

static void explain(void)
{
    printf("\n");
    command_wrap("efficiency: time in lifetimes that counted, of the time of all ranks; no job, "
                 "messages, lost: what else workers' time went to, waiting where no lifetime could "
                 "be begun, waiting for messages, and lifetimes lost or workers dead; rank 0: its "
                 "load; delay: the longest that a message waited for it; tail: since all workers "
                 "had a lifetime for the last time; computing: per cent of the workers, in each "
                 "tenth of the time",
                 0, 0);
}

static enum status run_all(struct simulate *simulate, struct error *error)
{
    enum status status = STATUS_OK;
    print_model(simulate);
    for (int r = 0; r < simulate->rows && !status; r++) {
        struct simulation_result result;
        struct search *search = search_create(&simulate->sweep.plan, 0, 1, NULL, error);
        if (!search)
            return STATUS_FAILED;
        simulate->model.ranks = (int)simulate->ranks[r];
        status = simulation_run(&result, search, &simulate->model, error);
        if (!status)
            print_row(&simulate->model, &result);
        search_free(search);
    }
    if (!status)
        explain();
    return status;
}

static enum status run(const struct command_line *line, struct error *error)
{
    struct simulate *simulate = error_calloc(error, 1, sizeof *simulate, "simulation");
    if (!simulate)
        return STATUS_FAILED;
    simulate->line = line;
    enum status status = read_line(simulate, error);
    bool archive = !status && command_is_archive(line->word[0]);
    if (!status)
        status = archive ? read_archive(simulate, error)
                         : command_sweep_read(&simulate->sweep, line, error);
    bool read = !status;
    if (!status)
        status = find_seconds(simulate, error);
    if (!status)
        status = run_all(simulate, error);
    if (read)
        command_sweep_free(&simulate->sweep);
    if (simulate->archive)
        archive_close_reader(simulate->archive);
    command_seconds_free(&simulate->seconds);
    free(simulate);
    return status;
}

static const struct command_option options[] = {
    {"ranks", "N,N,...", "numbers of ranks, with rank 0; default: 10,100,1000,10000", 0},
    {"seconds", "S",
     "what a lifetime takes on average; default: of an archive what it took there, of a sweep file "
     "by its cost, from a few trials that are run here",
     0},
    {"spread", "R",
     "with --seconds: lifetimes are drawn, the longest R times as long as the shortest, "
     "log-uniform; default: 1",
     0},
    {"latency", "TIME", "how long a message is under way; default: 5 us", 0},
    {"service", "TIME", "what rank 0 needs for each message; default: 2 us", 0},
    {"sign-of-life", "TIME", "as for run; default: 10 s", 0},
    {"failures", "N/UNIT", "so many nodes die at random, such as 1/h; default: none", 0},
    {"node", "R", "ranks of a node; default: 64", 0},
    {"time-limit", "TIME", "as for run", 0},
    {"seed", "N", "of what is drawn; default: 1", 0},
    {"set", "KEY=VALUE", "overrides a parameter of the sweep file; may be given several times", 0},
    {0},
};

const struct command command_simulate = {
    .name = "simulate",
    .words = "SWEEP.yaml|RUN.h5",
    .least = 1,
    .most = 1,
    .sentence = "Tells what a run would come to on so many ranks: the program's own scheduler, "
                "with lifetimes, messages and failures of a model.",
    .details = "A node that dies takes its workers along; the others go on, as under mpirun "
               "--enable-recovery. Not in the model: the start and end of MPI, and the archive.",
    .options = options,
    .run = run,
};

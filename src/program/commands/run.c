/* run: the sweep, on all ranks. Rank 0 alone reads the file, checks it and creates the archive; the
 * others learn from it whether and what to start. Only rank 0 prints. */
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/archive.h"
#include "cluster/coordinator.h"
#include "cluster/worker.h"
#include "program/ended.h"
#include "program/measure.h"
#include "program/progress.h"

#define FIRST_LINE 3.0  /* seconds until a log tells something */
#define NEXT_LINE  30.0 /* seconds between lines of a log */

/* Signs of life for which ranks wait for each other at the start and at the end. */
#define WATCH_START 40.0
#define WATCH_END   6.0

enum { BEST = 20 };

struct run {
    const struct command_line *line;
    const char *path; /* of the archive */
    struct archive_lock lock;
    bool locked; /* the archive is ours to write */
    char *hosts, *crowded;
    bool resume;         /* the archive was there before */
    bool complete;       /* and nothing is left to do */
    double limit;        /* seconds from now on until all must be over; 0: none */
    double sign_of_life; /* seconds; 0: the default */
    int64_t shard, shards;
    struct wire *wire;
    bool first; /* this is rank 0 */
    struct command_sweep sweep;
    bool read; /* the sweep is held */
    struct archive *archive;
    double started; /* wire_time() at the start */
    int64_t group;  /* workers behind a relay; 0: there are none */
    bool terminal;  /* progress is one line drawn again and again */
    double printed; /* when the last line of progress was printed, -INFINITY: never */
};

/* --shard I/N */
static enum status read_shard(struct run *run, struct error *error)
{
    const char *text = command_value(run->line, "shard");
    run->shard = run->shards = 1;
    if (!text)
        return STATUS_OK;
    int end = 0;
    if (sscanf(text, "%9" SCNd64 "/%9" SCNd64 "%n", &run->shard, &run->shards, &end) != 2 ||
        text[end] || run->shard < 1 || run->shard > run->shards)
        return error_add(error, STATUS_USAGE,
                         "--shard: found '%s', allowed: I/N with 1 <= I <= N, such as 1/3", text);
    return STATUS_OK;
}

/* --group N. Rank 0 alone serves some thousands. */
static enum status read_group(struct run *run, struct error *error)
{
    const int alone = 4096, group = 255;
    return command_integer(&run->group, run->line, "group", 0, 100000,
                           wire_ranks(run->wire) > alone ? group : 0, error);
}

static enum status read_line(struct run *run, struct error *error)
{
    run->path = command_value(run->line, "output");
    if (!run->path)
        return error_add(error, STATUS_USAGE, "run: missing -o RUN.h5, where the archive goes");
    enum status status = read_shard(run, error);
    if (!status)
        status = command_time(&run->limit, run->line, "time-limit", error);
    if (!status)
        status = command_time(&run->sign_of_life, run->line, "sign-of-life", error);
    if (!status)
        status = read_group(run, error);
    return status;
}

static struct archive_team team_of(const struct run *run)
{
    int ranks = wire_ranks(run->wire);
    return (struct archive_team){ranks, ranks > 1 ? wire_workers(run->wire) : 1, run->hosts};
}

static enum status create(struct run *run, struct error *error)
{
    struct archive_plan plan;
    enum status status = archive_plan(&plan, &run->sweep.plan, error);
    if (status)
        return status;
    struct archive_team team = team_of(run);
    status = archive_create(run->path, &plan, &team, error);
    archive_plan_free(&plan);
    return status ? status : archive_lock_itself(&run->lock, run->path, error);
}

static double interval(const struct run *run)
{
    return run->sign_of_life > 0 ? run->sign_of_life : COORDINATOR_SIGN_OF_LIFE;
}

/* When running lifetimes are to end. */
static double deadline(const struct run *run)
{
    return run->limit > 0 ? run->started + command_deadline(run->limit) : 0;
}

/* Before something is measured for an archive that could not be made. */
static enum status check_place(const struct run *run, struct error *error)
{
    if (access(run->path, F_OK) == 0)
        return error_add(error, STATUS_USAGE,
                         "%s: found a file of this name, allowed: a new name, or --resume to go on "
                         "with it",
                         run->path);
    return STATUS_OK;
}

/* What the candidates want to know of their networks before their search; then the archive is made, with
 * it. */
static enum status measure(struct run *run, struct error *error)
{
    bool quiet = command_value(run->line, "quiet") != NULL;
    const struct command_measure measure = {run->wire, -1, deadline(run), quiet, interval(run)};
    bool later = wire_decide(run->wire, run->first && !run->resume && run->sweep.plan.measurements);
    if (later)
        wire_watch(run->wire, 0, STATUS_OK);
    enum status status = command_measure(&run->sweep, &measure, error);
    if (!status && later && run->first)
        status = create(run, error);
    if (later)
        wire_watch(run->wire, WATCH_START * interval(run), STATUS_FAILED);
    status = wire_decide(run->wire, (int)status);
    if (!status && run->first && !quiet)
        command_print_measured(&run->sweep);
    return status;
}

/* While what an archive holds is taken up, workers wait. */
static void speak(void *context)
{
    const struct run *run = context;
    if (run->archive)
        coordinator_speak(run->wire, run->sign_of_life);
}

/* Whether the last run came to its end and left nothing to do. */
static enum status look_back(struct run *run, struct archive *archive, struct error *error)
{
    struct archive_end end = {.status = -1};
    int64_t broken = 0;
    enum status status = command_sweep_keep(&run->sweep, archive, error);
    if (!status)
        status = archive_compare(archive, &run->sweep.space, error);
    if (!status)
        status = archive_check(archive, &run->sweep.space, error);
    if (!status)
        status = archive_read_end(archive, &end, error);
    if (!status)
        status = command_measure_read(&run->sweep, archive, error);
    if (status || end.status != STATUS_OK)
        return status;
    struct search *search =
        search_create(&run->sweep.plan, run->shard - 1, run->shards, NULL, error);
    status = search ? command_feed(search, &run->sweep.plan, archive, &broken, speak, run, error)
                    : STATUS_FAILED;
    run->complete = !status && broken == 0 && search_finished(search);
    search_free(search);
    return status;
}

static enum status check_shard(const struct run *run, struct error *error)
{
    if (run->shards > 1 && run->sweep.config.sweep.method->learn)
        return error_add(
            error, STATUS_USAGE,
            "--shard: found with sweep.method %s, allowed: one run of the whole sweep, "
            "since its candidates follow from how all earlier ones came out",
            run->sweep.config.sweep.method->name);
    if (run->shards > 1 && run->sweep.plan.stopping.rungs > 0)
        return error_add(error, STATUS_USAGE,
                         "--shard: found with meta.stopping, allowed: one run of the whole sweep, "
                         "since all its candidates are compared with each other");
    return STATUS_OK;
}

/* Rank 0: everything that can be refused, and the archive itself. It waits for nobody. */
static enum status prepare(struct run *run, struct error *error)
{
    wire_watch(run->wire, 0, STATUS_OK);
    enum status status = read_line(run, error);
    if (!status)
        status = wire_relay(run->wire, (int)run->group, error); // the archive tells of it
    if (!status)
        status = command_sweep_read(&run->sweep, run->line, error);
    if (status)
        return status;
    run->read = true;
    status = check_shard(run, error);
    bool begun = command_value(run->line, "resume") && access(run->path, F_OK) == 0;
    if (!status)
        status = command_sweep_effects(&run->sweep, begun, error);
    if (!status)
        status = archive_lock(&run->lock, run->path, error);
    run->locked = !status;
    if (status)
        return status;
    run->resume = command_value(run->line, "resume") && access(run->path, F_OK) == 0;
    if (!run->resume)
        return run->sweep.plan.measurements > 0 ? check_place(run, error) : create(run, error);
    struct archive *archive;
    status = archive_open_reader(&archive, run->path, error);
    if (!status) {
        status = look_back(run, archive, error);
        archive_close_reader(archive);
    }
    return status;
}

static void print_progress(void *context, const struct coordinator_progress *progress)
{
    struct run *run = context;
    bool terminal = run->terminal;
    double due = isinf(run->printed) ? FIRST_LINE : run->printed + NEXT_LINE;
    if (!terminal && !progress->last && progress->elapsed < due)
        return;
    run->printed = progress->elapsed;
    char line[COMMAND_PROGRESS];
    command_progress(line, progress, command_width() - terminal); // the last column is the cursor's
    printf("%s%s%s", terminal ? "\r\033[K" : "", line, terminal && !progress->last ? "" : "\n");
    fflush(stdout);
}

static void print_note(void *context, const char *text)
{
    struct run *run = context;
    archive_write_failure(run->archive, text, NULL);
    if (!command_value(run->line, "quiet"))
        printf("%s%.*s\n", run->terminal ? "\r\033[K" : "", (int)strcspn(text, "\n"), text);
}

/* What the archive holds goes into the search, which writes again what follows from it. */
static enum status take_up(struct run *run, struct search *search, struct error *error)
{
    int64_t broken = 0;
    enum status status =
        command_feed(search, &run->sweep.plan, run->archive, &broken, speak, run, error);
    if (status)
        return status;
    struct search_progress progress = search_progress(search);
    if (!command_value(run->line, "quiet"))
        printf("%" PRId64 " of %s%" PRId64 " lifetimes are done\n", progress.lifetimes_done,
               progress.most ? "at most " : "", progress.lifetimes);
    if (broken > 0)
        printf("%" PRId64 " broken records are computed again\n", broken);
    fflush(stdout);
    struct archive_team team = team_of(run);
    return archive_write_start(run->archive, &team, error);
}

/* Rank 0 with or without workers. */
static enum status coordinate(struct run *run, struct worker *worker, struct error *error)
{
    struct search_listener listener = archive_listener;
    listener.context = run->archive;
    struct search *search =
        search_create(&run->sweep.plan, run->shard - 1, run->shards, &listener, error);
    enum status status = search ? STATUS_OK : STATUS_FAILED;
    if (!status && run->resume)
        status = take_up(run, search, error);
    if (!status)
        status = command_write_resume(run->archive, run->line, error);
    struct coordinator coordinator = {
        .wire = run->wire,
        .search = status ? NULL : search,
        .run = worker_run_job,
        .worker = worker,
        .progress = command_value(run->line, "quiet") ? NULL : print_progress,
        .note = print_note,
        .context = run,
        .sign_of_life = run->sign_of_life,
        .deadline = deadline(run),
    };
    enum status ran = coordinator_run(&coordinator, error);
    search_free(search);
    return status ? status : ran;
}

static void write_status(const struct run *run, enum status status)
{
    if (run->locked)
        command_write_status(run->path, status);
}

/* All that must be on the disk before the collectives of the end, in which a rank may die. */
static enum status settle(struct run *run, enum status status, struct error *error)
{
    if (run->first) {
        enum status failure = archive_failure(run->archive, error);
        status = failure ? failure : status;
        failure = command_write_end(run->archive, status, deadline(run), error);
        status = failure ? failure : status;
    }
    enum status synced = archive_sync(run->archive, error);
    status = synced ? synced : status;
    if (run->first)
        write_status(run, status);
    return status;
}

/* All ranks: opens the archive, works, closes. */
static enum status work(struct run *run, struct error *error)
{
    enum status status = archive_open(&run->archive, run->path, wire_communicator(run->wire),
                                      &run->sweep.space, error);
    status = wire_agree(run->wire, status);
    if (status)
        return status;
    wire_watch(run->wire, 0, STATUS_OK);
    struct worker worker = {.wire = run->wire,
                            .archive = run->archive,
                            .space = &run->sweep.space,
                            .sign_of_life = run->sign_of_life,
                            .path = run->path};
    status = run->first ? coordinate(run, &worker, error) : worker_run(&worker, error);
    status = settle(run, status, error);
    if (wire_broken(run->wire))
        return status;
    wire_watch(run->wire, WATCH_END * interval(run), status);
    enum status closed = archive_close(run->archive, error);
    return wire_agree(run->wire, status ? status : closed);
}

static void print_start(const struct run *run)
{
    const struct space *space = &run->sweep.space;
    struct archive_team team = team_of(run);
    struct command_counts counts = command_count_sweep(&run->sweep.plan, true);
    char lifetimes[96], workers[64], text[PATH_MAX + SETTINGS_NAME + 256];
    command_lifetimes(lifetimes, &counts);
    command_workers(workers, &team);
    snprintf(text, sizeof text, "%s: %" PRId64 " candidates, lifetimes: %s, %s, to %s",
             run->sweep.config.base.name, space->candidates, lifetimes, workers, run->path);
    command_wrap(text, 0, 2);
    if (run->shards > 1)
        printf("shard %" PRId64 " of %" PRId64 ": the candidates of this one only\n", run->shard,
               run->shards);
    if (run->crowded && *run->crowded) {
        snprintf(text, sizeof text, "more ranks than cores, which they share: %s", run->crowded);
        command_wrap(text, 0, 2);
    }
    fflush(stdout);
}

/* What was found, from the archive. */
static enum status print_end(const struct run *run, enum status ended, struct error *error)
{
    struct command_results results;
    wire_watch(run->wire, 0, STATUS_OK);
    enum status status = command_results_read(&results, run->path, error);
    if (status)
        return status;
    printf("\n");
    command_print_candidates(&results, BEST, command_value(run->line, "wide"));
    printf("\n");
    status = command_print_best(&results, error);
    if (!status && ended == STATUS_INTERRUPTED)
        status = command_print_end(results.archive, run->path, error);
    command_results_free(&results);
    return status;
}

static enum status run_all(struct run *run, struct error *error)
{
    run->hosts = wire_hosts(run->wire, &run->crowded);
    enum status status = run->first ? prepare(run, error) : read_line(run, NULL);
    wire_watch(run->wire, WATCH_START * interval(run), STATUS_FAILED);
    status = wire_decide(run->wire, status);
    run->complete = wire_decide(run->wire, run->complete);
    if (status || run->complete) {
        if (run->complete && run->first)
            printf("%s is complete, nothing is left to do\n", run->path);
        return status;
    }
    if (!run->first)
        run->path = command_value(run->line, "output");
    status = run->first ? STATUS_OK : wire_relay(run->wire, (int)run->group, error);
    status = wire_agree(run->wire, status);
    if (!status)
        status = command_sweep_share(&run->sweep, run->wire, run->line, error);
    run->read = run->first || !status;
    if (status)
        return status;
    bool quiet = command_value(run->line, "quiet") != NULL;
    if (run->first && !quiet)
        print_start(run);
    status = measure(run, error);
    if (status)
        return status;
    status = work(run, error);
    if (run->first && !quiet && (status == STATUS_OK || status == STATUS_INTERRUPTED)) {
        enum status printed = print_end(run, status, error);
        status = status ? status : printed;
    }
    return status;
}

static enum status run(const struct command_line *line, struct error *error)
{
    struct run run = {.line = line,
                      .terminal = command_on_terminal(),
                      .printed = -INFINITY,
                      .lock = ARCHIVE_UNLOCKED};
    struct error wrong = {0}; // is said later, by rank 0
    command_time(&run.sign_of_life, line, "sign-of-life", &wrong);
    error_free(&wrong);
    enum status status = wire_start(&run.wire, WATCH_START * interval(&run), error);
    if (status)
        return status;
    command_catch_signals();
    run.first = wire_rank(run.wire) == 0;
    run.started = wire_time();
    if (run.first && !command_value(line, "time-limit"))
        command_ask_slurm(&run.limit);
    status = run_all(&run, error);
    if (run.read)
        command_sweep_free(&run.sweep);
    free(run.hosts);
    free(run.crowded);
    /* Here and not in main: a broken wire does not come back from its end, and the output that cannot
     * be written decides on the status. */
    if (run.first)
        status = error_tell(error, status);
    error_free(error);
    if (status != STATUS_USAGE)
        write_status(&run, status);
    fflush(NULL);
    archive_unlock(&run.lock);
    wire_end(run.wire, status);
    return status;
}

static const struct command_option options[] = {
    {"output", "RUN.h5", "the archive to write; it must not exist yet, but with --resume", 'o'},
    {"resume", NULL,
     "goes on with the archive of an interrupted run, with any number of ranks, to the same "
     "numbers; makes it if there is none",
     0},
    {"set", "KEY=VALUE",
     "overrides a parameter of the sweep file, such as network.units=100; may "
     "be given several times",
     0},
    {"shard", "I/N", "runs only every N-th candidate, from the I-th on (1 <= I <= N)", 0},
    {"time-limit", "TIME",
     "ends softly before this time is up: '30 min', '12 h', 1-12:00:00; without it SLURM is asked",
     0},
    {"sign-of-life", "TIME",
     "ranks that are silent for three times as long are taken for dead, and their work is done by "
     "others ('10 s')",
     0},
    {"group", "N",
     "of every N + 1 ranks behind rank 0 the first is a relay that passes on the messages of the "
     "others; 0: none; default: 255 with more than 4096 ranks",
     0},
    {"wide", NULL, "ends with all columns of the candidates, whatever the width of the terminal",
     0},
    {"quiet", NULL, "prints nothing but errors", 0},
    {0},
};

const struct command command_run = {
    .name = "run",
    .words = "SWEEP.yaml",
    .least = 1,
    .most = 1,
    .sentence = "Runs a sweep, alone or on all ranks of mpirun, and writes its archive.",
    .details = "It ends with the candidates, the best first, and the rule of the best. "
               "'thetasweep status RUN.h5' looks on from another shell.",
    .options = options,
    .run = run,
};

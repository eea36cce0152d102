/* run: the sweep, on all ranks. Rank 0 alone reads the file, checks it and creates the archive; the
 * others learn from it whether and what to start. Only rank 0 prints. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive.h"
#include "command.h"
#include "coordinator.h"
#include "import.h"
#include "worker.h"

#define FIRST_LINE 3.0  /* seconds until a log tells something */
#define NEXT_LINE  30.0 /* seconds between lines of a log */

enum { BEST = 20 };

struct run {
    const struct command_line *line;
    const char *path; /* of the archive */
    int64_t shard, shards;
    struct wire *wire;
    bool first; /* this is rank 0 */
    struct command_sweep sweep;
    bool read; /* the sweep is held */
    struct archive *archive;
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

static enum status read_line(struct run *run, struct error *error)
{
    run->path = command_value(run->line, "output");
    if (!run->path)
        return error_add(error, STATUS_USAGE, "run: missing -o RUN.h5, where the archive goes");
    return read_shard(run, error);
}

/* Rank 0: everything that can be refused, and the archive itself. */
static enum status prepare(struct run *run, char *hosts, struct error *error)
{
    enum status status = read_line(run, error);
    if (status)
        return status;
    status = command_sweep_read(&run->sweep, run->line, error);
    if (status)
        return status;
    run->read = true;
    struct archive_plan plan;
    status = archive_plan(&plan, &run->sweep.space, error);
    if (status)
        return status;
    status = archive_create(run->path, &plan, &run->sweep.space, wire_ranks(run->wire),
                            hosts ? hosts : "", error);
    archive_plan_free(&plan);
    return status;
}

/* The other ranks' sweep, from the text that rank 0 read. */
static enum status share(struct run *run, struct error *error)
{
    int count = 1 + run->line->options;
    const char **texts = error_calloc(error, (unsigned long)count, sizeof *texts, "sweep file");
    if (!texts)
        return STATUS_FAILED;
    texts[0] = run->first ? run->sweep.config.text : NULL;
    count = 1 + command_values(texts + 1, run->line, "set");
    const char **shared = texts;
    enum status status = wire_share(run->wire, &count, &shared, error);
    if (!status && !run->first) {
        run->path = command_value(run->line, "output");
        status = config_parse(&run->sweep.config, run->line->word[0], shared[0], count - 1,
                              shared + 1, error);
        import_start(run->line->word[0]);
        if (!status)
            status = space_create(&run->sweep.space, &run->sweep.config, command_checks, error);
        run->read = !status;
    }
    if (shared != texts)
        free(shared);
    free(texts);
    return status;
}

/* Whether a person looks on. mpirun gives rank 0 a pseudo-terminal whatever its own output is, so
 * that then the launcher, our parent, is asked. */
static bool on_terminal(void)
{
    if (!isatty(STDOUT_FILENO))
        return false;
    if (!getenv("OMPI_COMM_WORLD_RANK"))
        return true;
    char link[64], target[64] = "";
    snprintf(link, sizeof link, "/proc/%ld/fd/1", (long)getppid());
    return readlink(link, target, sizeof target - 1) > 0 &&
           (strncmp(target, "/dev/pts/", 9) == 0 || strncmp(target, "/dev/tty", 8) == 0);
}

static void print_progress(void *context, const struct coordinator_progress *progress)
{
    struct run *run = context;
    bool terminal = run->terminal;
    double due = isinf(run->printed) ? FIRST_LINE : run->printed + NEXT_LINE;
    if (!terminal && !progress->last && progress->elapsed < due)
        return;
    run->printed = progress->elapsed;
    const struct search_progress *s = &progress->search;
    char left[32], elapsed[32];
    command_duration(left, progress->left);
    command_duration(elapsed, progress->elapsed);
    printf("%s%" PRId64 " of %" PRId64 " jobs (%.0f %%), %.3g a second, %s%s, %" PRId64 " diverged",
           terminal ? "\r\033[K" : "", s->done, s->jobs,
           s->jobs ? 100.0 * (double)s->done / (double)s->jobs : 100.0, progress->rate,
           progress->last ? "took " : "left ", progress->last ? elapsed : left, s->diverged);
    if (progress->lost)
        printf(", %d workers lost", progress->lost);
    if (progress->stopping)
        printf(", stopping");
    printf("%s", terminal && !progress->last ? "" : "\n");
    fflush(stdout);
}

/* Rank 0 with or without workers. */
static enum status coordinate(struct run *run, struct worker *worker, struct error *error)
{
    struct search_listener listener = archive_listener;
    listener.context = run->archive;
    struct search *search =
        search_create(&run->sweep.space, run->shard - 1, run->shards, &listener, error);
    struct coordinator coordinator = {
        .wire = run->wire,
        .search = search,
        .run = worker_run_job,
        .worker = worker,
        .progress = command_value(run->line, "quiet") ? NULL : print_progress,
        .context = run,
    };
    enum status status = coordinator_run(&coordinator, error);
    search_free(search);
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
    struct worker worker = {.wire = run->wire, .archive = run->archive, .space = &run->sweep.space};
    status = run->first ? coordinate(run, &worker, error) : worker_run(&worker, error);
    if (wire_broken(run->wire))
        return status;
    enum status closed = archive_close(run->archive, error);
    return wire_agree(run->wire, status ? status : closed);
}

static void print_start(const struct run *run)
{
    const struct space *space = &run->sweep.space;
    int workers = wire_ranks(run->wire) > 1 ? wire_ranks(run->wire) - 1 : 1;
    printf("%s: %" PRId64 " candidates, %d %s, to %s\n", run->sweep.config.base.name,
           space->candidates, workers, workers == 1 ? "worker" : "workers", run->path);
    if (run->shards > 1)
        printf("shard %" PRId64 " of %" PRId64 "\n", run->shard, run->shards);
    fflush(stdout);
}

/* What was found, from the archive. */
static enum status print_end(const struct run *run, struct error *error)
{
    struct command_results results;
    enum status status = command_results_read(&results, run->path, error);
    if (status)
        return status;
    printf("\n");
    command_print_candidates(&results, BEST);
    printf("\n");
    status = command_print_best(&results, error);
    command_results_free(&results);
    return status;
}

static enum status run_all(struct run *run, struct error *error)
{
    char *hosts = wire_hosts(run->wire);
    enum status status = run->first ? prepare(run, hosts, error) : STATUS_OK;
    free(hosts);
    status = wire_decide(run->wire, status);
    if (status)
        return status;
    status = wire_agree(run->wire, share(run, error));
    if (status)
        return status;
    bool quiet = command_value(run->line, "quiet") != NULL;
    if (run->first && !quiet)
        print_start(run);
    status = work(run, error);
    if (run->first && !quiet && (status == STATUS_OK || status == STATUS_INTERRUPTED)) {
        enum status printed = print_end(run, error);
        status = status ? status : printed;
    }
    return status;
}

static enum status run(const struct command_line *line, struct error *error)
{
    struct run run = {.line = line, .terminal = on_terminal(), .printed = -INFINITY};
    enum status status = wire_start(&run.wire, error);
    if (status)
        return status;
    run.first = wire_rank(run.wire) == 0;
    status = run_all(&run, error);
    if (run.read)
        command_sweep_free(&run.sweep);
    /* Here and not in main: a broken wire does not come back from its end. */
    if (run.first && error->text)
        fputs(error->text, stderr);
    error_free(error);
    fflush(NULL);
    wire_end(run.wire, status);
    return status;
}

static const struct command_option options[] = {
    {"output", "RUN.h5", "the archive to write; it must not exist yet", 'o'},
    {"set", "KEY=VALUE",
     "overrides a parameter of the sweep file, such as network.units=100; may "
     "be given several times",
     0},
    {"shard", "I/N", "runs only every N-th candidate, from the I-th on (1 <= I <= N)", 0},
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

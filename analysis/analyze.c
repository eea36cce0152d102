/* thetasweep-analyze: numbers for a paper from archives. Errors are printed here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/processor.h"
#include "base/version.h"
#include "measures/list.h"
#include "measures/scales.h"
#include "numbers/dsa.h"
#include "search/search.h"

enum {
    MEASURES = 16,
    SOLUTIONS = 100, /* DSA of all pairs takes half a minute, of twice as many four times as long */
    PROCESSES = 4096, /* at the most */
};

struct options {
    int paths;
    const char **path;
    const char *output;
    const char *candidates, *seeds; /* lists, as the user wrote them */
    long solutions, examples, delays, rank, check_trials, processes;
    int only;
    const char *wanted[MEASURES];
};

static void print_help(void)
{
    printf(
        "usage: thetasweep-analyze RUN.h5 [MORE.h5 ...] -o RUN.analysis.h5 [options]\n\n"
        "Computes what the rules of one or more archives learned. Reads committed records only,\n"
        "also while a run writes them. The layout of the output: analysis/README.md.\n\n"
        "  -o FILE          what to write\n"
        "  --solutions N    networks compared with one another, at the most (%d)\n"
        "  --candidates L   only networks of these candidates, as 0,5,7-9 (all)\n"
        "  --seeds L        only networks of these held-out seeds, as 0-3 (all)\n"
        "  --examples N     networks looked at closely, at the most (8)\n"
        "  --delays N       delays of DSA, in recorded steps (10)\n"
        "  --rank N         rank of DSA, 1 to %d (10)\n"
        "  --check-trials N trials of a lifetime whose gradient is checked (as many as take some\n"
        "                   seconds)\n"
        "  --processes N    that compute side by side (as many as this one may use cores)\n"
        "  --only MEASURE   only this measure; may be given several times\n"
        "  --datasets       what each measure writes; reads and writes nothing\n"
        "  --version        which build this is\n\nmeasures:\n",
        SOLUTIONS, DSA_RANK);
    for (const struct measure *const *m = measure_list; *m; m++)
        printf("  %-16s %s\n", (*m)->name, (*m)->sentence);
}

static void print_datasets(void)
{
    for (const struct measure *const *m = measure_list; *m; m++)
        for (const struct measure_dataset *d = (*m)->dataset; d->name; d++)
            printf("/%s/%s [%s]%s%s: %s\n", (*m)->name, d->name, d->dimensions,
                   *d->units ? " in " : "", d->units, d->description);
}

static enum status read_number(long *out, const char *name, const char *text, long least, long most,
                               struct error *error)
{
    char *end;
    *out = strtol(text, &end, 10);
    if (*end || end == text || *out < least || *out > most)
        return error_add(error, STATUS_USAGE,
                         "%s: found '%s', allowed: a whole number from %ld "
                         "to %ld",
                         name, text, least, most);
    return STATUS_OK;
}

static enum status want(struct options *options, const char *name, struct error *error)
{
    for (const struct measure *const *m = measure_list; *m; m++)
        if (strcmp((*m)->name, name) == 0 && options->only < MEASURES) {
            options->wanted[options->only++] = name;
            return STATUS_OK;
        }
    return error_add(error, STATUS_USAGE,
                     "--only: found '%s', allowed: one of the measures that --help lists", name);
}

/* One option with its value. */
static enum status read_option(struct options *options, const char *name, const char *value,
                               struct error *error)
{
    const struct {
        const char *name;
        long *out, least, most;
    } number[] = {{"--solutions", &options->solutions, 2, 2000},
                  {"--examples", &options->examples, 1, 1000},
                  {"--delays", &options->delays, 1, 1000},
                  {"--rank", &options->rank, 1, DSA_RANK},
                  {"--check-trials", &options->check_trials, 1, 1000000},
                  {"--processes", &options->processes, 1, PROCESSES}};
    if (!value)
        return error_add(error, STATUS_USAGE, "%s: found no value behind it", name);
    if (strcmp(name, "-o") == 0) {
        options->output = value;
        return STATUS_OK;
    }
    if (strcmp(name, "--candidates") == 0 || strcmp(name, "--seeds") == 0) {
        *(name[2] == 'c' ? &options->candidates : &options->seeds) = value;
        return STATUS_OK;
    }
    if (strcmp(name, "--only") == 0)
        return want(options, value, error);
    for (size_t i = 0; i < sizeof number / sizeof *number; i++)
        if (strcmp(name, number[i].name) == 0)
            return read_number(number[i].out, name, value, number[i].least, number[i].most, error);
    return error_add(
        error, STATUS_USAGE,
        "%s: no such option, allowed: -o, --solutions, --candidates, --seeds, "
        "--examples, --delays, --rank, --check-trials, --processes, --only, --datasets, "
        "--help",
        name);
}

static enum status read_options(struct options *options, int argc, char **argv, struct error *error)
{
    *options = (struct options){.solutions = SOLUTIONS,
                                .examples = 8,
                                .delays = 10,
                                .rank = 10,
                                .processes = processor_cores()};
    options->path = error_calloc(error, (unsigned long)argc, sizeof *options->path, "arguments");
    enum status status = options->path ? STATUS_OK : STATUS_FAILED;
    for (int i = 1; i < argc && !status; i++) {
        if (argv[i][0] != '-') {
            options->path[options->paths++] = argv[i];
        } else {
            status = read_option(options, argv[i], argv[i + 1], error);
            i++;
        }
    }
    if (!status && (options->paths == 0 || !options->output))
        status = error_add(error, STATUS_USAGE,
                           "usage: thetasweep-analyze RUN.h5 [MORE.h5 ...] -o RUN.analysis.h5; "
                           "--help says more");
    for (int i = 0; i < options->paths && !status; i++)
        if (strcmp(options->path[i], options->output) == 0)
            status = error_add(error, STATUS_USAGE,
                               "-o: found '%s', which is an archive to read, allowed: another file",
                               options->output);
    return status;
}

static bool wanted(const struct options *options, const struct measure *measure)
{
    for (int i = 0; i < options->only; i++)
        if (strcmp(options->wanted[i], measure->name) == 0)
            return true;
    return options->only == 0;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static enum status run_measures(struct study *study, struct output *output,
                                const struct options *options, struct error *error)
{
    output_attribute(output, "program", version_string());
    output_attribute(output, "git", version_git());
    measure_scales(study, output);
    enum status status = measure_study(study, output, error);
    for (const struct measure *const *m = measure_list; *m && !status; m++) {
        if (!wanted(options, *m))
            continue;
        double start = now();
        measure_run(*m, study, output);
        printf("%-16s %6.1f s\n", (*m)->name, now() - start);
        fflush(stdout);
    }
    measure_notes(study, output);
    return status;
}

static enum status analyse(const struct options *options, struct error *error)
{
    struct study study;
    struct output *output;
    static const struct output_kind kind = {"thetasweep-analysis", "analysis", true};
    const struct study_wish wish = {(int)options->solutions, (int)options->examples,
                                    options->candidates, options->seeds};
    enum status status = study_open(&study, options->path, options->paths, &wish, error);
    if (status)
        return status;
    study.delays = (int)options->delays;
    study.rank = (int)options->rank;
    study.check_trials = (int)options->check_trials;
    study.processes = (int)options->processes;
    printf("candidates %d, rules %d, solutions %d, examples %d\n", study.candidates, study.rules,
           study.solutions, study.examples);
    status = output_create(&output, options->output, &kind, error);
    if (!status) {
        status = run_measures(&study, output, options, error);
        enum status finished = output_finish(output, status == STATUS_OK, error);
        status = status ? status : finished;
    }
    study_close(&study);
    return status;
}

int main(int argc, char **argv)
{
    struct error error = {0};
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        print_help();
        return error_tell(&error, STATUS_OK);
    }
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        printf("thetasweep-analyze %s (%s)\n", version_string(), version_git());
        return error_tell(&error, STATUS_OK);
    }
    if (argc > 1 && strcmp(argv[1], "--datasets") == 0) {
        print_datasets();
        return error_tell(&error, STATUS_OK);
    }
    enum status status = processor_start(argv, &error);
    if (status)
        _exit(error_tell(&error, status));
    search_register();
    struct options options = {0};
    status = read_options(&options, argc, argv, &error);
    if (!status)
        status = analyse(&options, &error);
    free(options.path);
    return error_tell(&error, status);
}

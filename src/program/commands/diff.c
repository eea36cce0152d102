/* diff: which settings two sweeps do not share, each a sweep file or what an archive was made with. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/task.h"
#include "program/command.h"

/* One of the two. Of an archive the configuration stands in `held`, of a file in `sweep`. */
struct side {
    const char *path;
    struct archive *archive; /* NULL: a sweep file */
    struct config held;
    struct command_sweep sweep;
    const struct config *config; /* either; NULL: not read */
    struct settings settled;     /* its base, with numbers for "auto" */
};

/* ---- reading ---- */

static enum status read_archive(struct side *side, struct error *error)
{
    enum status status = archive_open_reader(&side->archive, side->path, error);
    if (status)
        return status;
    status = archive_read_configuration(&side->held, side->archive, side->path, error);
    side->config = status ? NULL : &side->held;
    return status;
}

/* The way of the gradient that a file leaves to the program is that of the archive beside it. */
static enum status read_file(struct side *side, struct archive *other, struct error *error)
{
    struct command_line alone = {.words = 1, .word = &side->path};
    enum status status = command_sweep_read(&side->sweep, &alone, error);
    if (status)
        return status;
    side->config = &side->sweep.config;
    return other ? command_sweep_keep(&side->sweep, other, error) : STATUS_OK;
}

static enum status read_sides(struct side side[2], const struct command_line *line,
                              struct error *error)
{
    enum status status = STATUS_OK;
    for (int s = 0; s < 2 && !status; s++) {
        side[s].path = line->word[s];
        if (command_is_archive(side[s].path))
            status = read_archive(&side[s], error);
    }
    for (int s = 0; s < 2 && !status; s++)
        if (!side[s].archive)
            status = read_file(&side[s], side[!s].archive, error);
    for (int s = 0; s < 2 && !status; s++) {
        side[s].settled = side[s].config->base;
        settings_settle(&side[s].settled);
    }
    return status;
}

static void free_side(struct side *side)
{
    if (side->config && side->archive)
        config_free(&side->held);
    else if (side->config)
        command_sweep_free(&side->sweep);
    if (side->archive)
        archive_close_reader(side->archive);
}

/* ---- values ---- */

static const struct sweep_axis *axis_of(const struct config *config, const char *name)
{
    for (int a = 0; a < config->sweep.axes; a++)
        if (strcmp(config->sweep.axis[a].name, name) == 0)
            return &config->sweep.axis[a];
    return NULL;
}

static void write_axis(FILE *out, const struct sweep *sweep, const struct sweep_axis *axis)
{
    bool nested = axis->crossed && !sweep->method->crosses;
    for (int i = 0; i < axis->count; i++)
        fprintf(out, "%s%s", i ? ", " : "swept: [", *axis->value[i] ? axis->value[i] : "null");
    if (axis->count > 0)
        fprintf(out, "]%s", nested ? " of a grid" : "");
    else
        fprintf(out, "swept: {min: %.12g%s%s, max: %.12g%s%s, distribution: %s}", axis->minimum,
                *axis->unit ? " " : "", axis->unit, axis->maximum, *axis->unit ? " " : "",
                axis->unit, axis->distribution == SWEEP_LOG_UNIFORM ? "log_uniform" : "uniform");
}

/* What is said of the sweep itself. */
static bool write_method(FILE *out, const struct sweep *sweep, const char *name)
{
    if (sweep->axes > 0 && strcmp(name, "sweep.method") == 0)
        fprintf(out, "%s", sweep->method->name);
    else if (sweep->samples > 0 && strcmp(name, "sweep.samples") == 0)
        fprintf(out, "%d", sweep->samples);
    else if (sweep->generation > 0 && strcmp(name, "sweep.generation") == 0)
        fprintf(out, "%d", sweep->generation);
    else
        return false;
    return true;
}

/* The value of `name` as text for free(), as it was said or settled; NULL: there is no such thing in this
 * sweep. */
static char *value_of(const struct side *side, const char *name, bool settled)
{
    const struct config *config = side->config;
    const struct settings *base = settled ? &side->settled : &config->base;
    char text[SETTINGS_VALUE], *value = NULL;
    size_t size;
    struct parameter row;
    const struct sweep_axis *axis = axis_of(config, name);
    FILE *out = open_memstream(&value, &size);
    bool known = true;
    if (!out)
        return NULL;
    if (axis) {
        write_axis(out, &config->sweep, axis);
    } else if (settings_find(name) ||
               (settings_describe(&row, base, name) && !isnan(settings_number(base, name)))) {
        settings_get(base, name, text);
        fputs(text, out);
    } else {
        known = write_method(out, &config->sweep, name);
    }
    if (fclose(out) == 0 && known)
        return value;
    free(value);
    return NULL;
}

/* ---- differences ---- */

/* How many there are; the first one is told below both names. */
struct differences {
    const struct side *side;
    int count;
};

/* Whether both say the same of `name`; if not and `print`, tells it. */
static bool look(const struct differences *differences, const char *name, bool settled, bool print)
{
    const struct side *side = differences->side;
    char *value[2] = {value_of(&side[0], name, settled), value_of(&side[1], name, settled)};
    bool same = value[0] && value[1] ? strcmp(value[0], value[1]) == 0 : value[0] == value[1];
    if (print && !same && differences->count == 0)
        printf("--- %s\n+++ %s\n", side[0].path, side[1].path);
    for (int s = 0; s < 2; s++) {
        if (print && !same && value[s])
            printf("%c%s: %s\n", "-+"[s], name, value[s]);
        free(value[s]);
    }
    return same;
}

/* Where both say "auto", what follows from other settings is no difference of its own. */
static void compare(struct differences *differences, const char *name)
{
    if (!look(differences, name, false, false) && !look(differences, name, true, true))
        differences->count++;
}

/* The fields of both tasks, each once. */
static void compare_tasks(struct differences *differences)
{
    const struct task *task[2];
    char name[SETTINGS_NAME], reason[SETTINGS_VALUE];
    for (int s = 0; s < 2; s++) {
        task[s] = task_of(&differences->side[s].config->base);
        struct settings first;
        settings_defaults(&first);
        settings_set(&first, "task.name", task[0]->name, reason);
        for (const struct settings_field *f = task[s]->fields; f->name; f++) {
            struct parameter row;
            snprintf(name, sizeof name, "task.%s", f->name);
            if (s == 0 || !settings_describe(&row, &first, name))
                compare(differences, name);
        }
    }
}

/* Single entries of maps, which have no row. */
static void compare_axes(struct differences *differences)
{
    const struct config *first = differences->side[0].config;
    for (int s = 0; s < 2; s++) {
        const struct sweep *sweep = &differences->side[s].config->sweep;
        for (int a = 0; a < sweep->axes; a++) {
            const char *name = sweep->axis[a].name;
            bool told = settings_find(name) || strncmp(name, "task.", 5) == 0;
            if (!told && (s == 0 || !axis_of(first, name)))
                compare(differences, name);
        }
    }
}

static int compare_all(const struct side side[2])
{
    static const char *const own[] = {"sweep.method", "sweep.samples", "sweep.generation"};
    struct differences differences = {.side = side};
    int count;
    const struct parameter *row = settings_parameters(&count);
    for (int i = 0; i < count; i++) {
        compare(&differences, row[i].name);
        if (row[i].type == PARAMETER_VARIANT)
            compare_tasks(&differences);
    }
    compare_axes(&differences);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        compare(&differences, own[i]);
    return differences.count;
}

static enum status run(const struct command_line *line, struct error *error)
{
    struct side *side = error_calloc(error, 2, sizeof *side, "two configurations");
    if (!side)
        return STATUS_FAILED;
    enum status status = read_sides(side, line, error);
    if (!status && compare_all(side) > 0)
        status = STATUS_FAILED;
    free_side(&side[0]);
    free_side(&side[1]);
    free(side);
    return status;
}

static const struct command_option options[] = {{0}};

const struct command command_diff = {
    .name = "diff",
    .words = "A.yaml|A.h5 B.yaml|B.h5",
    .least = 2,
    .most = 2,
    .sentence =
        "Tells which settings differ between two sweeps, files or archives; exit status 1 if "
        "any does.",
    .details =
        "A line for each, as diff has it: what A says behind '-', what B says behind '+'. What "
        "a file leaves to the program stands in it as it will be run, so that a file and the "
        "archive that was made of it are the same.",
    .options = options,
    .run = run,
};

/* The resolved configuration of a whole sweep: every parameter of the base and every axis, with
 * overrides, and as comments the checksums of the files that it names. It identifies the numbers in
 * an archive. */
#include "archive/resolved.h"

#include <stdlib.h>
#include <string.h>

#include "archive/file.h"
#include "archive/import.h"

enum { LEVELS = 8 }; /* of sections */

static void print_quoted(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++)
        fprintf(out, "%s%c", *text == '"' || *text == '\\' ? "\\" : "", *text);
    fputc('"', out);
}

/* "1.2, 1.5" */
static void print_values(FILE *out, const char *name, char *const *value, int count)
{
    const struct parameter *row = settings_find(name);
    for (int i = 0; i < count; i++) {
        fprintf(out, "%s", i ? ", " : "");
        if (!*value[i])
            fprintf(out, "null"); // of a list
        else if (row && row->type == PARAMETER_PATH)
            print_quoted(out, value[i]);
        else
            fprintf(out, "%s", value[i]);
    }
}

/* ", when: {network.phi: [tanh]}". A condition of a list or map has one value. */
static void print_whens(FILE *out, const struct sweep *sweep, const struct sweep_axis *axis)
{
    for (int i = 0; i < axis->whens; i++) {
        const struct sweep_when *when = &axis->when[i];
        const char *name = sweep->axis[when->axis].name;
        const struct parameter *row = settings_find(name);
        bool listed = row && (row->type == PARAMETER_LIST || row->type == PARAMETER_MAP);
        fprintf(out, "%s%s: %s", i ? ", " : ", when: {", name, listed ? "" : "[");
        print_values(out, name, when->value, when->count);
        fprintf(out, "%s%s", listed ? "" : "]", i + 1 == axis->whens ? "}" : "");
    }
}

/* "    network.gain: {values: [1.2, 1.5]}" or the range of a random sweep. */
static void print_axis(FILE *out, const struct sweep *sweep, const struct sweep_axis *axis)
{
    fprintf(out, "    %s: {", axis->name);
    if (axis->count == 0) {
        fprintf(out, "min: %.17g, max: %.17g, distribution: %s", axis->minimum, axis->maximum,
                axis->distribution == SWEEP_LOG_UNIFORM ? "log_uniform" : "uniform");
    } else {
        fprintf(out, "values: [");
        print_values(out, axis->name, axis->value, axis->count);
        fprintf(out, "]");
    }
    print_whens(out, sweep, axis);
    fprintf(out, "%s}\n", axis->crossed && !sweep->method->crosses ? ", method: grid" : "");
}

/* Where the sweep changes the task, each candidate has its own fields. */
static bool sweeps_task(const struct config *config)
{
    for (int a = 0; a < config->sweep.axes; a++) {
        const struct parameter *row = settings_find(config->sweep.axis[a].name);
        if (row && row->type == PARAMETER_VARIANT)
            return true;
    }
    return false;
}

/* "# file 1: trials.h5, CRC-32 1a2b3c4d" */
static void print_files(FILE *out)
{
    int number = 0;
    for (const struct import_file *file = import_files(); file; file = file->next)
        fprintf(out, "# file %d: %s, CRC-32 %08lx\n", ++number, file->path, file->sum);
}

char *archive_resolved(const struct space *space)
{
    const struct config *config = space->config;
    const struct sweep *sweep = &config->sweep;
    char *text = NULL, *base = settings_print(&config->base, !sweeps_task(config));
    size_t length;
    FILE *out = base ? open_memstream(&text, &length) : NULL;
    if (out) {
        fputs(base, out);
        if (sweep->axes > 0 || sweep->repeats > 1)
            fprintf(out, "sweep:\n");
        if (sweep->repeats > 1)
            fprintf(out, "  repeats: %d\n", sweep->repeats);
        if (sweep->axes > 0) {
            fprintf(out, "  method: %s\n", sweep->method->name);
            if (sweep->method->draws)
                fprintf(out, "  samples: %d\n", sweep->samples);
            if (sweep->method->learn)
                fprintf(out, "  generation: %d\n", sweep->generation);
            fprintf(out, "  parameters:\n");
            for (int a = 0; a < sweep->axes; a++)
                print_axis(out, sweep, &sweep->axis[a]);
        }
        print_files(out);
        if (fclose(out) != 0) {
            free(text);
            text = NULL;
        }
    }
    free(base);
    return text;
}

/* A resolved configuration, read line by line: "  key: value" inside of sections, which are keys
 * without a value, and "# file 1: value". */
struct reader {
    const char *next;
    size_t length[LEVELS]; /* of `key` at each depth */
    char key[SETTINGS_VALUE];
    const char *value; /* to the end of its line */
    int bytes;         /* of it */
};

static bool read_entry(struct reader *reader)
{
    while (*reader->next) {
        const char *line = reader->next, *end = line + strcspn(line, "\n");
        size_t depth = strspn(line, " ") / 2, start = depth > 0 ? reader->length[depth - 1] : 0;
        const char *name = line + 2 * depth + strspn(line + 2 * depth, "# "),
                   *colon = strchr(name, ':');
        reader->next = *end ? end + 1 : end;
        if (depth >= LEVELS || !colon || colon > end)
            continue;
        int length = snprintf(reader->key + start, sizeof reader->key - start, "%s%.*s",
                              start ? "." : "", (int)(colon - name), name);
        reader->length[depth] = start + (size_t)length;
        reader->value = colon + 1 + strspn(colon + 1, " ");
        reader->bytes = (int)(end - reader->value);
        if (reader->bytes > 0)
            return true;
    }
    return false;
}

/* Says which entries of `asked` are missing from `held` or, unless `missing`, are others there.
 * Returns how many. A name and checkpoints do not touch the numbers. */
static int compare(const char *held, const char *asked, const char *path, bool missing,
                   struct error *error)
{
    int count = 0;
    struct reader new = {.next = asked};
    while (read_entry(&new)) {
        struct reader old = {.next = held};
        bool there = false;
        while (!there && read_entry(&old))
            there = strcmp(old.key, new.key) == 0;
        bool same =
            there && old.bytes == new.bytes &&memcmp(old.value, new.value, (size_t) new.bytes) == 0;
        bool free = strcmp(new.key, "name") == 0 || strcmp(new.key, "record.checkpoint") == 0;
        if (same || (there && missing) || free)
            continue;
        count++;
        if (there)
            error_add(error, STATUS_USAGE, "%s: %s: found %.*s, allowed: %.*s, as in the archive",
                      path, new.key, new.bytes, new.value, old.bytes, old.value);
        else
            error_add(error, STATUS_USAGE, "%s: %s: found %s, allowed: %s, as in the archive", path,
                      new.key, missing ? "nothing" : "a value", missing ? "a value" : "nothing");
    }
    return count;
}

enum status archive_read_configuration(struct config *config, struct archive *archive,
                                       const char *path, struct error *error)
{
    char *text = archive_read_resolved(archive, error);
    enum status status = text ? config_parse_resolved(config, path, text, error) : STATUS_FAILED;
    free(text);
    return status;
}

enum status archive_compare(struct archive *archive, const struct space *space, struct error *error)
{
    char *asked = archive_resolved(space), *held = archive_read_resolved(archive, error);
    enum status status = asked && held ? STATUS_OK : STATUS_FAILED;
    if (!status && compare(held, asked, archive->path, false, error) +
                           compare(asked, held, archive->path, true, error) >
                       0)
        status = error_add(error, STATUS_USAGE, "%s: it was made with another configuration",
                           archive->path);
    free(asked);
    free(held);
    return status;
}

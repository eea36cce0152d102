/* The resolved configuration of a whole sweep: every parameter of the base and every axis, with
 * overrides. It identifies the numbers in an archive. */
#include "archive_private.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static void print_quoted(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++)
        fprintf(out, "%s%c", *text == '"' || *text == '\\' ? "\\" : "", *text);
    fputc('"', out);
}

/* "    network.gain: {values: [1.2, 1.5]}" or the range of a random sweep. */
static void print_axis(FILE *out, const struct config_axis *axis)
{
    fprintf(out, "    %s: {", axis->name);
    if (axis->count == 0) {
        fprintf(out, "min: %.17g, max: %.17g, distribution: %s}\n", axis->minimum, axis->maximum,
                axis->distribution == SWEEP_LOG_UNIFORM ? "log_uniform" : "uniform");
        return;
    }
    fprintf(out, "values: [");
    const struct parameter *row = settings_find(axis->name);
    for (int i = 0; i < axis->count; i++) {
        fprintf(out, "%s", i ? ", " : "");
        if (row && row->type == PARAMETER_PATH)
            print_quoted(out, axis->value[i]);
        else
            fprintf(out, "%s", axis->value[i]);
    }
    fprintf(out, "]}\n");
}

/* Where the sweep changes the task, each candidate has its own fields. */
static bool sweeps_task(const struct config *config)
{
    for (int a = 0; a < config->axes; a++) {
        const struct parameter *row = settings_find(config->axis[a].name);
        if (row && row->type == PARAMETER_VARIANT)
            return true;
    }
    return false;
}

char *archive_resolved(const struct space *space)
{
    static const char *const methods[] = {
        [SWEEP_GRID] = "grid", [SWEEP_RANDOM] = "random", [SWEEP_LIST] = "list"};
    const struct config *config = space->config;
    char *text = NULL, *base = settings_print(&config->base, !sweeps_task(config));
    size_t length;
    FILE *out = base ? open_memstream(&text, &length) : NULL;
    if (out) {
        fputs(base, out);
        if (config->axes > 0) {
            fprintf(out, "sweep:\n  method: %s\n", methods[config->method]);
            if (config->method == SWEEP_RANDOM)
                fprintf(out, "  samples: %d\n", config->samples);
            fprintf(out, "  parameters:\n");
            for (int a = 0; a < config->axes; a++)
                print_axis(out, &config->axis[a]);
        }
        if (fclose(out) != 0) {
            free(text);
            text = NULL;
        }
    }
    free(base);
    return text;
}

void archive_hash(char hash[9], const char *resolved)
{
    unsigned long crc = crc32(0, (const unsigned char *)resolved, (unsigned)strlen(resolved));
    snprintf(hash, 9, "%08lx", crc & 0xffffffffUL);
}

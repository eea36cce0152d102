#include "archives/study_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/import.h"

/* "folder/" of the archive before a name that is relative. */
static enum status place(char out[SETTINGS_PATH], const char *archive, const char *name, int bytes,
                         struct error *error)
{
    const char *slash = strrchr(archive, '/');
    int folder = slash && *name != '/' ? (int)(slash - archive) + 1 : 0;
    memset(out, 0, SETTINGS_PATH);
    if (folder + bytes >= SETTINGS_PATH)
        return error_add(error, STATUS_USAGE,
                         "%s: found '%.*s' with the archive's folder ahead, allowed: %d bytes at "
                         "the most",
                         archive, bytes, name, SETTINGS_PATH - 1);
    memcpy(out, archive, (size_t)folder);
    memcpy(out + folder, name, (size_t)bytes);
    return STATUS_OK;
}

static enum status place_setting(char path[SETTINGS_PATH], const char *archive, struct error *error)
{
    char name[SETTINGS_PATH];
    memcpy(name, path, sizeof name);
    return *name ? place(path, archive, name, (int)strlen(name), error) : STATUS_OK;
}

static enum status place_axis(struct sweep_axis *axis, const char *archive, struct error *error)
{
    enum status status = STATUS_OK;
    for (int i = 0; i < axis->count && !status; i++) {
        char path[SETTINGS_PATH];
        const char *name = axis->value[i];
        if (*name == 0 || strcmp(name, "none") == 0)
            continue;
        status = place(path, archive, name, (int)strlen(name), error);
        char *text = status ? NULL : strdup(path);
        if (!text)
            return status ? status : error_add(error, STATUS_FAILED, "out of memory: names");
        free(axis->value[i]);
        axis->value[i] = text;
    }
    return status;
}

enum status study_place_files(struct config *config, const char *archive, struct error *error)
{
    enum status status = place_setting(config->base.path, archive, error);
    if (!status)
        status = place_setting(config->base.network.weights, archive, error);
    for (int a = 0; a < config->sweep.axes && !status; a++) {
        const struct parameter *row = settings_find(config->sweep.axis[a].name);
        if (row && row->type == PARAMETER_PATH)
            status = place_axis(&config->sweep.axis[a], archive, error);
    }
    return status;
}

static const struct import_file *find_file(const char *path)
{
    const struct import_file *file = import_files();
    while (file && strcmp(file->path, path) != 0)
        file = file->next;
    return file;
}

enum status study_check_files(const char *archive, const char *resolved, struct error *error)
{
    static const char word[] = ", CRC-32 ";
    enum status status = STATUS_OK;
    for (const char *line = resolved; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        const char *name = strncmp(line, "# file ", 7) == 0 ? strstr(line, ": ") : NULL;
        const char *end = line + strcspn(line, "\n"), *sum = NULL;
        for (const char *next = name; next && next < end; next++)
            if (strncmp(next, word, strlen(word)) == 0)
                sum = next; // the last one: a name may hold anything
        char path[SETTINGS_PATH];
        if (!sum || place(path, archive, name + 2, (int)(sum - name - 2), NULL))
            continue;
        const struct import_file *file = find_file(path);
        unsigned long wanted = strtoul(sum + strlen(word), NULL, 16);
        if (file && file->sum != wanted)
            status = error_add(error, STATUS_USAGE,
                               "%s: found numbers with the CRC-32 %08lx, allowed: the file that %s "
                               "was made with, beside it, CRC-32 %08lx",
                               path, file->sum, archive, wanted);
    }
    return status;
}

static void join(char path[SETTINGS_PATH])
{
    const struct import_file *own = find_file(path), *first = own;
    for (const struct import_file *file = own; file; file = file->next) // older ones
        if (file->sum == own->sum)
            first = file;
    if (first)
        memcpy(path, first->path, SETTINGS_PATH);
}

void study_join_files(struct settings *settings)
{
    join(settings->path);
    join(settings->network.weights);
}

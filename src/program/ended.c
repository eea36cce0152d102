#include "program/ended.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cluster/coordinator.h"

/* Options of which a run that goes on knows better. */
static bool is_told_anew(const char *option)
{
    return strcmp(option, "output") == 0 || strcmp(option, "resume") == 0;
}

/* Adds a word, quoted if a shell would read it otherwise. */
static void add_word(char *text, size_t room, const char *word)
{
    bool plain = *word != 0;
    for (const char *c = word; *c; c++)
        plain &= isalnum((unsigned char)*c) || strchr("_./=:,+@%-", *c) != NULL;
    size_t length = strlen(text);
    length += (size_t)snprintf(text + length, room - length, " %s", plain ? "" : "'");
    for (const char *c = word; *c && length + 8 < room; c++)
        length += (size_t)snprintf(text + length, room - length, *c == '\'' ? "'\\''" : "%c", *c);
    snprintf(text + length, room - length, "%s", plain ? "" : "'");
}

enum status command_write_resume(struct archive *archive, const struct command_line *line,
                                 struct error *error)
{
    char text[ARCHIVE_COMMAND + 1] =
        "thetasweep run"; // one longer than there is room for: not kept
    add_word(text, sizeof text, line->word[0]);
    for (int i = 0; i < line->options && strlen(text) + 2 < sizeof text; i++) {
        size_t length = strlen(text);
        if (is_told_anew(line->option[i].name))
            continue;
        snprintf(text + length, sizeof text - length, " --%s", line->option[i].name);
        if (*line->option[i].value)
            add_word(text, sizeof text, line->option[i].value);
    }
    snprintf(text + strlen(text), sizeof text - strlen(text), " --resume -o");
    add_word(text, sizeof text, command_value(line, "output"));
    return archive_write_command(archive, text, error);
}

enum status command_write_end(struct archive *archive, enum status status, double deadline,
                              struct error *error)
{
    char why[ARCHIVE_WHY] = "";
    bool limit = !coordinator_stopping() || (deadline > 0 && wire_time() > deadline);
    if (status == STATUS_INTERRUPTED)
        snprintf(why, sizeof why, "%s",
                 command_signal() ? command_signal()
                 : limit          ? "its time limit"
                                  : "a signal to another rank");
    else if (status && error->text)
        snprintf(why, sizeof why, "%.*s", (int)strcspn(error->text, "\n"), error->text);
    return archive_write_end(archive, status, why, error);
}

/* With --shard all was done that this start was to do: then it is the rest that goes on. */
void command_resume(char text[COMMAND_RESUME], const struct archive_end *end, int ranks,
                    const char *path)
{
    const char *output = strstr(end->command, " --resume -o ");
    *text = 0;
    if (ranks > 1)
        snprintf(text, COMMAND_RESUME, "mpirun -n %d ", ranks);
    size_t length = strlen(text);
    if (output && end->status != STATUS_OK)
        snprintf(text + length, COMMAND_RESUME - length, "%.*s --resume -o",
                 (int)(output - end->command), end->command);
    else
        snprintf(text + length, COMMAND_RESUME - length, "thetasweep run SWEEP.yaml --resume -o");
    add_word(text, COMMAND_RESUME, path);
}

void command_stopped(char text[ARCHIVE_WHY + 64], const struct archive_end *end)
{
    size_t room = ARCHIVE_WHY + 64;
    if (end->status == STATUS_OK)
        snprintf(text, room, "after all that its latest start was to do, as with --shard");
    else if (end->status < 0)
        snprintf(text, room, "before its end: killed, or its machine failed");
    else if (end->status == STATUS_INTERRUPTED)
        snprintf(text, room, "by %s", *end->why ? end->why : "a signal or a time limit");
    else
        snprintf(text, room, "by a failure, exit status %d%s%s", end->status, *end->why ? ": " : "",
                 end->why);
}

void command_print_stop(const struct archive_end *end, int ranks, const char *path)
{
    char text[ARCHIVE_WHY + 80] = "stopped ", resume[COMMAND_RESUME];
    command_stopped(text + strlen(text), end);
    command_wrap(text, 0, 2);
    if (end->packed) {
        printf("packed: what goes on is the archive of which it is a copy\n");
        return;
    }
    command_resume(resume, end, ranks, path);
    printf("goes on with: %s\n", resume);
}

enum status command_print_end(struct archive *archive, const char *path, struct error *error)
{
    struct archive_end end;
    enum status status = archive_read_end(archive, &end, error);
    if (status)
        return status;
    printf("\n");
    command_print_stop(&end, archive_read_team(archive).ranks, path);
    return STATUS_OK;
}

void command_write_status(const char *path, enum status status)
{
    char name[PATH_MAX], fresh[PATH_MAX + 4];
    if (snprintf(name, sizeof name, "%s.status", path) >= (int)sizeof name)
        return;
    snprintf(fresh, sizeof fresh, "%s.new", name);
    FILE *file = fopen(fresh, "we");
    bool written = file && fprintf(file, "%d\n", (int)status) > 0 && fflush(file) == 0 &&
                   fsync(fileno(file)) == 0;
    if (file)
        written = fclose(file) == 0 && written;
    if (!written || rename(fresh, name) != 0)
        unlink(fresh);
}

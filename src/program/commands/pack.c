/* pack: a copy of an archive to share. */
#include <stdio.h>
#include <sys/stat.h>

#include "archive/archive.h"
#include "program/command.h"

static double megabytes(const char *path)
{
    struct stat file;
    return stat(path, &file) == 0 ? (double)file.st_size / 1e6 : 0;
}

static enum status run(const struct command_line *line, struct error *error)
{
    const char *path = line->word[0], *out = command_value(line, "output");
    struct archive *archive;
    if (!out)
        return error_add(error, STATUS_USAGE, "pack: missing -o SMALL.h5, where the copy goes");
    enum status status = archive_open_reader(&archive, path, error);
    if (status)
        return status;
    status = command_check_rest(archive, path, error);
    if (!status)
        status = archive_pack(archive, out, error);
    archive_close_reader(archive);
    if (!status)
        printf("%s: %.3g MB, %s: %.3g MB\n", out, megabytes(out), path, megabytes(path));
    return status;
}

static const struct command_option options[] = {
    {"output", "SMALL.h5", "the copy; it must not exist yet", 'o'},
    {0},
};

const struct command command_pack = {
    .name = "pack",
    .words = "RUN.h5",
    .least = 1,
    .most = 1,
    .sentence = "Makes a smaller copy of an archive, to share or to keep: compressed, every number "
                "under a checksum.",
    .details =
        "All that reads archives reads it, and finds the same; no run goes on with it. HDF5 "
        "1.10 or later opens it, without filters that must be installed. Packed shards can be "
        "merged.",
    .options = options,
    .run = run,
};

/* Files that a command writes beside archives: never over another one, and whole or not at all. */
#include <errno.h>
#include <unistd.h>

#include "program/command.h"

enum status command_create_file(FILE **out, const char *path, struct error *error)
{
    *out = fopen(path, "wxe");
    if (*out)
        return STATUS_OK;
    return errno == EEXIST ? error_add(error, STATUS_USAGE,
                                       "%s: found a file of this name, allowed: a new name", path)
                           : error_add_errno(error, STATUS_USAGE, "%s", path);
}

enum status command_finish_file(FILE *out, const char *path, enum status status,
                                struct error *error)
{
    bool full = ferror(out);
    full = fclose(out) != 0 || full;
    if (full && !status)
        status = error_add_errno(error, STATUS_FAILED, "%s", path);
    if (status)
        unlink(path);
    return status;
}

/* Files that a command writes beside archives: never over another one, and whole or not at all. And
 * those that are installed beside the program, or stand in the tree in which it was built. */
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
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

bool command_beside_program(char path[PATH_MAX], const char *place)
{
    char own[PATH_MAX] = "", wanted[2 * PATH_MAX];
    if (readlink("/proc/self/exe", own, sizeof own - 1) < 0)
        return false;
    snprintf(wanted, sizeof wanted, "%s/%s", dirname(own), place);
    return realpath(wanted, path) != NULL;
}

enum status command_find_file(char path[PATH_MAX], const char *name, const char *folder,
                              struct error *error)
{
    char installed[PATH_MAX], built[PATH_MAX];
    snprintf(installed, sizeof installed, "../share/thetasweep/%s/%s", folder, name);
    snprintf(built, sizeof built, "../%s/%s", folder, name);
    if (command_beside_program(path, installed) || command_beside_program(path, built))
        return STATUS_OK;
    return error_add(error, STATUS_FAILED,
                     "found no %s from the folder of this program on, neither %s nor %s, allowed: "
                     "'make install', or the program in the tree in which it was built",
                     name, installed, built);
}

bool command_is_archive(const char *path)
{
    char start[8] = "";
    FILE *file = fopen(path, "re");
    bool yes = file && fread(start, 1, sizeof start, file) == sizeof start &&
               memcmp(start, "\211HDF\r\n\032\n", sizeof start) == 0;
    if (file)
        fclose(file);
    return yes;
}

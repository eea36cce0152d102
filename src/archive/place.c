/* Where a new archive is made, and how it gets its name. */
#include "archive/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Takes room on the disk for the whole file, so that it cannot be full later: HDF5 does not survive
 * that while a file is made. Not every file system can do it. */
static enum status take_room(int file, const char *path, double bytes, const char *remedy,
                             struct error *error)
{
    if (fallocate(file, 0, 0, (off_t)bytes) < 0 &&
        (errno == ENOSPC || errno == EDQUOT || errno == EFBIG))
        return error_add_errno(error, STATUS_USAGE,
                               "%s: the archive needs %.3g GB on this disk%s%s", path, bytes / 1e9,
                               remedy ? ", " : "", remedy ? remedy : "");
    return STATUS_OK;
}

/* By what the disk says, and by taking the room for a moment, since quotas and limits are not told. */
enum status archive_take_place(const char *path, const char *fresh, double bytes,
                               const struct archive_remedy *remedy, struct error *error)
{
    struct statvfs disk;
    if (access(path, F_OK) == 0)
        return error_add(error, STATUS_USAGE, "%s: found a file of this name, allowed: %s", path,
                         remedy->taken);
    int file = open(fresh, O_RDWR | O_CREAT, 0666);
    if (file < 0)
        return error_add_errno(error, STATUS_USAGE, "%s: cannot make this file", fresh);
    int result = fstatvfs(file, &disk);
    double room = (double)disk.f_bavail * (double)disk.f_frsize;
    enum status status = STATUS_OK;
    if (result == 0 && room < bytes)
        status = error_add(error, STATUS_USAGE,
                           "%s: the archive needs %.3g GB, found room for %.3g GB on this disk; %s",
                           path, bytes / 1e9, room / 1e9, remedy->full);
    else
        status = take_room(file, path, bytes, remedy->full, error);
    close(file);
    if (status)
        unlink(fresh);
    return status;
}

static enum status keep_room(const char *path, struct error *error)
{
    struct stat size;
    int file = open(path, O_RDWR);
    enum status status = STATUS_OK;
    if (file >= 0 && fstat(file, &size) == 0)
        status = take_room(file, path, (double)size.st_size, NULL, error);
    if (file >= 0)
        close(file);
    return status;
}

static enum status sync_path(const char *path, struct error *error)
{
    int file = open(path, O_RDONLY);
    int result = file < 0 ? -1 : fsync(file);
    if (result < 0)
        error_add_errno(error, STATUS_FAILED, "%s: cannot bring to the disk", path);
    if (file >= 0)
        close(file);
    return result < 0 ? STATUS_FAILED : STATUS_OK;
}

/* Renames without overwriting; a link and an unlink where the file system knows no such rename. */
enum status archive_put_in_place(const char *fresh, const char *path, struct error *error)
{
    enum status status = keep_room(fresh, error);
    if (!status)
        status = sync_path(fresh, error);
    if (status)
        return status;
    int result = renameat2(AT_FDCWD, fresh, AT_FDCWD, path, RENAME_NOREPLACE);
    if (result < 0 && (errno == EINVAL || errno == ENOSYS) && (result = link(fresh, path)) == 0)
        unlink(fresh);
    if (result < 0)
        return error_add_errno(error, STATUS_USAGE, "%s: cannot be given this name", path);
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[1] = 0;
    return sync_path(slash ? folder : ".", error);
}

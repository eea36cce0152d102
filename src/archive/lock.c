/* One run at a time. HDF5 keeps nobody from writing to a file that another run is writing to, so
 * that runs agree by two locks, which the kernel gives back when the process ends: a killed run
 * leaves none behind, at the most a file.
 *
 * The first is flock() on a file beside the archive, which says who holds it and can be taken
 * before the archive exists. Symbolic links are followed to find it. The second is on the archive
 * itself, since a file may have several names (hard links): an open file description lock on one
 * byte far behind its end, which no reader asks for. It is not taken on NFS, where readers' flock()
 * would run into it. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "archive/archive.h"

enum {
    HOLDER = 256, /* bytes of the text in the lock's file */
    NFS = 0x6969, /* f_type of statfs() */
};

static const off_t FAR = (off_t)1 << 62; /* the byte that stands for the archive */

/* Of the file that `path` comes to in the end, whether or not that exists. */
static enum status lock_name(char name[PATH_MAX], const char *path, struct error *error)
{
    const size_t longest = sizeof ".checkpoints" - 1; // of all that is added to the archive's name
    char *real = realpath(path, NULL);
    const char *whole = real ? real : path, *slash = strrchr(whole, '/');
    bool fits = strlen(whole) + longest + NAME_MAX < PATH_MAX &&
                strlen(slash ? slash + 1 : whole) + longest <= NAME_MAX;
    if (fits)
        snprintf(name, PATH_MAX, "%s.lock", whole);
    free(real);
    if (!fits)
        return error_add(error, STATUS_USAGE, "%.60s...: the name is too long, allowed: %zu bytes",
                         path, NAME_MAX - longest);
    return STATUS_OK;
}

/* "process 123 on n01, SLURM job 7, since 2026-01-31 12:00" */
static void write_holder(int file)
{
    char host[64] = "", since[32], text[HOLDER];
    const char *job = getenv("SLURM_JOB_ID");
    time_t now = time(NULL);
    gethostname(host, sizeof host - 1);
    strftime(since, sizeof since, "%Y-%m-%d %H:%M", localtime(&now));
    int length = snprintf(text, sizeof text, "process %ld on %s%s%.20s, since %s\n", (long)getpid(),
                          host, job ? ", SLURM job " : "", job ? job : "", since);
    if (ftruncate(file, 0) != 0 || pwrite(file, text, (size_t)length, 0) != length)
        errno = 0; /* the text is for people only; the lock holds without it */
}

static enum status refuse(int file, const char *path, struct error *error)
{
    char holder[HOLDER] = "";
    ssize_t length = pread(file, holder, sizeof holder - 1, 0);
    if (length > 0)
        holder[strcspn(holder, "\n")] = 0;
    return error_add(error, STATUS_USAGE, "%s: another run is at work on it: %s", path,
                     *holder ? holder : "it has just begun");
}

/* Whether `file` is still what `name` names: its last holder may have removed it. */
static bool is_current(int file, const char *name)
{
    struct stat held, named;
    return fstat(file, &held) == 0 && stat(name, &named) == 0 && held.st_ino == named.st_ino &&
           held.st_dev == named.st_dev;
}

/* The first lock; `name` is its file. */
static enum status lock_beside(int *lock, const char *name, const char *path, struct error *error)
{
    enum status status = STATUS_OK;
    while (!status && *lock < 0) {
        int file = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (file < 0 && errno == ENOENT)
            return error_add_errno(error, STATUS_USAGE,
                                   "%s: found no such folder, allowed: one that is there (mkdir -p "
                                   "makes it)",
                                   path);
        if (file < 0)
            return error_add_errno(error, STATUS_USAGE, "%s: cannot make this file", name);
        if (flock(file, LOCK_EX | LOCK_NB) == 0) {
            if (is_current(file, name))
                *lock = file;
            else
                close(file);
            continue;
        }
        bool taken = errno == EWOULDBLOCK;
        if (taken)
            status = refuse(file, path, error);
        close(file);
        if (!taken) {
            unlink(name);
            return error_add(error, STATUS_OK,
                             "%s: this file system knows no locks; see to it that no other run "
                             "writes to it",
                             path);
        }
    }
    if (*lock >= 0)
        write_holder(*lock);
    return status;
}

enum status archive_lock_itself(struct archive_lock *lock, const char *path, struct error *error)
{
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = FAR, .l_len = 1};
    struct statfs system;
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0)
        return STATUS_OK; // it is not there yet, or opening it will say why it cannot be
    bool asked = fstatfs(file, &system) == 0 && system.f_type != NFS;
    if (asked && fcntl(file, F_OFD_SETLK, &range) != 0 && (errno == EAGAIN || errno == EACCES)) {
        close(file);
        return error_add(error, STATUS_USAGE,
                         "%s: another run is at work on it, under another of its names", path);
    }
    lock->itself = file;
    return STATUS_OK;
}

bool archive_locked(const char *path)
{
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = FAR, .l_len = 1};
    struct statfs system;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool known = file >= 0 && fstatfs(file, &system) == 0 && system.f_type != NFS &&
                 fcntl(file, F_OFD_GETLK, &range) == 0;
    if (file >= 0)
        close(file);
    return !known || range.l_type != F_UNLCK;
}

enum status archive_lock(struct archive_lock *lock, const char *path, struct error *error)
{
    *lock = ARCHIVE_UNLOCKED;
    enum status status = lock_name(lock->name, path, error);
    if (!status)
        status = lock_beside(&lock->beside, lock->name, path, error);
    if (!status)
        status = archive_lock_itself(lock, path, error);
    if (status)
        archive_unlock(lock);
    return status;
}

void archive_unlock(struct archive_lock *lock)
{
    if (lock->itself >= 0)
        close(lock->itself);
    if (lock->beside >= 0) {
        unlink(lock->name); /* while it is held: who waits for it finds that it is gone */
        close(lock->beside);
    }
    *lock = ARCHIVE_UNLOCKED;
}

/* One run at a time. HDF5 keeps nobody from writing to a file that another run is writing to, so
 * that runs agree by a lock on a file beside it. It is flock(): the kernel gives it back when the
 * process ends, so that a killed run leaves no lock behind, at the most the file. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "archive/private.h"

enum { HOLDER = 256 }; /* bytes of the text in the lock's file */

static enum status lock_name(char name[PATH_MAX], const char *path, struct error *error)
{
    if (snprintf(name, PATH_MAX, "%s.lock", path) >= PATH_MAX)
        return error_add(error, STATUS_USAGE, "%.60s...: the name is too long", path);
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

enum status archive_lock(int *lock, const char *path, struct error *error)
{
    char name[PATH_MAX];
    *lock = -1;
    enum status status = lock_name(name, path, error);
    while (!status && *lock < 0) {
        int file = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
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

void archive_unlock(int lock, const char *path)
{
    char name[PATH_MAX];
    if (lock < 0)
        return;
    if (!lock_name(name, path, NULL))
        unlink(name); /* while it is held: who waits for it finds that it is gone */
    close(lock);
}

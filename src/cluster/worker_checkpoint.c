/* A checkpoint is a header that says of what it is, the bytes of the lifetime, and their checksum.
 * It counts only if all of it fits: another build, other settings or a torn file are passed over,
 * and the lifetime starts anew. */
#include "cluster/worker_checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/version.h"

struct header {
    char format[16];
    uint64_t bytes;
    uint32_t build, settings, theta, payload; /* CRC-32 */
};

static uint32_t checksum(const void *data, size_t bytes)
{
    return (uint32_t)crc32_z(crc32(0, NULL, 0), data, bytes);
}

/* `build` is of revision and flags: the payload is structs and arrays as they lie in memory. */
static struct header header_of(const struct job *job, const struct lifetime *lifetime)
{
    const char *build = version_git(), *flags = version_flags();
    return (struct header){
        .format = "thetasweep life",
        .bytes = lifetime_saved_bytes(lifetime),
        .build = checksum(build, strlen(build)) ^ checksum(flags, strlen(flags)),
        .settings = checksum(lifetime->settings, sizeof *lifetime->settings),
        .theta = checksum(job->theta, sizeof *job->theta * (size_t)job->parameters),
    };
}

/* RUN.h5.checkpoints, or a job's file in it with `suffix`; false if the name is too long. */
static bool make_name(char name[PATH_MAX], const char *archive, const struct job *job,
                      const char *suffix)
{
    int length = snprintf(name, PATH_MAX, "%s.checkpoints", archive);
    if (job && length < PATH_MAX)
        length += snprintf(name + length, (size_t)(PATH_MAX - length), "/%lld-%d-%d-%d%s",
                           (long long)job->candidate, job->kind, job->iteration, job->seed, suffix);
    return length < PATH_MAX;
}

static bool write_all(int file, const void *data, size_t bytes)
{
    const char *next = data;
    while (bytes > 0) {
        ssize_t written = write(file, next, bytes);
        if (written < 0 && errno != EINTR)
            return false;
        next += written > 0 ? written : 0;
        bytes -= written > 0 ? (size_t)written : 0;
    }
    return true;
}

static bool write_file(const char *name, const struct header *header, const unsigned char *payload)
{
    int file = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0)
        return false;
    bool written = write_all(file, header, sizeof *header) &&
                   write_all(file, payload, header->bytes) && fsync(file) == 0;
    return close(file) == 0 && written;
}

enum status worker_checkpoint_save(const char *archive, const struct job *job,
                                   const struct lifetime *lifetime, int h, struct error *error)
{
    char folder[PATH_MAX], name[PATH_MAX], fresh[PATH_MAX];
    struct header header = header_of(job, lifetime);
    unsigned char *payload = error_calloc(error, header.bytes, 1, "a checkpoint");
    if (!payload)
        return STATUS_FAILED;
    lifetime_save(payload, lifetime, h);
    header.payload = checksum(payload, header.bytes);
    bool named = make_name(folder, archive, NULL, "") && make_name(name, archive, job, "") &&
                 make_name(fresh, archive, job, ".new");
    bool saved = named && (mkdir(folder, 0777) == 0 || errno == EEXIST) &&
                 write_file(fresh, &header, payload) && rename(fresh, name) == 0;
    free(payload);
    if (saved)
        return STATUS_OK;
    enum status status =
        error_add_errno(error, STATUS_FAILED, "%s.checkpoints: cannot save a lifetime", archive);
    if (named)
        unlink(fresh);
    return status;
}

unsigned char *worker_checkpoint_load(const char *archive, const struct job *job,
                                      const struct lifetime *lifetime)
{
    char name[PATH_MAX];
    struct header wanted = header_of(job, lifetime), found;
    FILE *file = make_name(name, archive, job, "") ? fopen(name, "rbe") : NULL;
    if (!file)
        return NULL;
    unsigned char *payload = NULL;
    bool fits = fread(&found, sizeof found, 1, file) == 1;
    wanted.payload = found.payload;
    fits = fits && memcmp(&found, &wanted, sizeof found) == 0;
    if (fits)
        payload = malloc(found.bytes);
    fits = payload && fread(payload, found.bytes, 1, file) == 1 &&
           checksum(payload, found.bytes) == found.payload;
    fclose(file);
    if (fits)
        return payload;
    free(payload);
    return NULL;
}

void worker_checkpoint_drop(const char *archive, const struct job *job)
{
    char name[PATH_MAX];
    if (make_name(name, archive, job, ""))
        unlink(name);
    if (make_name(name, archive, NULL, ""))
        rmdir(name); // fails while others have something there
}

/* HDF5 may crash on a damaged file, which the guard tells of by ending the process: so each input is read in
 * a process of its own. */
#ifndef FORKED_H
#define FORKED_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[] = "/tmp/fuzz-XXXXXX"; // of the file with the input

static void forked_start(void)
{
    int file = mkstemp(path);
    if (file < 0)
        abort();
    close(file);
}

/* Hands the input to look(), which returns a status; aborts if that crashes, takes over 10 seconds or 1
 * GiB, or says nothing of a failure. */
static void forked(const uint8_t *data, size_t size, enum status (*look)(struct error *error))
{
    enum { SECONDS = 10, KIBIBYTES = 1 << 20, BUG = 99 };
    FILE *out = fopen(path, "wb");
    bool written = out && fwrite(data, 1, size, out) == size;
    pid_t child = out && fclose(out) == 0 && written ? fork() : -1;
    if (child == 0) {
        struct error error = {0};
        signal(SIGXCPU, SIG_DFL);
        setrlimit(RLIMIT_CPU, &(struct rlimit){SECONDS, SECONDS});
        enum status status = look(&error);
        bool silent = status != STATUS_OK && !error.text;
        error_free(&error);
        _exit(silent ? BUG : (int)status);
    }
    int how = 0;
    struct rusage used;
    pid_t ended;
    do // libFuzzer looks at the clock in between
        ended = wait4(child, &how, 0, &used);
    while (ended < 0 && errno == EINTR);
    if (child > 0 && ended == child && WIFEXITED(how) && WEXITSTATUS(how) <= STATUS_USAGE &&
        used.ru_maxrss <= KIBIBYTES)
        return;
    fprintf(stderr, "fuzz: reading ended with %x, %ld KiB\n", (unsigned)how, used.ru_maxrss);
    abort();
}

#endif

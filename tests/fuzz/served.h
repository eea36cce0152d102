/* HDF5 may crash on a damaged file, which the guard tells of by ending the process. So inputs are read by a
 * child, which goes on with the next one unless that has happened: a process for each input would take
 * longer than the reading. Children are made by a process that stays small, as libFuzzer's does not, which
 * has to be told what they have covered. */
#ifndef SERVED_H
#define SERVED_H

#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "archive/guard.h"
#include "base/error.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__asan_default_options(void);
void __asan_set_error_report_callback(void (*callback)(const char *report));
void __sanitizer_set_report_path(const char *path);
void __real_guard_begin(const char *path, int seconds);
void __real_guard_end(void);
void __wrap_guard_begin(const char *path, int seconds);
void __wrap_guard_end(void);

enum {
    SERVED_INPUTS = 1000,       /* of one child */
    SERVED_SECONDS = 10,        /* of computing */
    SERVED_GUARDED = 100000,    /* microseconds of it in one look of HDF5 at what a file says */
    SERVED_KIBIBYTES = 1 << 20, /* of memory, the sanitizer's included */
    SERVED_ENOUGH = 1 << 18,    /* of memory: then another child begins */
    SERVED_BUG = 99,            /* the exit status of a child that found one */
    SERVED_OVER = 98,           /* and of one whose parent is gone */
    SERVED_DONE = -1,           /* what it says of an input that was read, in place of a status */
};

static char path[64]; /* of the file with the input; each has another one */

/* Where the compiler's counters of what was covered begin and end, whose names it keeps to itself in C. */
__asm__(".pushsection .data\n"
        ".balign 8\n"
        "served_edge: .quad __start___sancov_cntrs, __stop___sancov_cntrs\n"
        ".popsection");
extern uint8_t *const served_edge[2];

static struct served {
    enum status (*look)(struct error *error);
    pid_t parent;
    int channel;    /* to the child */
    int inputs;     /* that it had */
    int32_t number; /* of the last input of all */
    int guards;     /* in the child: that have begun and not ended */
    struct {
        long kibibytes; /* the most that the child had so far */
        uint8_t counters[];
    } * desk; /* shared with the child */
} served;

static size_t served_counters(void)
{
    return (size_t)(served_edge[1] - served_edge[0]);
}

/* The guard takes no signal from the sanitizer; what that finds counts like what the guard tells of, but
 * for what served_judge() says. */
const char *__asan_default_options(void)
{
    return "exitcode=1:allocator_may_return_null=1:quarantine_size_mb=16:symbolize=0:"
           "malloc_context_size=4:handle_segv=2:handle_sigbus=2:handle_sigfpe=2:handle_sigill=2:"
           "handle_abort=2";
}

/* The guard waits for seconds where HDF5 goes round in circles, as in one of 500 inputs: longer than for
 * all others. */
void __wrap_guard_begin(const char *name, int seconds)
{
    __real_guard_begin(name, seconds);
    if (served.guards++ == 0)
        setitimer(ITIMER_PROF, &(struct itimerval){.it_value.tv_usec = SERVED_GUARDED}, NULL);
}

void __wrap_guard_end(void)
{
    served.guards--;
    __real_guard_end();
}

/* Whether frame `number` of the stack that a report has from `stack` on is in this module. */
static bool served_frame(const char *stack, const char *number, const char *module)
{
    const char *frame = strstr(stack, number), *end = strstr(stack, "\n\n");
    const char *line = frame ? strchr(frame, '\n') : NULL,
               *found = frame ? strstr(frame, module) : NULL;
    return frame && (!end || frame < end) && found && (!line || found < line);
}

/* HDF5 goes beyond its own buffers, too, and crashes from that, or does not, or takes the sanitizer's memory
 * with it. Only what it writes behind buffers that we made (it reads from none of them), what we do
 * ourselves, and what HDF5 does where nothing guards it tell of a bug of ours. Above a frame stand those of
 * C's library that it called, and one or two that the sanitizer put in their place. */
static void served_judge(const char *report)
{
    const char *place = strstr(report, "#0 "), *made = strstr(report, "allocated by"),
               *written = strstr(report, "WRITE of size");
    bool theirs = false;
    char number[] = "#0 ";
    while (place && number[1] < '8' && served_frame(place, number, "/libc.so"))
        number[1]++;
    for (int frame = 0; place && frame < 3; frame++, number[1]++)
        theirs |= served_frame(place, number, "/libhdf5") || served_frame(place, number, "/libz.");
    if (theirs && served.guards > 0 && !(written && made && served_frame(made, "#1 ", "/fuzz-")))
        return;
    fputs(report, stderr);
    _exit(SERVED_BUG);
}

static void served_name(pid_t parent, int32_t n)
{
    snprintf(path, sizeof path, "/dev/shm/fuzz-%d-%d.h5", (int)parent, (int)n);
}

static void served_file(const uint8_t *data, size_t size)
{
    served_name(served.parent, ++served.number);
    int file = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0 || write(file, data, size) != (ssize_t)size)
        abort();
    close(file);
}

static void served_look(void)
{
    struct error error = {0};
    struct rusage used;
    memset(served_edge[0], 0, served_counters());
    setitimer(ITIMER_VIRTUAL, &(struct itimerval){.it_value.tv_sec = SERVED_SECONDS}, NULL);
    enum status status = served.look(&error);
    setitimer(ITIMER_VIRTUAL, &(struct itimerval){0}, NULL);
    memcpy(served.desk->counters, served_edge[0], served_counters());
    if (getenv("SAY"))
        fprintf(stderr, "SAY %d %s\n", (int)status, error.text ? error.text : "");
    if (status != STATUS_OK && !error.text) {
        fprintf(stderr, "fuzz: status %d without a word\n", (int)status);
        _exit(SERVED_BUG);
    }
    error_free(&error);
    getrusage(RUSAGE_SELF, &used);
    served.desk->kibibytes = used.ru_maxrss;
}

/* Reads input after input, each of which comes as its number; 0: enough. */
static void served_child(int channel)
{
    int32_t number;
    const int32_t done = SERVED_DONE;
    if (!getenv("SAY"))
        __sanitizer_set_report_path("/dev/null");
    __asan_set_error_report_callback(served_judge);
    while (read(channel, &number, sizeof number) == sizeof number) {
        if (number == 0)
            _exit(0);
        served_name(served.parent, number);
        served_look();
        if (write(channel, &done, sizeof done) != sizeof done)
            break;
    }
    _exit(SERVED_OVER);
}

/* Makes one child after the other, as small as this process was at its start, and tells of their ends. */
static void served_nursery(int channel)
{
    for (;;) {
        int32_t how = 0;
        served.desk->kibibytes = 0;
        pid_t child = fork();
        if (child == 0)
            served_child(channel);
        if (child < 0 || waitpid(child, &how, 0) != child ||
            (WIFEXITED(how) && WEXITSTATUS(how) == SERVED_OVER) ||
            write(channel, &how, sizeof how) != sizeof how)
            _exit(0);
    }
}

/* Each input is called by look(), which reads `path` and returns a status. */
static void served_start(enum status (*look)(struct error *error))
{
    int channel[2];
    size_t bytes = sizeof *served.desk + served_counters();
    served.look = look;
    served.parent = getpid();
    served.desk = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (served.desk == MAP_FAILED || H5open() < 0 ||
        socketpair(AF_UNIX, SOCK_STREAM, 0, channel) != 0)
        abort();
    H5set_free_list_limits(-1, -1, -1, -1, -1, -1); // its cache of 1 MB is kept for the next file
    pid_t nursery = fork();
    if (nursery < 0)
        abort();
    close(channel[nursery != 0]);
    if (nursery == 0)
        served_nursery(channel[1]);
    served.channel = channel[0];
}

/* Hands `number` over; returns SERVED_DONE, or how the child ended. */
static int32_t served_ask(int32_t number)
{
    int32_t how;
    ssize_t got;
    if (write(served.channel, &number, sizeof number) != sizeof number)
        abort();
    do // libFuzzer looks at the clock in between
        got = read(served.channel, &how, sizeof how);
    while (got < 0 && errno == EINTR);
    if (got != sizeof how)
        abort();
    served.inputs = how == SERVED_DONE ? served.inputs + 1 : 0;
    return how;
}

/* Whether the child has read the input, or the guard ended it. */
static bool served_reads(const uint8_t *data, size_t size)
{
    served_file(data, size);
    int32_t how = served_ask(served.number);
    unlink(path);
    if (how != SERVED_DONE) {
        bool guarded = WIFEXITED(how) && WEXITSTATUS(how) == STATUS_FAILED;
        if (!guarded)
            fprintf(stderr, "fuzz: reading ended with %x\n", (unsigned)how);
        return guarded;
    }
    memcpy(served_edge[0], served.desk->counters, served_counters());
    long kibibytes = served.desk->kibibytes;
    if (served.inputs == SERVED_INPUTS || kibibytes > SERVED_ENOUGH)
        served_ask(0);
    if (kibibytes > SERVED_KIBIBYTES)
        fprintf(stderr, "fuzz: reading took %ld KiB\n", kibibytes);
    return kibibytes <= SERVED_KIBIBYTES;
}

/* Hands the input to the child; aborts if reading it crashes, takes over 10 seconds or 1 GiB, or says
 * nothing of a failure. What only happens after other inputs is none of this one's. */
static void served_input(const uint8_t *data, size_t size)
{
    bool alone = served.inputs == 0;
    if (served_reads(data, size))
        return;
    if (served.inputs > 0)
        served_ask(0);
    if (alone || !served_reads(data, size))
        abort();
    fprintf(stderr, "fuzz: not in a process of its own\n");
}

#endif

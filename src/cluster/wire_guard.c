/* Without rank 0 nothing of a run goes on, and Open MPI's launcher ends all the rest, but not always:
 * libpmix 4.2 may deadlock in the launcher's own end when a rank dies while it connects (2 of 140
 * kills in MPI_Init), a launcher waits for a daemon that is cut off or stopped, and with
 * --enable-recovery it waits for ranks that wait for the dead. No rank is left to act then, so a small
 * process stays behind rank 0. It sleeps in read() until the other end of its socket goes with rank 0,
 * or rank 0 says that it is about to end: should it be stopped then, the others may have ended well, and
 * the launcher waits for it alone. The process holds no other file: the launcher waits for the end of
 * its ranks' output. */

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cluster/wire_guard.h"

static pid_t launcher; /* 0: none that could be ended */
static long speaker;   /* the rank of this process */
static int phone = -1; /* of rank 0, to its guard */

static const double STEP = 0.1, SECOND_THOUGHT = 3; /* s; the latter between SIGTERM and SIGKILL */

/* When the process began, in ticks; 0: it has ended. No other process has the same pid and start. */
static unsigned long long find_start(pid_t process)
{
    char name[32], line[1024];
    unsigned long long start = 0;
    char state = 'Z';
    snprintf(name, sizeof name, "/proc/%d/stat", (int)process);
    FILE *file = fopen(name, "re");
    if (!file)
        return 0;
    line[fread(line, 1, sizeof line - 1, file)] = 0;
    fclose(file);
    const char *rest = strrchr(line, ')'); /* the name may have anything in it */
    if (!rest || sscanf(rest,
                        ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d "
                        "%*d %llu",
                        &state, &start) != 2)
        return 0;
    return state == 'Z' || state == 'X' ? 0 : start;
}

/* Only a launcher that has nothing else to do: not a shell between them, nor one of a batch system. */
static bool is_launcher(pid_t process)
{
    static const char *const begins[] = {"mpirun", "mpiexec", "orte", "prte"};
    char path[32], name[32] = "";
    snprintf(path, sizeof path, "/proc/%d/comm", (int)process);
    FILE *file = fopen(path, "re");
    if (file && !fgets(name, sizeof name, file))
        *name = 0;
    if (file)
        fclose(file);
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (strncmp(name, begins[i], strlen(begins[i])) == 0)
            return true;
    return false;
}

static void pass_step(void)
{
    nanosleep(&(struct timespec){.tv_nsec = (long)(1e9 * STEP)}, NULL);
}

static void wait_for_end(pid_t process, unsigned long long start, double seconds)
{
    for (double left = seconds; left > 0 && find_start(process) == start; left -= STEP)
        pass_step();
}

/* Until rank 0 has ended, or is `last` seconds late after it said that it would. They are counted in
 * steps of this process: there are none while it is suspended. */
static void wait_for_rank_0(int end, double last)
{
    struct pollfd other = {.fd = end}; /* whose end is always told */
    char word;
    if (read(end, &word, 1) != 1)
        return;
    for (double left = last; left > 0 && poll(&other, 1, 0) == 0; left -= STEP)
        pass_step();
}

static _Noreturn void guard(int end, double seconds, double last)
{
    static const int warnings[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2};
    unsigned long long start = find_start(launcher);
    setsid();
    prctl(PR_SET_NAME, "thetasweep-end");
    for (size_t i = 0; i < sizeof warnings / sizeof *warnings; i++)
        signal(warnings[i], SIG_IGN);
    for (int file = (int)sysconf(_SC_OPEN_MAX) < 1024 ? (int)sysconf(_SC_OPEN_MAX) : 1024; file--;)
        if (file != end)
            close(file);
    if (chdir("/") != 0 || start == 0)
        _exit(0);
    wait_for_rank_0(end, last);
    wait_for_end(launcher, start, seconds);
    if (find_start(launcher) == start)
        kill(launcher, SIGTERM);
    wait_for_end(launcher, start, SECOND_THOUGHT);
    if (find_start(launcher) == start)
        kill(launcher, SIGKILL);
    _exit(0);
}

void wire_guard(double seconds, double last)
{
    const char *rank = getenv("OMPI_COMM_WORLD_RANK");
    int ends[2];
    if (!rank || !is_launcher(getppid()))
        return;
    launcher = getppid();
    speaker = strtol(rank, NULL, 10);
    if (speaker != 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return;
    if (fork() == 0)
        guard(ends[0], seconds, last);
    close(ends[0]);
    phone = ends[1]; /* goes with this process */
}

void wire_guard_last(void)
{
    if (phone >= 0 && send(phone, "", 1, MSG_NOSIGNAL) < 0)
        phone = -1; /* no guard is left */
}

/* In steps, since a signal may not shorten it. */
static void pass_steps(double seconds)
{
    for (double left = seconds; left > 0; left -= STEP)
        pass_step();
}

/* A launcher that hears of it twice leaves at once, without its daemons, or crashes. So rank 1 waits: if
 * others have spoken, the launcher ends rank 1 meanwhile, after 2 s of SIGCONT and SIGTERM. And whoever
 * has spoken stays for a moment: the launcher must not hear of its end before. */
void wire_guard_end(void)
{
    const double longer = 4, moment = 0.5;
    if (!launcher || speaker > 1)
        return;
    pass_steps(speaker == 1 ? longer : 0);
    kill(launcher, SIGTERM);
    pass_steps(moment);
}

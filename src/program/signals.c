/* What ends a run early: signals, and the time limit of the batch system.
 *
 * SIGTERM, SIGINT, SIGHUP, SIGUSR1 and SIGUSR2 ask for a soft end: batch systems send one or another
 * of them as a warning. The same signal may come twice at once, through the launcher and directly,
 * so that a second one counts only after a while. */
#include <ctype.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cluster/coordinator.h"
#include "program/command.h"

#define AGAIN 0.5 /* seconds after which a second signal is meant as one */

static volatile sig_atomic_t
    asked; /* the signal; all that a handler may write: what it asks for is done later */
static struct timespec when;

static double since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

static void on_signal(int signal)
{
    if (signal == SIGCONT) {
        coordinator_pause();
        return;
    }
    if (asked && since(&when) > AGAIN)
        _exit(STATUS_INTERRUPTED);
    if (!asked)
        clock_gettime(CLOCK_MONOTONIC, &when);
    asked = signal;
    coordinator_stop();
}

static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGCONT};

const char *command_signal(void)
{
    static const char *const name[] = {"SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2"};
    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        if (signals[i] == asked)
            return name[i];
    return NULL;
}

void command_catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, before;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        bool kept = signals[i] == SIGHUP && sigaction(SIGHUP, NULL, &before) == 0 &&
                    before.sa_handler == SIG_IGN; // under nohup
        if (!kept)
            sigaction(signals[i], &action, NULL);
    }
    signal(SIGPIPE, SIG_IGN); /* who reads the progress may leave */
}

bool command_read_duration(double *seconds, const char *text)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}};
    long days = 0, first, second, third = 0;
    int end = 0;
    double number;
    char unit[4] = "";
    const char *clock = text;
    if (sscanf(text, "%5ld-%n", &days, &end) == 1 && end > 0)
        clock += end;
    else
        days = 0;
    end = 0;
    int fields = sscanf(clock, "%5ld:%2ld%n:%2ld%n", &first, &second, &end, &third, &end);
    if (fields >= 2 && !clock[end] && isdigit((unsigned char)*clock)) {
        *seconds = fields == 3 ? (double)(first * 3600 + second * 60 + third)
                               : (double)(first * 60 + second);
        *seconds += 86400.0 * (double)days;
        return true;
    }
    end = 0;
    if (sscanf(text, "%lf %3[a-z]%n", &number, unit, &end) != 2 || text[end] || !(number > 0))
        return false;
    for (size_t u = 0; u < sizeof units / sizeof *units; u++)
        if (strcmp(unit, units[u].name) == 0) {
            *seconds = number * units[u].seconds;
            return true;
        }
    return false;
}

double command_deadline(double limit)
{
    const double share = 0.1, most = 30;
    return limit - fmin(share * limit, most);
}

bool command_ask_slurm(double *seconds)
{
    const char *job = getenv("SLURM_JOB_ID");
    char ask[128], text[64] = "";
    if (!job || !*job || job[strspn(job, "0123456789_")])
        return false;
    snprintf(ask, sizeof ask, "exec timeout 10 squeue -h -j %.40s -o %%L 2>/dev/null", job);
    FILE *answer = popen(ask, "re");
    if (!answer)
        return false;
    if (!fgets(text, sizeof text, answer))
        *text = 0;
    pclose(answer);
    text[strcspn(text, "\n")] = 0;
    return command_read_duration(seconds, text);
}

/* What a file says of itself is compared with what is expected before it is believed; but to know what
 * it says HDF5 has to read it, and HDF5 1.10 follows what an object's header states wherever that
 * leads. Nothing can be saved then, so that the process says why and ends. */
#include "archive/guard.h"

#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/error.h"

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGPROF};
enum { SIGNALS = sizeof signals / sizeof *signals, STACK = 1 << 16 };

static int depth;
static const char *guarded;
static struct sigaction before[SIGNALS];

static void say(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        _exit(STATUS_FAILED);
}

static void give_up(int number)
{
    say(guarded);
    say(number == SIGPROF ? ": the file is damaged: HDF5 does not come to an end of reading it\n"
                          : ": the file is damaged: HDF5 crashed reading it\n");
    _exit(STATUS_FAILED);
}

static void set_timer(int seconds)
{
    const struct itimerval timer = {.it_value.tv_sec = seconds};
    setitimer(ITIMER_PROF, &timer, NULL);
}

void guard_begin(const char *path, bool timed)
{
    static char stack[STACK]; // a recursion without end leaves none
    const stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_handler = give_up, .sa_flags = SA_ONSTACK};
    if (depth++ > 0)
        return;
    guarded = path;
    sigaltstack(&own, NULL);
    for (int s = 0; s < SIGNALS; s++)
        sigaction(signals[s], &action, &before[s]);
    set_timer(timed ? GUARD_SECONDS : 0);
}

void guard_end(void)
{
    if (--depth > 0)
        return;
    set_timer(0);
    for (int s = 0; s < SIGNALS; s++)
        sigaction(signals[s], &before[s], NULL);
}

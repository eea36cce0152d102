/* What a file says of itself is compared with what is expected before it is believed; but to know what
 * it says HDF5 has to read it, and HDF5 1.10 follows what an object's header states wherever that
 * leads. Nothing can be saved then, so that the process says why and ends. */
#include "archive/guard.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/error.h"

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGPROF};
enum { SIGNALS = sizeof signals / sizeof *signals, STACK = 1 << 16 };

static int depth;
static const char *guarded;
static struct sigaction before[SIGNALS];
static struct rlimit unlimited; // as it was before guard_room()
static bool limited;

/* HDF5 closes what is open when the process ends, and in MPI_Finalize() if that was there before it; where
 * it could not get rid of a damaged file, it crashes. We close all that we write. */
static void __attribute__((constructor)) end_without_hdf5(void)
{
    H5dont_atexit();
    H5open();
}

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

void guard_begin(const char *path, int seconds)
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
    set_timer(seconds);
}

void guard_end(void)
{
    if (--depth > 0)
        return;
    set_timer(0);
    if (limited)
        setrlimit(RLIMIT_AS, &unlimited);
    limited = false;
    for (int s = 0; s < SIGNALS; s++)
        sigaction(signals[s], &before[s], NULL);
}

/* Bytes of address space that the process has; 0: not known. */
static double taken(void)
{
    double pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file)
        return 0;
    int read = fscanf(file, "%lf", &pages);
    fclose(file);
    return read == 1 ? pages * (double)sysconf(_SC_PAGESIZE) : 0;
}

void guard_room(double worth)
{
    double now = taken(), most = now + worth + GUARD_ROOM;
    if (limited || now == 0 || getrlimit(RLIMIT_AS, &unlimited) != 0 ||
        most >= (double)unlimited.rlim_cur)
        return;
    limited = setrlimit(RLIMIT_AS, &(struct rlimit){.rlim_cur = (rlim_t)most,
                                                    .rlim_max = unlimited.rlim_max}) == 0;
}

bool guard_fits(hid_t dataset, hsize_t count, size_t size)
{
    hsize_t bytes = 0;
    hid_t properties = H5Dget_create_plist(dataset), file = H5Iget_file_id(dataset);
    H5D_layout_t layout = properties < 0 ? H5D_LAYOUT_ERROR : H5Pget_layout(properties);
    haddr_t place = layout == H5D_CONTIGUOUS ? H5Dget_offset(dataset) : 0;
    /* HDF5 cannot tell the size of an archive that it writes, which was looked at before. */
    bool told = file >= 0 && H5Fget_filesize(file, &bytes) >= 0;
    double room = told ? (double)bytes * (layout == H5D_CHUNKED ? GUARD_DENSEST : 1) : INFINITY;
    if (file >= 0)
        H5Fclose(file);
    if (properties >= 0)
        H5Pclose(properties);
    return layout >= 0 && (count == 0 || (place != HADDR_UNDEF &&
                                          (double)place + (double)count * (double)size <= room));
}

/* Children are copies of this process: they have all that it has read, also of a file that others go
 * on writing. Results lie in memory that is shared, and each process takes the next piece from there. */
#include "numbers/crew.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What all share: this, then the marks of the pieces that are done, then the results. */
struct desk {
    atomic_int next;
    size_t marks, results; /* bytes from the beginning */
};

struct work {
    struct desk *desk;
    int pieces;
    size_t bytes;
    void (*compute)(void *context, void *result, int piece);
    void *context;
};

static void do_piece(const struct work *work, int piece)
{
    char *begin = (char *)work->desk;
    work->compute(work->context, begin + work->desk->results + (size_t)piece * work->bytes, piece);
    begin[work->desk->marks + (size_t)piece] = 1;
}

static void serve(const struct work *work)
{
    for (int piece; (piece = atomic_fetch_add(&work->desk->next, 1)) < work->pieces;)
        do_piece(work, piece);
}

static pid_t hire(const struct work *work, pid_t parent)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent)
        serve(work);
    _exit(0);
}

/* What a child left undone when it died is done here. */
static void finish(const struct work *work)
{
    char *begin = (char *)work->desk, *mark = begin + work->desk->marks;
    for (int piece = 0; piece < work->pieces; piece++)
        if (!mark[piece]) {
            memset(begin + work->desk->results + (size_t)piece * work->bytes, 0, work->bytes);
            do_piece(work, piece);
        }
}

bool crew_run(void *results, int pieces, size_t bytes, int processes,
              void (*compute)(void *context, void *result, int piece), void *context)
{
    const size_t line = 64;
    size_t marks = sizeof(struct desk), start = (marks + (size_t)pieces + line - 1) / line * line;
    size_t size = start + (size_t)pieces * bytes;
    int children = (processes < pieces ? processes : pieces) - 1, hired = 0;
    struct desk *desk = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (desk == MAP_FAILED)
        return false;
    pid_t *child = calloc((size_t)(children > 0 ? children : 1), sizeof *child);
    *desk = (struct desk){.marks = marks, .results = start};
    struct work work = {desk, pieces, bytes, compute, context};
    while (child && hired < children && (child[hired] = hire(&work, getpid())) > 0)
        hired++;
    serve(&work);
    for (int c = 0; c < hired; c++)
        waitpid(child[c], NULL, 0);
    finish(&work);
    memcpy(results, (char *)desk + start, (size_t)pieces * bytes);
    free(child);
    munmap(desk, size);
    return true;
}

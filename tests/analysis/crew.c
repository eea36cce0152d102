/* The same results from any number of processes, also where some of them die. */
#include "numbers/crew.h"

#include <CUnit/Basic.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { PIECES = 40, WIDTH = 3 };

static void triple(void *context, void *result, int piece)
{
    const double *factor = context;
    double *row = result;
    for (int i = 0; i < WIDTH; i++)
        row[i] += *factor * piece + i; // += : what comes in is zero
}

/* A child ends in the middle of its first piece; this process gives it time to begin. */
static void triple_or_die(void *context, void *result, int piece)
{
    const pid_t *parent = context;
    double *row = result, factor = 3;
    if (getpid() != *parent) {
        row[0] = -1;
        kill(getpid(), SIGKILL);
    }
    usleep(2000);
    triple(&factor, result, piece);
}

static bool is_right(double (*result)[WIDTH])
{
    for (int piece = 0; piece < PIECES; piece++)
        for (int i = 0; i < WIDTH; i++)
            if (result[piece][i] != 3 * piece + i)
                return false;
    return true;
}

static void any_number_of_processes_gives_the_same(void)
{
    double result[PIECES][WIDTH], factor = 3;
    const int processes[] = {1, 2, 7, 100};
    for (size_t p = 0; p < sizeof processes / sizeof *processes; p++) {
        memset(result, 255, sizeof result);
        CU_ASSERT(crew_run(result, PIECES, sizeof *result, processes[p], triple, &factor));
        CU_ASSERT(is_right(result));
    }
}

static void what_a_dead_child_left_is_done(void)
{
    double result[PIECES][WIDTH];
    pid_t parent = getpid();
    CU_ASSERT(crew_run(result, PIECES, sizeof *result, 4, triple_or_die, &parent));
    CU_ASSERT(is_right(result));
}

void test_crew(void)
{
    CU_pSuite suite = CU_add_suite("analysis_crew", NULL, NULL);
    CU_ADD_TEST(suite, any_number_of_processes_gives_the_same);
    CU_ADD_TEST(suite, what_a_dead_child_left_is_done);
}

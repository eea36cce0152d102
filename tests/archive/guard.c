/* A process that dies within the guard says which file it read, and ends like any failure. */
#include "archive/guard.h"

#include <CUnit/CUnit.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

static const char name[] = "some/run.h5";

/* Ends by a signal, within the guard or `after` it. */
static void die(int number, bool after)
{
    signal(number, SIG_DFL); // not that of MPI
    guard_begin(name, GUARD_SECONDS);
    guard_begin("other.h5", GUARD_ENDLESS);
    guard_end();
    if (after)
        guard_end();
    raise(number);
    _exit(STATUS_OK);
}

/* What waitpid() says of such a process, and what it said itself. */
static int run(char text[256], int number, bool after)
{
    int out[2], how = -1;
    CU_ASSERT_EQUAL_FATAL(pipe(out), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(out[1], STDERR_FILENO);
        die(number, after);
    }
    close(out[1]);
    FILE *said = fdopen(out[0], "r");
    if (!fgets(text, 256, said))
        text[0] = 0;
    fclose(said);
    waitpid(child, &how, 0);
    return how;
}

static void crash_within_names_the_outermost_file(void)
{
    static const int number[] = {SIGSEGV, SIGBUS, SIGFPE, SIGABRT};
    for (size_t i = 0; i < sizeof number / sizeof *number; i++) {
        char text[256];
        int how = run(text, number[i], false);
        CU_ASSERT_TRUE(WIFEXITED(how) && WEXITSTATUS(how) == STATUS_FAILED);
        CU_ASSERT_STRING_EQUAL(text, "some/run.h5: the file is damaged: HDF5 crashed reading it\n");
    }
}

static void reading_without_end_is_ended(void)
{
    char text[256];
    int how = run(text, SIGPROF, false);
    CU_ASSERT_TRUE(WIFEXITED(how) && WEXITSTATUS(how) == STATUS_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "does not come to an end"));
}

static bool gets(size_t bytes)
{
    void *volatile block = malloc(bytes);
    free(block);
    return block;
}

static void memory_is_bounded_until_the_end(void)
{
    const size_t room = (size_t)GUARD_ROOM;
    guard_begin(name, GUARD_SECONDS);
    guard_room((double)room);
    CU_ASSERT_TRUE(gets(room));
    CU_ASSERT_FALSE(gets(3 * room));
    guard_end();
    CU_ASSERT_TRUE(gets(3 * room));
}

static void crash_behind_is_a_crash(void)
{
    char text[256];
    int how = run(text, SIGBUS, true);
    CU_ASSERT_TRUE(WIFSIGNALED(how) && WTERMSIG(how) == SIGBUS);
    CU_ASSERT_STRING_EQUAL(text, "");
}

void test_guard(void)
{
    CU_pSuite suite = CU_add_suite("guard", NULL, NULL);
    CU_ADD_TEST(suite, crash_within_names_the_outermost_file);
    CU_ADD_TEST(suite, reading_without_end_is_ended);
    CU_ADD_TEST(suite, memory_is_bounded_until_the_end);
    CU_ADD_TEST(suite, crash_behind_is_a_crash);
}

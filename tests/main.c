/* Runs the CUnit suites of tests/FLOOR/NAME.c: all, or those named on the command line. */
#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

#include "search/search.h"

/* build/suites.h has one line SUITE(NAME) for each tests/FLOOR/NAME.c. */
#define SUITE(name) void test_##name(void);
#include "suites.h"
#undef SUITE

static const struct {
    const char *name;
    void (*add)(void);
} suites[] = {
#define SUITE(name) {#name, test_##name},
#include "suites.h"
#undef SUITE
};

enum { SUITES = sizeof suites / sizeof suites[0] };

static int add(const char *name)
{
    int added = 0;
    for (int s = 0; s < SUITES; s++) {
        if (name == NULL || strcmp(name, suites[s].name) == 0) {
            suites[s].add();
            added++;
        }
    }
    return added;
}

int main(int argc, char **argv)
{
    if (CU_initialize_registry() != CUE_SUCCESS) {
        fprintf(stderr, "tests: %s\n", CU_get_error_msg());
        return 1;
    }
    search_register();
    if (argc == 1) {
        add(NULL);
    }
    for (int a = 1; a < argc; a++) {
        if (add(argv[a]) == 0) {
            fprintf(stderr, "tests: there is no suite %s, nor a file tests/FLOOR/%s.c\n", argv[a],
                    argv[a]);
            return 2;
        }
    }
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failed = CU_get_number_of_tests_failed();
    unsigned passed = CU_get_number_of_tests_run() - failed;
    unsigned troubles = CU_get_number_of_failure_records() + CU_get_number_of_suites_failed();
    CU_cleanup_registry();
    printf("%u passed, %u failed\n", passed, failed);
    return passed == 0 || troubles != 0;
}

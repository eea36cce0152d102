#include <CUnit/Basic.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static void messages_gather_in_order(void)
{
    struct error error = {0};
    CU_ASSERT_EQUAL(error_add(&error, STATUS_USAGE, "a.yaml:%d: found %s", 3, "x"), STATUS_USAGE);
    errno = ENOENT;
    CU_ASSERT_EQUAL(error_add_errno(&error, STATUS_FAILED, "cannot open %s", "b"), STATUS_FAILED);
    CU_ASSERT_EQUAL(error.count, 2);
    CU_ASSERT_STRING_EQUAL(error.text,
                           "a.yaml:3: found x\ncannot open b: No such file or directory\n");
    CU_ASSERT_EQUAL(error.length, (long)strlen(error.text));
    error_free(&error);
    CU_ASSERT(error.count == 0 && error.text == NULL && error.length == 0);
}

static void status_alone_needs_no_messages(void)
{
    CU_ASSERT_EQUAL(error_add(NULL, STATUS_FAILED, "%d", 1), STATUS_FAILED);
    CU_ASSERT_EQUAL(error_add_errno(NULL, STATUS_USAGE, "%d", 1), STATUS_USAGE);
}

static void memory_is_aligned_and_zero(void)
{
    for (unsigned long count = 0; count < 40; count++) {
        struct error error = {0};
        unsigned char *memory = error_calloc(&error, count, 8, "test");
        CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
        CU_ASSERT_EQUAL((uintptr_t)memory % 64, 0);
        for (unsigned long i = 0; i < count * 8; i++) {
            CU_ASSERT_EQUAL_FATAL(memory[i], 0);
        }
        free(memory);
    }
}

static void too_much_memory_is_a_message(void)
{
    struct error error = {0};
    CU_ASSERT_PTR_NULL(error_calloc(&error, ULONG_MAX / 4, 8, "weights"));
    CU_ASSERT_PTR_NULL(error_calloc(&error, ULONG_MAX / 16, 8, "weights"));
    CU_ASSERT_EQUAL(error.count, 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "out of memory: weights, "));
    error_free(&error);
}

void test_error(void)
{
    CU_pSuite suite = CU_add_suite("error", NULL, NULL);
    CU_ADD_TEST(suite, messages_gather_in_order);
    CU_ADD_TEST(suite, status_alone_needs_no_messages);
    CU_ADD_TEST(suite, memory_is_aligned_and_zero);
    CU_ADD_TEST(suite, too_much_memory_is_a_message);
}

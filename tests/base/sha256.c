/* SHA-256 against the examples of the standard. */
#include "base/sha256.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void test_sha256(void);

/* The sum of `count` letters 'a' with `text` before them. */
static const char *sum(const char *text, int count)
{
    static char result[SHA256_TEXT];
    char path[] = "/tmp/sha256-XXXXXX";
    FILE *file = fdopen(mkstemp(path), "w");
    fputs(text, file);
    for (int i = 0; i < count; i++)
        fputc('a', file);
    fclose(file);
    CU_ASSERT_TRUE(sha256_file(result, path));
    unlink(path);
    return result;
}

static void examples_of_the_standard_come_out(void)
{
    CU_ASSERT_STRING_EQUAL(sum("", 0),
                           "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CU_ASSERT_STRING_EQUAL(sum("abc", 0),
                           "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CU_ASSERT_STRING_EQUAL(sum("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 0),
                           "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CU_ASSERT_STRING_EQUAL(sum("", 1000000),
                           "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void file_that_is_not_there_has_none(void)
{
    char text[SHA256_TEXT];
    CU_ASSERT_FALSE(sha256_file(text, "/tmp/no/such/file"));
}

void test_sha256(void)
{
    CU_pSuite suite = CU_add_suite("sha256", NULL, NULL);
    CU_ADD_TEST(suite, examples_of_the_standard_come_out);
    CU_ADD_TEST(suite, file_that_is_not_there_has_none);
}

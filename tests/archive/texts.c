/* Texts that are written while a run goes on: rows of a heap that are written over. */
#include <CUnit/Basic.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/text.h"
#include "model/task.h"

void test_texts(void);

static const char sweep_text[] = "task: {name: association}\n"
                                 "network: {dt: 10 ms, units: 4}\n"
                                 "rule: {degree: 1, start: {r1 d1: -1}}\n"
                                 "meta: {iterations: 1, seeds: 1}\n";
static const settings_check no_checks[] = {NULL};
static char folder[] = "/tmp/thetasweep-XXXXXX", path[64];
static struct config config;
static struct space space;
static struct search_plan sweep;

static void end_mpi(void)
{
    MPI_Finalize();
}

static int setup(void)
{
    int running;
    MPI_Initialized(&running);
    if (!running && MPI_Init(NULL, NULL) == MPI_SUCCESS)
        atexit(end_mpi);
    task_register();
    snprintf(path, sizeof path, "%s/run.h5", mkdtemp(folder));
    return config_parse(&config, "sweep.yaml", sweep_text, 0, NULL, NULL) ||
           search_plan_create(&sweep, &space, &config, no_checks, NULL);
}

static int cleanup(void)
{
    search_plan_free(&sweep);
    config_free(&config);
    return rmdir(folder);
}

static void create(void)
{
    const struct archive_team team = {.ranks = 1, .workers = 1, .hosts = "here x 1"};
    struct archive_plan plan;
    CU_ASSERT_EQUAL_FATAL(archive_plan(&plan, &sweep, NULL), STATUS_OK);
    CU_ASSERT_EQUAL_FATAL(archive_create(path, &plan, &team, NULL), STATUS_OK);
    archive_plan_free(&plan);
}

static struct archive *open_archive(void)
{
    struct archive *archive = NULL;
    CU_ASSERT_EQUAL_FATAL(archive_open(&archive, path, MPI_COMM_SELF, &space, NULL), STATUS_OK);
    return archive;
}

/* What another process finds. */
static char **look(size_t *count, const char *dataset)
{
    struct archive *archive = NULL;
    CU_ASSERT_EQUAL_FATAL(archive_open_reader(&archive, path, NULL), STATUS_OK);
    char **text = archive_read_texts(count, archive, dataset, NULL);
    archive_close_reader(archive);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    return text;
}

static void row_is_cut_to_its_room_in_whole_characters(void)
{
    char longest[2 * ARCHIVE_FAILURE + 1] = "";
    for (int i = 0; i < ARCHIVE_FAILURE; i++)
        memcpy(longest + 2 * i, "\u00e9", 2);
    create();
    struct archive *archive = open_archive();
    CU_ASSERT_EQUAL(archive_write_failure(archive, "one\ntwo", NULL), STATUS_OK);
    CU_ASSERT_EQUAL(archive_write_failure(archive, longest, NULL), STATUS_OK);
    archive_close(archive, NULL);
    archive = open_archive(); // a later start, which counts the lines anew
    CU_ASSERT_EQUAL(archive_write_failure(archive, "three", NULL), STATUS_OK);
    archive_close(archive, NULL);
    size_t count;
    char **line = look(&count, "/log/failure");
    CU_ASSERT_EQUAL(count, ARCHIVE_FAILURES);
    CU_ASSERT_STRING_EQUAL(line[0], "one");
    CU_ASSERT_EQUAL(strlen(line[1]), ARCHIVE_FAILURE - 2);
    CU_ASSERT_NSTRING_EQUAL(line[1], longest, ARCHIVE_FAILURE - 2);
    CU_ASSERT_STRING_EQUAL(line[2], "three");
    CU_ASSERT_STRING_EQUAL(line[3], "");
    free(line);
    unlink(path);
}

static void shorter_text_leaves_nothing_of_a_longer_one(void)
{
    create();
    struct archive *archive = open_archive();
    int field = FIELD_PROVENANCE + START_HOSTS;
    CU_ASSERT_EQUAL(archive_write_text(archive, field, 1, "a long list of hosts", NULL), STATUS_OK);
    CU_ASSERT_EQUAL(archive_write_text(archive, field, 1, "one", NULL), STATUS_OK);
    archive_close(archive, NULL);
    size_t count;
    char **hosts = look(&count, "/provenance/hosts");
    CU_ASSERT_STRING_EQUAL(hosts[0], "here x 1");
    CU_ASSERT_STRING_EQUAL(hosts[1], "one");
    CU_ASSERT_STRING_EQUAL(hosts[2], "");
    free(hosts);
    unlink(path);
}

static void rows_behind_the_last_one_are_left_out(void)
{
    create();
    struct archive *archive = open_archive();
    for (int i = 0; i < ARCHIVE_FAILURES + 9; i++)
        CU_ASSERT_EQUAL(archive_write_failure(archive, "no memory", NULL), STATUS_OK);
    archive_close(archive, NULL);
    size_t count;
    char **line = look(&count, "/log/failure"), **time = look(&count, "/provenance/time");
    CU_ASSERT_STRING_EQUAL(line[ARCHIVE_FAILURES - 1], "no memory");
    CU_ASSERT_EQUAL(strlen(time[0]), strlen("2026-01-31T12:00:00Z"));
    CU_ASSERT_STRING_EQUAL(time[1], "");
    free(line);
    free(time);
    unlink(path);
}

/* HDF5 would copy the whole string to a buffer of this length. */
static void element_that_lies_about_its_text_is_refused(void)
{
    create();
    struct archive *archive = open_archive();
    hid_t names = H5Dopen2(archive->file, "/parameter", H5P_DEFAULT);
    haddr_t place = H5Dget_offset(names);
    H5Dclose(names);
    archive_close(archive, NULL);
    int file = open(path, O_RDWR);
    CU_ASSERT_EQUAL(pwrite(file, &(uint32_t){1}, 4, (off_t)place), 4);
    close(file);
    struct error error = {0};
    CU_ASSERT_EQUAL(archive_open_reader(&archive, path, &error), STATUS_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "/parameter: "));
    error_free(&error);
    unlink(path);
}

void test_texts(void)
{
    CU_pSuite suite = CU_add_suite("texts", setup, cleanup);
    CU_ADD_TEST(suite, row_is_cut_to_its_room_in_whole_characters);
    CU_ADD_TEST(suite, shorter_text_leaves_nothing_of_a_longer_one);
    CU_ADD_TEST(suite, rows_behind_the_last_one_are_left_out);
    CU_ADD_TEST(suite, element_that_lies_about_its_text_is_refused);
}

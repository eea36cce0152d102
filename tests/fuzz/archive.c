/* Archives, as `status`, `show` and `verify` read them. */
#include "archive/standing.h"
#include "fuzz/damaged.h"
#include "fuzz/served.h"
#include "program/command.h"

static void take(void *context, const struct outcome *outcome)
{
    *(double *)context += outcome->loss;
}

static enum status read_all(struct command_results *results, struct error *error)
{
    double sum = 0;
    int64_t broken;
    struct archive_end end;
    enum status status = archive_read_end(results->archive, &end, error);
    for (int64_t c = 0; !status && c < results->space.candidates; c++) {
        struct command_course course;
        status = command_course_read(&course, results->archive, c, error);
        if (!status)
            command_course_free(&course);
    }
    if (!status)
        status = archive_read_outcomes(results->archive, &broken, take, &sum, error);
    return status;
}

static enum status look(struct error *error)
{
    struct command_results results;
    enum status status = command_results_read(&results, path, error);
    if (status)
        return status;
    status = read_all(&results, error);
    command_results_free(&results);
    return status;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    search_register();
    served_start(look);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    served_input(data, size);
    return 0;
}

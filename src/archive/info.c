/* Small facts for people who look on. */
#include <stdio.h>

#include "archive/file.h"

const char *archive_library(void)
{
    static char text[32];
    unsigned major, minor, release;
    H5get_libversion(&major, &minor, &release);
    snprintf(text, sizeof text, "%u.%u.%u", major, minor, release);
    return text;
}

const struct archive_plan *archive_plan_of(const struct archive *archive)
{
    return &archive->plan;
}

int32_t archive_size(const struct archive *archive, int64_t candidate, enum archive_size size)
{
    return archive->own[candidate].size[size];
}

const char *archive_parameter(const struct archive *archive, int64_t candidate, int p)
{
    int column = 0;
    for (;; column++)
        if (archive->own[candidate].free[column] && p-- == 0)
            return archive->plan.parameter[column];
}

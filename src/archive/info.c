/* Small facts for people who look on. */
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "archive/file.h"

const char *archive_library(void)
{
    static char text[32];
    unsigned major, minor, release;
    H5get_libversion(&major, &minor, &release);
    snprintf(text, sizeof text, "%u.%u.%u", major, minor, release);
    return text;
}

double archive_started(struct archive *archive)
{
    enum { TIME = 32 };
    char row[ARCHIVE_STARTS][TIME] = {{0}};
    struct archive_box all = archive_at(archive, FIELD_PROVENANCE + START_TIME, 0, NULL);
    if (archive_read(archive, FIELD_PROVENANCE + START_TIME, &all, row, NULL))
        return NAN;
    double started = NAN;
    for (int i = 0; i < ARCHIVE_STARTS && row[i][0]; i++) {
        struct tm t = {0};
        if (sscanf(row[i], "%d-%d-%dT%d:%d:%dZ", &t.tm_year, &t.tm_mon, &t.tm_mday, &t.tm_hour,
                   &t.tm_min, &t.tm_sec) != 6)
            continue;
        t.tm_year -= 1900;
        t.tm_mon -= 1;
        started = (double)timegm(&t);
    }
    return started;
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

#include "program/ended.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

void command_write_status(const char *path, enum status status)
{
    char name[PATH_MAX], fresh[PATH_MAX + 4];
    if (snprintf(name, sizeof name, "%s.status", path) >= (int)sizeof name)
        return;
    snprintf(fresh, sizeof fresh, "%s.new", name);
    FILE *file = fopen(fresh, "we");
    bool written = file && fprintf(file, "%d\n", (int)status) > 0 && fflush(file) == 0 &&
                   fsync(fileno(file)) == 0;
    if (file)
        written = fclose(file) == 0 && written;
    if (!written || rename(fresh, name) != 0)
        unlink(fresh);
}

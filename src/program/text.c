/* How commands write: wrapped text, durations, sizes. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "program/command.h"

enum { COLUMNS = 100 };

void command_wrap(const char *text, int column, int indent)
{
    bool first = true;
    while (*text) {
        int length = (int)strcspn(text, " \n");
        if (!first && column + 1 + length > COLUMNS) {
            printf("\n%*s", indent, "");
            column = indent;
        } else if (!first) {
            putchar(' ');
            column++;
        }
        printf("%.*s", length, text);
        column += length;
        first = false;
        text += length;
        if (*text == '\n') {
            printf("\n%*s", indent, "");
            column = indent;
            first = true;
        }
        text += *text != 0;
    }
    putchar('\n');
}

void command_duration(char text[32], double seconds)
{
    if (!(seconds >= 0) || isinf(seconds)) {
        strcpy(text, "?");
        return;
    }
    long s = lround(seconds);
    if (s < 60)
        snprintf(text, 32, "%ld s", s);
    else if (s < 3600)
        snprintf(text, 32, "%ld min %ld s", s / 60, s % 60);
    else if (s < 86400)
        snprintf(text, 32, "%ld h %ld min", s / 3600, s / 60 % 60);
    else
        snprintf(text, 32, "%ld d %ld h", s / 86400, s / 3600 % 24);
}

void command_size(char text[32], double bytes)
{
    static const char *const unit[] = {"B", "kB", "MB", "GB", "TB", "PB", NULL};
    int i = 0;
    for (; bytes >= 999.5 && unit[i + 1]; i++)
        bytes /= 1000;
    snprintf(text, 32, "%.3g %s", bytes, unit[i]);
}

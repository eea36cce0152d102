/* What is said of a mistake: what is allowed, what may have been meant, and each problem once. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/settings.h"

/* " from 2 to 20000 units", with the bounds that stand for "above" and "below" spelt out. */
static void print_range(char *text, size_t size, const struct parameter *row)
{
    bool low = row->minimum > -DBL_MAX, high = row->maximum < DBL_MAX;
    bool above = row->minimum == SETTINGS_ABOVE_0 || row->minimum == SETTINGS_ABOVE_1;
    bool below = row->maximum == SETTINGS_BELOW_1;
    char minimum[64] = "", maximum[64] = "";
    if (low)
        snprintf(minimum, sizeof minimum, above ? " above %.16g" : " from %.16g",
                 above ? nearbyint(row->minimum) : row->minimum);
    if (high)
        snprintf(maximum, sizeof maximum, below ? " below %.16g" : " to %.16g",
                 below ? 1.0 : row->maximum);
    const char *join = above && high ? " up" : below && low ? " and" : "";
    snprintf(text, size, "%s%s%s%s%s%s", minimum, join, maximum, low && !high ? " up" : "",
             *row->unit ? " " : "", row->unit);
    if (low && !high && above)
        snprintf(text, size, "%s%s%s", minimum, *row->unit ? " " : "", row->unit);
    if (row->maximum == INFINITY)
        strncat(text, ", or inf", size - strlen(text) - 1);
}

/* Appends "a, b, c" from the words `stride` bytes apart, up to a NULL. */
static void join_words(char text[SETTINGS_VALUE], const void *words, size_t stride)
{
    const char *word = words, *separator = "";
    for (; *(const char *const *)(const void *)word; word += stride, separator = ", ") {
        strncat(text, separator, SETTINGS_VALUE - strlen(text) - 1);
        strncat(text, *(const char *const *)(const void *)word, SETTINGS_VALUE - strlen(text) - 1);
    }
}

void settings_allowed(char text[SETTINGS_VALUE], const struct parameter *row)
{
    char range[256];
    print_range(range, sizeof range, row);
    switch (row->type) {
    case PARAMETER_REAL:
        snprintf(text, SETTINGS_VALUE, "a number%s%s", range, row->choices ? ", or auto" : "");
        break;
    case PARAMETER_INTEGER:
        snprintf(text, SETTINGS_VALUE, "a whole number%s", range);
        break;
    case PARAMETER_DURATION:
        snprintf(text, SETTINGS_VALUE, "a duration%s, written as %s", range,
                 strcmp(row->unit, "min") == 0 ? "30 s, 10 min or 1 h" : "30 ms or 0.2 s");
        break;
    case PARAMETER_BOOLEAN:
        strcpy(text, "true or false");
        break;
    case PARAMETER_CHOICE:
        strcpy(text, "one of ");
        join_words(text, row->choices, sizeof *row->choices);
        break;
    case PARAMETER_VARIANT:
        strcpy(text, "one of ");
        join_words(text, &settings_members(row)->name, sizeof *settings_members(row));
        break;
    case PARAMETER_TEXT:
        snprintf(text, SETTINGS_VALUE, "a text of 1 to %d bytes on one line", SETTINGS_NAME - 1);
        break;
    case PARAMETER_PATH:
        snprintf(text, SETTINGS_VALUE, "the name of a file, at most %d bytes, or none",
                 SETTINGS_PATH - 1);
        break;
    case PARAMETER_LIST:
        strcpy(text, row->choices ? "a list of " : "a list of words, such as ");
        if (row->choices)
            join_words(text, row->choices, sizeof *row->choices);
        else
            strcat(text, row->fallback);
        break;
    case PARAMETER_MAP:
        snprintf(text, SETTINGS_VALUE,
                 "a map {key: number, ...} of numbers%s, keys of at most %d "
                 "letters, digits, spaces and _ . + -%s",
                 range, SETTINGS_KEY - 1, row->choices ? ", or auto" : "");
        break;
    case PARAMETER_INTEGERS:
        snprintf(text, SETTINGS_VALUE, "a list of at most %d whole numbers%s", SETTINGS_INTEGERS,
                 range);
        break;
    }
}

static int smallest(int a, int b, int c)
{
    int least = a < b ? a : b;
    return least < c ? least : c;
}

/* Edit distance in which swapping two neighbours counts once (optimal string alignment). */
static int distance(const char *a, const char *b)
{
    int m = (int)strlen(a), n = (int)strlen(b);
    if (m >= SETTINGS_NAME || n >= SETTINGS_NAME)
        return SETTINGS_NAME;
    int d[SETTINGS_NAME][SETTINGS_NAME];
    for (int i = 0; i <= m; i++)
        d[i][0] = i;
    for (int j = 0; j <= n; j++)
        d[0][j] = j;
    for (int i = 1; i <= m; i++)
        for (int j = 1; j <= n; j++) {
            int change = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            d[i][j] = smallest(d[i - 1][j] + 1, d[i][j - 1] + 1, change);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                d[i - 2][j - 2] + 1 < d[i][j])
                d[i][j] = d[i - 2][j - 2] + 1;
        }
    return d[m][n];
}

/* How many edits a slip of the pen may have: a third of the word. */
static int tolerance(const char *word)
{
    int length = (int)strlen(word);
    return length < 6 ? 2 : length / 3;
}

const char *settings_closest(const char *word, const char *const *words)
{
    const char *best = NULL;
    int least = tolerance(word) + 1;
    for (; *words; words++) {
        int edits = distance(word, *words);
        if (edits < least && edits < (int)strlen(*words)) {
            least = edits;
            best = *words;
        }
    }
    return best;
}

/* Last part of a dotted name. */
static const char *last_part(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

bool settings_nearest(char nearest[SETTINGS_NAME], const char *name)
{
    int rows, least = tolerance(name) + 1;
    const struct parameter *row = settings_parameters(&rows);
    bool found = false;
    for (int i = 0; i < rows; i++) {
        /* Each row's name, then the sections around it. */
        char candidate[SETTINGS_NAME];
        snprintf(candidate, sizeof candidate, "%s", row[i].name);
        for (char *dot = candidate; dot; dot = strrchr(candidate, '.')) {
            if (dot != candidate)
                *dot = '\0';
            int edits = distance(name, candidate);
            if (edits > 2 && strcmp(last_part(name), last_part(candidate)) == 0)
                edits = 2;
            if (edits < least && edits < (int)strlen(candidate)) {
                least = edits;
                found = true;
                strcpy(nearest, candidate);
            }
        }
    }
    return found;
}

void settings_problem(struct settings_problems *problems, const char *name, const char *format, ...)
{
    char text[SETTINGS_MESSAGE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (int i = 0; i < problems->count; i++)
        if (strcmp(problems->problem[i].name, name) == 0 &&
            strcmp(problems->problem[i].text, text) == 0)
            return;
    if (problems->count == SETTINGS_PROBLEMS)
        return;
    snprintf(problems->problem[problems->count].name, SETTINGS_NAME, "%s", name);
    strcpy(problems->problem[problems->count].text, text);
    problems->count++;
}

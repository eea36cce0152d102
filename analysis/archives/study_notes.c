/* What was left out: each thing is said once, solutions that share a reason in one line. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archives/study.h"

enum { NAMED = 8 }; /* solutions that a note names, at the most */

void study_note(struct study *study, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    for (int i = 0; length >= 0 && i < study->notes; i++)
        if (strcmp(study->note[i], text) == 0) {
            free(text);
            return;
        }
    char **note = realloc(study->note, sizeof *note * (size_t)(study->notes + 1));
    if (note)
        study->note = note;
    if (length < 0 || !note) {
        free(length < 0 ? NULL : text);
        return;
    }
    fprintf(stderr, "%s\n", text);
    study->note[study->notes++] = text;
}

void study_leave(struct study *study, int solution, const char *reason)
{
    for (int l = 0; l < study->lefts; l++)
        if (study->left[l].solution == solution && strcmp(study->left[l].reason, reason) == 0)
            return;
    struct study_left *left = realloc(study->left, sizeof *left * (size_t)(study->lefts + 1));
    if (!left)
        return;
    study->left = left;
    left[study->lefts++] = (struct study_left){solution, reason};
}

/* "candidate 3 seed 1, candidate 4 seed 0, and 5 more" of those with the reason. */
static int print_who(FILE *out, const struct study *study, const char *reason)
{
    int count = 0;
    for (int l = 0; l < study->lefts; l++) {
        if (strcmp(study->left[l].reason, reason) != 0)
            continue;
        const struct study_solution *solution = &study->solution[study->left[l].solution];
        if (count++ < NAMED)
            fprintf(out, "%scandidate %d seed %d", count > 1 ? ", " : "", solution->candidate,
                    solution->seed);
    }
    if (count > NAMED)
        fprintf(out, ", and %d more", count - NAMED);
    return count;
}

void study_tell_left(struct study *study, const char *measure)
{
    for (int l = 0; l < study->lefts; l++) {
        const char *reason = study->left[l].reason;
        char *who = NULL;
        size_t length;
        FILE *out = open_memstream(&who, &length);
        int count = out ? print_who(out, study, reason) : 0;
        if (out && fclose(out) == 0)
            study_note(study, "%s: %d of %d solutions left out, %s: %s", measure, count,
                       study->solutions, reason, who);
        free(who);
    }
    study->lefts = 0;
}

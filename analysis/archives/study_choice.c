/* What is told apart and what is compared: labels of rules, solutions, examples. */
#include "archives/study_choice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whether candidates differ in the parameter. */
static bool differs(const struct study *study, const char *name)
{
    char first[SETTINGS_VALUE], text[SETTINGS_VALUE];
    for (int c = 0; c < study->candidates; c++) {
        settings_get(&study->candidate[c].settings, name, c ? text : first);
        if (c && strcmp(first, text) != 0)
            return true;
    }
    return false;
}

/* "start: {r3 d3: -1}, degree: 3", or the family where nothing else tells rules apart. */
static char *make_label(const struct settings *settings, const bool *differing)
{
    char family[SETTINGS_VALUE], text[SETTINGS_VALUE], *label = NULL;
    size_t length;
    FILE *stream = open_memstream(&label, &length);
    if (!stream)
        return NULL;
    int count, said = 0;
    const struct parameter *row = settings_parameters(&count);
    settings_get(settings, "rule.family", family);
    bool polynomial = strcmp(family, "polynomial") == 0;
    for (int p = 0; p < count && polynomial; p++) {
        if (!differing[p] || strcmp(row[p].name, "rule.family") == 0)
            continue;
        settings_get(settings, row[p].name, text);
        fprintf(stream, "%s%s: %s", said++ ? ", " : "", row[p].name + strlen("rule."), text);
    }
    if (said == 0)
        fputs(family, stream);
    return fclose(stream) == 0 ? label : NULL;
}

enum status study_label_rules(struct study *study, struct error *error)
{
    int count;
    const struct parameter *row = settings_parameters(&count);
    bool *differing = error_calloc(error, (unsigned long)count, sizeof *differing, "labels");
    study->rule =
        error_calloc(error, (unsigned long)study->candidates + 1, sizeof *study->rule, "labels");
    enum status status = differing && study->rule ? STATUS_OK : STATUS_FAILED;
    for (int p = 0; p < count && !status; p++)
        differing[p] = strncmp(row[p].name, "rule.", 5) == 0 && differs(study, row[p].name);
    for (int c = 0; c < study->candidates && !status; c++) {
        char *label = make_label(&study->candidate[c].settings, differing);
        if (!label) {
            status = error_add(error, STATUS_FAILED, "out of memory: labels");
            break;
        }
        int r = 0;
        while (r < study->rules && strcmp(study->rule[r], label) != 0)
            r++;
        if (r == study->rules)
            study->rule[study->rules++] = label;
        else
            free(label);
        study->candidate[c].rule = r;
    }
    free(differing);
    return status;
}

enum status study_choose(struct study *study, int solutions, int examples, struct error *error)
{
    int stride = (study->candidates + solutions - 1) / solutions, used = 0;
    for (int c = 0; c < study->candidates; c += stride)
        used++;
    int seeds = used > 0 ? solutions / used : 0;
    study->solution =
        error_calloc(error, (unsigned long)solutions + 1, sizeof *study->solution, "solutions");
    study->example = error_calloc(error, (unsigned long)examples + 1, sizeof(int), "examples");
    bool *taken = error_calloc(error, (unsigned long)solutions + 1, sizeof *taken, "examples");
    if (!study->solution || !study->example || !taken) {
        free(taken);
        return STATUS_FAILED;
    }
    for (int c = 0; c < study->candidates; c += stride)
        for (int s = 0; s < study->candidate[c].held_out && s < seeds; s++)
            if (study_committed(study, c, s, STUDY_LAST))
                study->solution[study->solutions++] = (struct study_solution){c, s};
    if (stride > 1)
        study_note(study, "similarity: only every %d. of %d candidates is compared (--solutions)",
                   stride, study->candidates);
    for (bool any = true; any && study->examples < examples;) {
        any = false;
        for (int r = 0; r < study->rules && study->examples < examples; r++)
            for (int s = 0; s < study->solutions; s++)
                if (!taken[s] && study->candidate[study->solution[s].candidate].rule == r) {
                    any = taken[s] = true;
                    study->example[study->examples++] = s;
                    break;
                }
    }
    free(taken);
    return STATUS_OK;
}

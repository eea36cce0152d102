#include "measures/scales.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measures/view.h"

/* Counting scales of the largest sizes. */
static void counting_scales(const struct study *study, struct output *output)
{
    const struct {
        const char *name;
        int count;
        const char *description;
    } row[] = {
        {"candidate", study->candidates, "Candidate, over all archives"},
        {"candidate_b", study->candidates, "The other candidate"},
        {"candidate_merge", study->candidates - 1, "Row of a linkage of candidates"},
        {"solution", study->solutions, "Network of a candidate after a lifetime on one seed"},
        {"solution_b", study->solutions, "The other solution"},
        {"example", study->examples, "Solution that is looked at closely"},
        {"iterate", study->iterations + 1, "Meta-iterations done: 0 is the start rule"},
        {"evaluation", study->evaluations, "Evaluation on held-out seeds"},
        {"held_out_seed", study->held_out, "Held-out seed"},
        {"unit", study->units, "Unit"},
        {"input_channel", study->inputs, "Input channel"},
        {"output_channel", study->outputs, "Output channel"},
        {"component", MEASURE_COMPONENTS, "Component, the largest first"},
        {"axis", MEASURE_AXES, "Leading principal component"},
        {"mds_axis", 2, "Axis of a plane"},
        {"linkage_column", 4, "Cluster, cluster, distance, size, as in scipy"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        output_numbers(output, row[i].name, NULL, row[i].count > 0 ? row[i].count : 0, "",
                       row[i].description);
}

/* Names of a list of fixed-length texts. */
static void named_scale(struct output *output, const char *name, const char *text, size_t length,
                        int count, const char *description)
{
    const char **pointer = calloc((size_t)count + 1, sizeof *pointer);
    for (int i = 0; pointer && i < count; i++)
        pointer[i] = text + (size_t)i * length;
    if (pointer)
        output_names(output, name, pointer, count, description);
    free(pointer);
}

void measure_scales(const struct study *study, struct output *output)
{
    static const char *const whens[] = {"before", "first", "last"};
    counting_scales(study, output);
    output_names(output, "when", whens, STUDY_WHENS,
                 "Before learning, after a lifetime with the first rule, with the last rule");
    static const char *const tested[] = {"start", "chosen"};
    output_names(
        output, "tested", tested, TESTED_RULES,
        "Rule that was tested: the start rule, and the one that was chosen on held-out seeds");
    output_names(output, "rule", (const char *const *)study->rule, study->rules,
                 "Rule: what candidates' rules differ in");
    output_names(output, "rule_b", (const char *const *)study->rule, study->rules,
                 "The other rule");
    named_scale(output, "parameter", study->parameters ? study->parameter[0] : "", RULE_NAME,
                study->parameters, "Free parameter: r<k> d<l> is theta_kl");
    char(*condition)[32] = calloc((size_t)study->types + 1, sizeof *condition);
    double *step = study_numbers((size_t)study->steps);
    for (int i = 0; condition && study->candidates && i < study->candidate[0].shape.types; i++)
        study_condition(study, 0, i, condition[i]);
    for (int i = 0; step && study->candidates && i < study->steps; i++)
        step[i] = (i + 1) * study->candidate[0].interval;
    if (condition)
        named_scale(output, "condition", condition[0], sizeof *condition, study->types,
                    "Trial type (names of the first archive)");
    output_numbers(output, "step", step, study->steps, "ms",
                   "Time in the trial (of the first archive)");
    measure_view_scales(study, output);
    free(condition);
    free(step);
}

/* Swept values of a candidate as text: "network.gain: 1.2". */
static char *swept(const struct study *study, const struct study_candidate *c)
{
    const struct study_archive *archive = &study->archive[c->archive];
    char *text = NULL, value[SETTINGS_VALUE];
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    for (int a = 0; stream && a < archive->config.sweep.axes; a++) {
        if (!sweep_has(&archive->config.sweep, c->index, a))
            continue;
        space_value(&archive->space, c->index, a, value);
        fprintf(stream, "%s%s: %s", ftell(stream) > 0 ? ", " : "",
                archive->config.sweep.axis[a].name, *value ? value : "not known yet");
    }
    if (stream)
        fclose(stream);
    return text;
}

/* Which candidates differ by their repeat only, if any do. */
static void write_repeats(const struct study *study, struct output *output, double *number)
{
    bool any = false;
    for (int c = 0; c < study->candidates; c++) {
        int64_t index = study->candidate[c].index;
        const struct study_archive *archive = &study->archive[study->candidate[c].archive];
        int32_t repeats = archive->config.sweep.repeats;
        number[c] = c - (double)(index % repeats);
        any |= repeats > 1;
    }
    if (any)
        output_array(output, "/study/group", "candidate", number,
                     (struct output_about){
                         "", "First of the candidates that differ by their repeat only", NULL});
}

static void write_candidates(const struct study *study, struct output *output, double *number,
                             const char **text, char **settings)
{
    for (int c = 0; c < study->candidates; c++) {
        text[c] = study->archive[study->candidate[c].archive].path;
        settings[c] = swept(study, &study->candidate[c]);
        number[c] = study->candidate[c].index;
    }
    output_texts(output, "/study/file", "candidate", text,
                 (struct output_about){"", "Archive of the candidate", NULL});
    output_array(output, "/study/index", "candidate", number,
                 (struct output_about){"", "Number of the candidate in its archive", NULL});
    write_repeats(study, output, number);
    for (int c = 0; c < study->candidates; c++) {
        number[c] = study->candidate[c].rule;
        text[c] = settings[c] ? settings[c] : "";
    }
    output_texts(output, "/study/settings", "candidate", text,
                 (struct output_about){"", "Swept values", NULL});
    output_array(output, "/study/rule_of", "candidate", number,
                 (struct output_about){"", "Index of the candidate's rule", NULL});
    for (int c = 0; c < study->candidates; c++)
        free(settings[c]);
}

enum status measure_study(const struct study *study, struct output *output, struct error *error)
{
    int most = study->candidates > study->solutions ? study->candidates : study->solutions;
    double *number = study_numbers((size_t)most);
    const char **text = error_calloc(error, (unsigned long)most + 1, sizeof *text, "texts");
    char **settings = error_calloc(error, (unsigned long)most + 1, sizeof *settings, "texts");
    enum status status = number && text && settings ? STATUS_OK : STATUS_FAILED;
    if (!status)
        write_candidates(study, output, number, text, settings);
    static const char *const path[] = {"/study/solution_candidate", "/study/solution_seed",
                                       "/study/solution_rule"};
    static const char *const description[] = {"Candidate of the solution",
                                              "Held-out seed of the solution",
                                              "Index of the solution's rule"};
    for (int part = 0; part < 3 && !status; part++) {
        for (int s = 0; s < study->solutions; s++) {
            const struct study_solution *solution = &study->solution[s];
            number[s] = part == 0   ? solution->candidate
                        : part == 1 ? solution->seed
                                    : study->candidate[solution->candidate].rule;
        }
        output_array(output, path[part], "solution", number,
                     (struct output_about){"", description[part], NULL});
    }
    for (int e = 0; e < study->examples && !status; e++)
        number[e] = study->example[e];
    if (!status)
        output_array(output, "/study/example_solution", "example", number,
                     (struct output_about){"", "Solution of the example", NULL});
    free(number);
    free(text);
    free(settings);
    return status;
}

void measure_notes(const struct study *study, struct output *output)
{
    output_numbers(output, "note", NULL, study->notes, "", "Note");
    output_texts(output, "/study/missing", "note", (const char *const *)study->note,
                 (struct output_about){"", "What was left out, and why", NULL});
}

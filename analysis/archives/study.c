/* Bulk data are read by path through a handle of our own: the archive's own reader gives the
 * committed slots, after it has checked every one. */
#include "archives/study.h"

#include <hdf5.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/import.h"
#include "program/command.h"

static const char *const when_names[STUDY_WHENS] = {"before", "first", "last"};

double *study_numbers(size_t count)
{
    double *number = malloc(sizeof(double) * (count + 1));
    for (size_t i = 0; number && i <= count; i++)
        number[i] = NAN;
    return number;
}

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

/* Takes one slot of an evaluation; `context` is the study, whose last archive is being read. */
static void take(void *context, const struct outcome *outcome)
{
    struct study *study = context;
    if (outcome->kind != JOB_EVALUATE)
        return;
    const struct study_archive *archive = &study->archive[study->archives - 1];
    struct study_candidate *c = &study->candidate[archive->first + (int)outcome->candidate];
    int slot = outcome->iteration * c->held_out + outcome->seed;
    c->done[slot] = (unsigned char)outcome->state;
    if (outcome->state == LIFETIME_DIVERGED)
        return;
    c->accuracy[slot] = outcome->accuracy;
    c->frozen[slot] = outcome->frozen_accuracy;
    if (outcome->trials_to_criterion >= 0)
        c->criterion[slot] = outcome->trials_to_criterion;
}

static enum status read_candidate(struct study *study, struct study_archive *archive, int index,
                                  struct error *error)
{
    struct study_candidate *c = &study->candidate[archive->first + index];
    space_settings(&archive->space, index, &c->settings);
    task_shape(&c->shape, &c->settings);
    const struct archive *a = archive->archive;
    *c = (struct study_candidate){
        .archive = study->archives - 1,
        .index = index,
        .settings = c->settings,
        .shape = c->shape,
        .steps = archive_size(a, index, ARCHIVE_STEPS),
        .evaluations = archive_size(a, index, ARCHIVE_EVALUATIONS),
        .held_out = archive_size(a, index, ARCHIVE_HELD_OUT),
        .iterations = archive_size(a, index, ARCHIVE_ITERATIONS),
        .parameters = archive_size(a, index, ARCHIVE_PARAMETERS),
    };
    int stride = task_steps(c->settings.record.interval, c->settings.network.dt);
    c->interval = (stride < 1 ? 1 : stride) * c->settings.network.dt;
    size_t slots = (size_t)c->evaluations * (size_t)c->held_out;
    c->done = error_calloc(error, slots + 1, 1, "slots of a candidate");
    c->accuracy = study_numbers(slots);
    c->criterion = study_numbers(slots);
    c->frozen = study_numbers(slots);
    return c->done && c->accuracy && c->criterion && c->frozen ? STATUS_OK : STATUS_FAILED;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

/* Takes the candidate's sizes and parameters into the study's. */
static enum status join(struct study *study, const struct study_archive *archive, int number,
                        struct error *error)
{
    const struct study_candidate *c = &study->candidate[number];
    study->evaluations = larger(study->evaluations, c->evaluations);
    study->held_out = larger(study->held_out, c->held_out);
    study->iterations = larger(study->iterations, c->iterations);
    study->units = larger(study->units, (int)c->settings.network.units);
    study->inputs = larger(study->inputs, c->shape.inputs);
    study->outputs = larger(study->outputs, c->shape.outputs);
    study->types = larger(study->types, c->shape.types);
    study->steps = larger(study->steps, c->steps);
    for (int p = 0; p < c->parameters; p++) {
        const char *name = archive_parameter(archive->archive, c->index, p);
        int column = 0;
        while (column < study->parameters && strcmp(study->parameter[column], name) != 0)
            column++;
        if (column < study->parameters)
            continue;
        void *more = realloc(study->parameter, RULE_NAME * (size_t)(column + 1));
        if (!more)
            return error_add(error, STATUS_FAILED, "out of memory: names of parameters");
        study->parameter = more;
        memcpy(study->parameter[study->parameters++], name, RULE_NAME);
    }
    return STATUS_OK;
}

static enum status read_archive(struct study *study, const char *path, struct error *error)
{
    struct study_archive *archive = &study->archive[study->archives];
    *archive = (struct study_archive){.path = path, .file = -1, .first = study->candidates};
    enum status status = archive_open_reader(&archive->archive, path, error);
    if (status)
        return status;
    char *text = archive_read_resolved(archive->archive, error);
    status = text ? config_parse(&archive->config, path, text, 0, NULL, error) : STATUS_FAILED;
    free(text);
    if (status) {
        archive_close_reader(archive->archive);
        return status;
    }
    study->archives++;  // from here on study_close() releases it
    import_start(path); // files that the sweep named are looked for beside the archive
    status = space_create(&archive->space, &archive->config, command_checks, error);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_file_locking(access, false, true);
    archive->file = status ? -1 : H5Fopen(path, H5F_ACC_RDONLY, access);
    H5Pclose(access);
    int more = status ? 0 : (int)archive->space.candidates;
    struct study_candidate *candidate =
        realloc(study->candidate, sizeof *candidate * (size_t)(study->candidates + more + 1));
    if (!candidate || archive->file < 0)
        return status ? status : error_add(error, STATUS_FAILED, "%s: cannot be read", path);
    study->candidate = candidate;
    for (int i = 0; i < more && !status; i++) {
        status = read_candidate(study, archive, i, error);
        study->candidates++;
        if (!status)
            status = join(study, archive, study->candidates - 1, error);
    }
    if (!status)
        status = archive_read_outcomes(archive->archive, &archive->broken, take, study, error);
    if (!status && archive->broken > 0)
        study_note(study, "%s: %ld records have a wrong checksum and are left out", path,
                   (long)archive->broken);
    return status;
}

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

static enum status label_rules(struct study *study, struct error *error)
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

/* When the archive's last record of a candidate is: after its last evaluation. */
static int evaluation_of(const struct study_candidate *c, enum study_when when)
{
    return when == STUDY_LAST ? c->evaluations - 1 : 0;
}

bool study_committed(const struct study *study, int candidate, int seed, enum study_when when)
{
    const struct study_candidate *c = &study->candidate[candidate];
    return c->evaluations > 0 && seed < c->held_out &&
           c->done[evaluation_of(c, when) * c->held_out + seed] == LIFETIME_DONE;
}

double study_frozen(const struct study *study, int candidate, int seed, enum study_when when)
{
    const struct study_candidate *c = &study->candidate[candidate];
    if (when == STUDY_BEFORE || !study_committed(study, candidate, seed, when))
        return NAN;
    return c->frozen[evaluation_of(c, when) * c->held_out + seed];
}

/* Solutions: as many seeds of every candidate as there is room for, of candidates evenly spread
 * when there is no room for all. Examples: the rules in turn. */
static enum status choose(struct study *study, int solutions, int examples, struct error *error)
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

enum status study_open(struct study *study, const char *const *path, int paths, int solutions,
                       int examples, struct error *error)
{
    *study = (struct study){0};
    study->archive =
        error_calloc(error, (unsigned long)paths, sizeof *study->archive, "list of archives");
    enum status status = study->archive ? STATUS_OK : STATUS_FAILED;
    for (int i = 0; i < paths && !status; i++)
        status = read_archive(study, path[i], error);
    if (!status)
        status = label_rules(study, error);
    if (!status)
        status = choose(study, solutions, examples, error);
    if (status)
        study_close(study);
    return status;
}

void study_close(struct study *study)
{
    for (int a = 0; a < study->archives; a++) {
        if (study->archive[a].file >= 0)
            H5Fclose(study->archive[a].file);
        config_free(&study->archive[a].config);
        archive_close_reader(study->archive[a].archive);
    }
    for (int c = 0; c < study->candidates; c++) {
        free(study->candidate[c].done);
        free(study->candidate[c].accuracy);
        free(study->candidate[c].criterion);
        free(study->candidate[c].frozen);
    }
    for (int r = 0; r < study->rules; r++)
        free(study->rule[r]);
    for (int n = 0; n < study->notes; n++)
        free(study->note[n]);
    free(study->archive);
    free(study->candidate);
    free(study->rule);
    free(study->note);
    free(study->solution);
    free(study->example);
    free(study->parameter);
    *study = (struct study){0};
}

/* The box of a dataset at `start` (whose first index is filled in) with the extent `size`; false
 * when the file has no such dataset. */
static bool read_box(const struct study *study, int candidate, const char *path, hid_t type,
                     int rank, hsize_t *start, const hsize_t *size, void *out)
{
    const struct study_candidate *c = &study->candidate[candidate];
    hid_t dataset = H5Dopen2(study->archive[c->archive].file, path, H5P_DEFAULT);
    if (dataset < 0)
        return false;
    start[0] = (hsize_t)c->index;
    hid_t space = H5Dget_space(dataset), memory = H5Screate_simple(rank, size, NULL);
    bool read = H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, size, NULL) >= 0 &&
                H5Dread(dataset, type, memory, space, H5P_DEFAULT, out) >= 0;
    H5Sclose(space);
    H5Sclose(memory);
    H5Dclose(dataset);
    return read;
}

double *study_rates(const struct study *study, int candidate, int seed, enum study_when when)
{
    const struct study_candidate *c = &study->candidate[candidate];
    if (!study_committed(study, candidate, seed, when))
        return NULL;
    char path[64];
    snprintf(path, sizeof path, "/representations/%s/rates", when_names[when]);
    hsize_t start[5] = {0, (hsize_t)seed};
    hsize_t size[5] = {1, 1, (hsize_t)c->shape.types, (hsize_t)c->steps,
                       (hsize_t)c->settings.network.units};
    size_t count = size[2] * size[3] * size[4];
    double *rates = study_numbers(count);
    bool good = rates && read_box(study, candidate, path, H5T_NATIVE_DOUBLE, 5, start, size, rates);
    for (size_t i = 0; good && i < count; i++)
        good = isfinite(rates[i]);
    if (good)
        return rates;
    free(rates);
    return NULL;
}

uint64_t study_task_seed(const struct study *study, int candidate, int seed)
{
    struct job job = {.kind = JOB_EVALUATE, .seed = seed};
    return search_task_seed(&study->candidate[candidate].settings, &job);
}

/* The weights at `when`, where they are recorded. */
static bool read_weights(const struct study *study, struct network *network, int candidate,
                         int seed, const char *when)
{
    hsize_t n = (hsize_t)network->units, inputs = (hsize_t)network->inputs;
    hsize_t outputs = (hsize_t)network->outputs;
    const struct {
        const char *name;
        double *out;
        int rank;
        hsize_t size[4];
    } part[] = {{"recurrent", network->recurrent, 4, {1, 1, n, n}},
                {"input", network->input, 4, {1, 1, n, inputs}},
                {"readout", network->readout, 4, {1, 1, outputs, n}},
                {"bias", network->bias, 3, {1, 1, n}}};
    bool recurrent = false;
    for (int p = 0; p < 4; p++) {
        char path[64];
        snprintf(path, sizeof path, "/weights/%s/%s", when, part[p].name);
        hsize_t start[4] = {0, (hsize_t)seed};
        bool read = read_box(study, candidate, path, H5T_NATIVE_DOUBLE, part[p].rank, start,
                             part[p].size, part[p].out);
        if (p == 0)
            recurrent = read;
    }
    return recurrent;
}

bool study_network(const struct study *study, struct network *network, int candidate, int seed,
                   enum study_when when)
{
    const struct study_candidate *c = &study->candidate[candidate];
    if (!study_committed(study, candidate, seed, when) ||
        network_create(network, &c->settings, c->shape.inputs, c->shape.outputs, NULL))
        return false;
    network_draw(network, &c->settings, (uint64_t)c->settings.seed,
                 study_task_seed(study, candidate, seed));
    if (study_committed(study, candidate, seed, STUDY_BEFORE))
        read_weights(study, network, candidate, seed, "initial");
    if (when == STUDY_BEFORE || read_weights(study, network, candidate, seed, when_names[when]))
        return true;
    network_free(network);
    return false;
}

bool study_reward(const struct study *study, float *reward, int candidate, int evaluation, int seed)
{
    const struct study_candidate *c = &study->candidate[candidate];
    int slot = evaluation * c->held_out + seed;
    if (evaluation >= c->evaluations || seed >= c->held_out || c->done[slot] != LIFETIME_DONE)
        return false;
    hsize_t start[4] = {0, (hsize_t)evaluation, (hsize_t)seed};
    hsize_t size[4] = {1, 1, 1, (hsize_t)c->settings.learning.trials};
    return read_box(study, candidate, "/evaluations/reward", H5T_NATIVE_FLOAT, 4, start, size,
                    reward);
}

int study_parameter(const struct study *study, int candidate, int p)
{
    const struct study_candidate *c = &study->candidate[candidate];
    const char *name = archive_parameter(study->archive[c->archive].archive, c->index, p);
    int column = 0;
    while (strcmp(study->parameter[column], name) != 0)
        column++;
    return column;
}

void study_condition(const struct study *study, int candidate, int type, char name[32])
{
    const struct settings *settings = &study->candidate[candidate].settings;
    task_of(settings)->describe(name, settings, type);
}

/* From files to one list of candidates, with what the archive's own reader says of their slots,
 * every one of which it checks. */
#include <hdf5.h>
#include <stdlib.h>
#include <string.h>

#include "archive/guard.h"
#include "archive/import.h"
#include "archives/study_choice.h"
#include "archives/study_files.h"
#include "program/command.h"

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
    study_join_files(&c->settings);
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
        .tests = archive_size(a, index, ARCHIVE_TESTS),
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
    study->tests = larger(study->tests, c->tests);
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
    status = text ? config_parse_resolved(&archive->config, path, text, error) : STATUS_FAILED;
    if (status) {
        free(text);
        archive_close_reader(archive->archive);
        return status;
    }
    study->archives++; // from here on study_close() releases it
    import_start("");
    status = study_place_files(&archive->config, path, error);
    if (!status)
        status = space_create(&archive->space, &archive->config, command_checks, error);
    if (!status)
        status = archive_read_points(archive->archive, &archive->config.sweep, error);
    if (!status)
        status = archive_check(archive->archive, &archive->space, error);
    if (study_check_files(path, text, error)) // it may explain what else is refused
        status = STATUS_USAGE;
    free(text);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_file_locking(access, false, true);
    guard_begin(path, GUARD_SECONDS);
    archive->file = status ? -1 : H5Fopen(path, H5F_ACC_RDONLY, access);
    guard_end();
    H5Pclose(access);
    int more = status ? 0 : (int)archive->space.candidates;
    struct study_candidate *candidate =
        realloc(study->candidate, sizeof *candidate * (size_t)(study->candidates + more + 1));
    if (candidate)
        study->candidate = candidate;
    if (!candidate || archive->file < 0)
        return status ? status : error_add(error, STATUS_FAILED, "%s: cannot be read", path);
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

enum status study_open(struct study *study, const char *const *path, int paths,
                       const struct study_wish *wish, struct error *error)
{
    *study = (struct study){0};
    study->archive =
        error_calloc(error, (unsigned long)paths, sizeof *study->archive, "list of archives");
    if (!study->archive)
        return STATUS_FAILED;
    enum status status = STATUS_OK;
    for (int i = 0; i < paths && !status; i++)
        status = read_archive(study, path[i], error);
    if (!status)
        status = study_label_rules(study, error);
    if (!status)
        status = study_choose(study, wish, error);
    if (status)
        study_close(study);
    return status;
}

void study_close(struct study *study)
{
    for (int a = 0; a < study->archives; a++) {
        guard_begin(study->archive[a].path, GUARD_SECONDS);
        if (study->archive[a].file >= 0)
            H5Fclose(study->archive[a].file);
        guard_end();
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
    free(study->left);
    free(study->solution);
    free(study->example);
    free(study->parameter);
    *study = (struct study){0};
}

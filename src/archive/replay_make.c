/* parameters/ of a record has two kinds of objects: numbers, which come with the lifetime, and choices,
 * which are known. */
#include "archive/replay_make.h"

#include <stdlib.h>
#include <string.h>

#include "archive/file.h"
#include "archive/make.h"

/* Choices, by their names in the sweep file; each a text in parameters/. */
static const char *const choices[] = {"network.phi",    "learning.reward",   "learning.reward_gain",
                                      "meta.objective", "meta.rpe_gradient", "meta.estimator"};

/* Scales of one record; those of parameters and of time hold names and times. */
static enum status make_scales(hid_t scale[DIM_COUNT], hid_t file, const char *prefix,
                               const struct archive_replay_shape *shape, double dt,
                               struct error *error)
{
    char name[RULE_PARAMETERS][RULE_NAME] = {{0}};
    for (int p = 0; p < shape->rule.parameters; p++)
        rule_name(&shape->rule, p, name[p]);
    char variable[RULE_VARIABLES][RULE_TEXT] = {{0}};
    for (int v = 0; v < RULE_VARIABLES; v++)
        rule_variable_name(variable[v], v);
    const struct archive_marks marks[DIM_COUNT] = {[DIM_PARAMETER] = {name[0], RULE_NAME, 0},
                                                   [DIM_VARIABLE] = {variable[0], RULE_TEXT, 0},
                                                   [DIM_STEP] = {NULL, 0, dt}};
    static const enum archive_dim dims[] = {
        DIM_PARAMETER, DIM_TRIAL, DIM_STEP, DIM_STATE,   DIM_UNIT,   DIM_INPUT,   DIM_UNIT_FROM,
        DIM_OUTPUT,    DIM_L,     DIM_K,    DIM_CLAMPED, DIM_FACTOR, DIM_VARIABLE};
    size_t count = sizeof dims / sizeof *dims - (shape->extent[DIM_FACTOR] ? 0 : 2);
    enum status status = STATUS_OK;
    for (size_t d = 0; !status && d < count; d++)
        status = archive_make_scale(&scale[dims[d]], file, prefix, dims[d], shape->extent[dims[d]],
                                    &marks[dims[d]], error);
    return status;
}

/* parameters/: numbers are made empty and written with the lifetime, choices are known. */
static enum status make_parameters(hid_t file, const int64_t *triple,
                                   const struct settings *settings,
                                   const struct archive_replay_shape *shape, struct error *error)
{
    struct archive_replay_number number[REPLAY_NUMBERS];
    char path[ARCHIVE_PATH], name[SETTINGS_NAME + 16], text[SETTINGS_VALUE];
    const struct lifetime_gradient none = {.wanted = false};
    archive_replay_numbers(number, settings, &shape->rule, &shape->task, &none);
    enum status status = STATUS_OK;
    for (int n = 0; !status && n < REPLAY_NUMBERS; n++) {
        struct archive_field field = {.type = TYPE_F64,
                                      .fill = FILL_LEAST,
                                      .units = number[n].units,
                                      .description = number[n].description};
        snprintf(name, sizeof name, "parameters/%s", number[n].name);
        archive_replay_path(path, triple, name);
        status = archive_make_dataset(file, path, &field, NULL, NULL, error);
    }
    for (size_t c = 0; !status && c < sizeof choices / sizeof *choices; c++) {
        settings_get(settings, choices[c], text);
        snprintf(name, sizeof name, "parameters/%s", strchr(choices[c], '.') + 1);
        archive_replay_path(path, triple, name);
        status = archive_make_text(file, path, text, settings_find(choices[c])->sentence, error);
    }
    return status;
}

static enum status make_record(hid_t file, const int64_t *triple, const struct settings *settings,
                               struct error *error)
{
    struct archive_replay_shape shape = archive_replay_shape(settings);
    char path[ARCHIVE_PATH];
    hid_t scale[DIM_COUNT] = {0};
    archive_replay_path(path, triple, "resolved");
    char *resolved = settings_print(settings, true);
    enum status status =
        resolved
            ? archive_make_text(file, path, resolved, "Every parameter of the candidate", error)
            : error_add(error, STATUS_FAILED, "out of memory: resolved configuration");
    free(resolved);
    archive_replay_path(path, triple, "");
    if (!status)
        status = make_scales(scale, file, path, &shape, settings->network.dt, error);
    for (int f = 0; !status && f < REPLAY_COUNT; f++) {
        archive_replay_path(path, triple, archive_replay_table[f].path);
        if (archive_replay_wanted(settings, &shape.rule, f))
            status = archive_make_dataset(file, path, &archive_replay_table[f], shape.extent, scale,
                                          error);
    }
    archive_close_scales(scale);
    return status ? status : make_parameters(file, triple, settings, &shape, error);
}

enum status archive_replay_create(hid_t file, const struct space *space, struct error *error)
{
    const struct settings_integers *replay = &space->config->base.record.replay;
    enum status status = STATUS_OK;
    for (int i = 0; !status && i + 2 < replay->count; i += 3) {
        struct settings settings;
        char path[ARCHIVE_PATH];
        const int64_t *triple = &replay->value[i];
        archive_replay_path(path, triple, "");
        if (H5Lexists(file, "/replay", H5P_DEFAULT) > 0 && H5Lexists(file, path, H5P_DEFAULT) > 0)
            continue; // named twice
        space_settings(space, triple[0], &settings);
        status = make_record(file, triple, &settings, error);
    }
    return status;
}

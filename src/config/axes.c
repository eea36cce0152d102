/* The sweep section: method, samples, and one axis a parameter. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/reader.h"

enum { VALUES, MINIMUM, MAXIMUM, COUNT, DISTRIBUTION, WHEN, OWN_METHOD, AXIS_KEYS };
static const char *const axis_keys[] = {"values",       "min",  "max",    "count",
                                        "distribution", "when", "method", NULL};

enum { METHOD, SAMPLES, REPEATS, GENERATION, PARAMETERS, ROWS, SWEEP_KEYS };
static const char *const sweep_keys[] = {"method",     "samples", "repeats", "generation",
                                         "parameters", "file",    NULL};

static void read_values(struct config_reader *reader, struct sweep_axis *axis,
                        yaml_node_t *const member[AXIS_KEYS])
{
    yaml_node_t *values = member[VALUES];
    bool side_by_side = reader->config->sweep.method->aligned && !axis->crossed;
    for (int i = MINIMUM; i <= DISTRIBUTION; i++)
        if (member[i])
            config_reader_complain(reader, &member[i]->start_mark,
                                   "%s: found %s beside values, allowed: one of the two",
                                   axis->name, axis_keys[i]);
    long count = values->type == YAML_SEQUENCE_NODE
                     ? values->data.sequence.items.top - values->data.sequence.items.start
                     : 0;
    if (count < 1 || count > SWEEP_LARGEST) {
        config_reader_complain(reader, &values->start_mark,
                               "%s: found %s, allowed: a list of 1 to %d values", axis->name,
                               count ? "a longer list" : "no values", SWEEP_LARGEST);
        return;
    }
    const yaml_node_item_t *item = values->data.sequence.items.start;
    for (; item < values->data.sequence.items.top && !reader->out_of_memory; item++) {
        yaml_node_t *node = yaml_document_get_node(&reader->document, *item);
        char text[SETTINGS_VALUE];
        if (side_by_side && config_reader_nothing(node))
            config_axis_gap(reader, axis);
        else if (config_reader_text(text, reader, node) &&
                 config_axis_try(text, reader, axis, &node->start_mark))
            config_axis_value(reader, axis, text);
    }
}

/* Reads one end of a range; false with a complaint if it is not a finite value of the axis. */
static bool read_bound(double *bound, struct config_reader *reader, const struct sweep_axis *axis,
                       yaml_node_t *node)
{
    char text[SETTINGS_VALUE], reason[SETTINGS_VALUE];
    struct settings scratch = reader->config->base;
    if (!config_reader_text(text, reader, node) ||
        !config_axis_try(text, reader, axis, &node->start_mark) ||
        settings_set(&scratch, axis->name, text, reason))
        return false;
    *bound = settings_number(&scratch, axis->name);
    if (isfinite(*bound))
        return true;
    config_reader_complain(reader, &node->start_mark, "%s: found %s, allowed: a finite number",
                           axis->name, text);
    return false;
}

/* Turns the range into `count` points with both ends. */
static void expand(struct config_reader *reader, struct sweep_axis *axis, int count,
                   const yaml_node_t *node)
{
    if (axis->whole && axis->maximum - axis->minimum < count - 1) {
        config_reader_complain(reader, &node->start_mark,
                               "%s: found %d points, allowed: at most the %.0f whole numbers from "
                               "min to max",
                               axis->name, count, axis->maximum - axis->minimum + 1);
        return;
    }
    struct sweep_axis range = *axis;
    range.count = count;
    for (int i = 0; i < count && !reader->out_of_memory; i++) {
        char text[SETTINGS_VALUE];
        sweep_point(text, &range, i / (double)(count - 1));
        if (!config_axis_try(text, reader, axis, &node->start_mark))
            return;
        if (axis->count > 0 && strcmp(axis->value[axis->count - 1], text) == 0) {
            config_reader_complain(reader, &node->start_mark,
                                   "%s: found %d points of which some fall together, allowed: "
                                   "fewer points or a wider range",
                                   axis->name, count);
            return;
        }
        config_axis_value(reader, axis, text);
    }
}

static void read_range(struct config_reader *reader, struct sweep_axis *axis,
                       yaml_node_t *const member[AXIS_KEYS], const yaml_node_t *place)
{
    static const char *const distributions[] = {"uniform", "log_uniform", NULL};
    bool drawn = reader->config->sweep.method->draws && !axis->crossed;
    struct parameter row;
    if (!member[MINIMUM] || !member[MAXIMUM] || (!drawn && !member[COUNT])) {
        config_reader_complain(
            reader, &place->start_mark, "%s: found no %s, allowed: {values: [...]} or {min, max%s}",
            axis->name, member[MINIMUM] && member[MAXIMUM] ? "count" : "values or range",
            drawn ? "" : ", count");
        return;
    }
    if (!settings_describe(&row, &reader->config->base, axis->name) ||
        (row.type != PARAMETER_REAL && row.type != PARAMETER_INTEGER &&
         row.type != PARAMETER_DURATION) ||
        config_axis_depends(reader->config, axis->name)) {
        config_reader_complain(reader, &place->start_mark,
                               "%s: found a range of what need not be a number, allowed: "
                               "{values: [...]}",
                               axis->name);
        return;
    }
    axis->whole = row.type == PARAMETER_INTEGER;
    axis->unit = row.type == PARAMETER_DURATION ? row.unit : "";
    axis->distribution = (enum sweep_distribution)config_reader_word(reader, member[DISTRIBUTION],
                                                                     axis->name, distributions);
    if (!read_bound(&axis->minimum, reader, axis, member[MINIMUM]) ||
        !read_bound(&axis->maximum, reader, axis, member[MAXIMUM]))
        return;
    bool log_scale = axis->distribution == SWEEP_LOG_UNIFORM;
    if (axis->minimum >= axis->maximum)
        config_reader_complain(reader, &member[MAXIMUM]->start_mark,
                               "%s: found max not above min, allowed: min < max", axis->name);
    else if (log_scale && axis->minimum <= 0)
        config_reader_complain(reader, &member[MINIMUM]->start_mark,
                               "%s: found min %.15g, allowed: above 0 with log_uniform", axis->name,
                               axis->minimum);
    else if (drawn && member[COUNT])
        config_reader_complain(reader, &member[COUNT]->start_mark,
                               "%s: found count in a sweep of method %s, allowed: {min, max}; "
                               "samples says how many are drawn; or method: grid at the parameter",
                               axis->name, reader->config->sweep.method->name);
    else if (!drawn) {
        int count = config_reader_count(reader, member[COUNT], axis->name, 2, SWEEP_LARGEST);
        if (count)
            expand(reader, axis, count, member[COUNT]);
    }
}

/* Whether the axis is crossed with all that the others make. */
static void read_own_method(struct config_reader *reader, struct sweep_axis *axis,
                            const yaml_node_t *method)
{
    const struct sweep_method *other = reader->config->sweep.method;
    const char *word = method ? config_reader_scalar(method) : "grid";
    axis->crossed = other->crosses || method;
    if (!method && reader->config->rows_path) {
        yaml_mark_t mark = config_axis_mark(axis);
        config_reader_complain(reader, &mark,
                               "%s: found beside sweep.file, allowed: with method: grid, so that "
                               "each of its values goes with the whole table",
                               axis->name);
    }
    if (!word || strcmp(word, "grid") != 0)
        config_reader_complain(reader, &method->start_mark,
                               "%s: found method %.60s at a parameter, allowed: grid, in a sweep "
                               "whose sweep.method is that of the other parameters",
                               axis->name, word ? word : "...");
    else if (method && other->learn)
        config_reader_complain(reader, &method->start_mark,
                               "%s: found method grid in a sweep of method %s, allowed: in one of "
                               "random, latin, sobol or list, which learn nothing from earlier "
                               "candidates, at whichever point of the grid",
                               axis->name, other->name);
}

static void read_axis(struct config_reader *reader, struct sweep_axis *axis, yaml_node_t *value)
{
    const char *allowed =
        reader->config->sweep.method->draws
            ? "{values: [...]} or {min, max, distribution}, when, and method: grid"
            : "{values: [...]} or {min, max, count, distribution}, and when";
    if (!config_axis_allowed(reader, axis))
        return;
    yaml_node_t *member[AXIS_KEYS];
    int before = reader->complaints;
    if (!config_reader_members(member, reader, value, axis->name, axis_keys, allowed) ||
        reader->complaints > before)
        return;
    read_own_method(reader, axis, member[OWN_METHOD]);
    if (member[VALUES])
        read_values(reader, axis, member);
    else
        read_range(reader, axis, member, value);
    if (member[WHEN] && reader->complaints == before)
        config_when_read(reader, axis, member[WHEN]);
}

/* Whether `value` has parameters of the section or map `name`, `network: {gain: {values: [1, 2]}}`,
 * and not the values of a parameter of this name, `task: {values: [dnms, xor]}`. */
static bool nested(struct config_reader *reader, const char *name, const yaml_node_t *value)
{
    const struct parameter *row = settings_find(name);
    bool holds = settings_is_section(name) || (row && row->type == PARAMETER_MAP);
    if (!holds || value->type != YAML_MAPPING_NODE)
        return false;
    const yaml_node_pair_t *pair = value->data.mapping.pairs.start;
    for (; pair < value->data.mapping.pairs.top; pair++) {
        const char *word =
            config_reader_scalar(yaml_document_get_node(&reader->document, pair->key));
        const yaml_node_t *inner = yaml_document_get_node(&reader->document, pair->value);
        for (int i = 0; word && axis_keys[i] && inner->type != YAML_MAPPING_NODE; i++)
            if (strcmp(word, axis_keys[i]) == 0)
                return false;
    }
    return true;
}

/* Adds the axes of `map`, of the section `section`, or, after that, reads them: axes and pairs then
 * run in step but for the names that were refused. `next` is the axis to be read; NULL: add. */
static void walk(struct config_reader *reader, const yaml_node_t *map, const char *section,
                 int *next)
{
    const struct sweep *sweep = &reader->config->sweep;
    const yaml_node_pair_t *pair = map->data.mapping.pairs.start;
    for (; pair < map->data.mapping.pairs.top && !reader->out_of_memory; pair++) {
        yaml_node_t *key = yaml_document_get_node(&reader->document, pair->key);
        yaml_node_t *value = yaml_document_get_node(&reader->document, pair->value);
        const char *word = config_reader_scalar(key);
        char name[SETTINGS_NAME];
        int length =
            snprintf(name, sizeof name, "%s%s%s", section, *section ? "." : "", word ? word : "");
        if (length < SETTINGS_NAME && nested(reader, name, value))
            walk(reader, value, name, next);
        else if (!next)
            config_axis_add(reader, name, &key->start_mark);
        else if (*next < sweep->axes && sweep->axis[*next].line == (int)key->start_mark.line + 1 &&
                 sweep->axis[*next].column == (int)key->start_mark.column + 1)
            read_axis(reader, &sweep->axis[(*next)++], value);
    }
}

/* All names first, those of a table `rows` too: whether the task is swept decides how its fields are
 * checked. */
static void read_axes(struct config_reader *reader, const yaml_node_t *parameters,
                      const yaml_node_t *rows)
{
    int before = reader->complaints, next = 0;
    if (parameters)
        walk(reader, parameters, "", NULL);
    if (rows)
        config_rows_read(reader, rows);
    if (parameters)
        walk(reader, parameters, "", &next);
    config_axes_check_fields(reader);
    config_axes_check(reader, before);
}

/* The table of where candidates lie; of a method that learns, candidates of a generation. */
static void begin_table(struct config_reader *reader, const yaml_node_t *generation)
{
    struct sweep *sweep = &reader->config->sweep;
    yaml_mark_t mark = config_axis_mark(&sweep->axis[0]);
    if (sweep->axes > SWEEP_NUMBERS) {
        config_reader_complain(
            reader, &mark, "sweep.parameters: found %d, allowed: at most %d with %s%s", sweep->axes,
            SWEEP_NUMBERS, sweep->method->learn ? "method " : "meta.stopping: population",
            sweep->method->learn ? sweep->method->name : "");
        return;
    }
    if (!sweep->method->learn) {
        if (sweep->samples > SWEEP_LEARNED)
            config_reader_complain(reader, &mark,
                                   "sweep.samples: found %d, allowed: at most %d with "
                                   "meta.stopping: population",
                                   sweep->samples, SWEEP_LEARNED);
        else
            reader->out_of_memory = !sweep_begin(sweep);
        return;
    }
    sweep->generation = sweep->method->generation(sweep);
    if (generation)
        sweep->generation =
            config_reader_count(reader, generation, "sweep.generation",
                                sweep->method->least > 1 ? sweep->method->least : 1, SWEEP_LEARNED);
    if (sweep->generation > 0 && !sweep_begin(sweep))
        reader->out_of_memory = true;
}

/* The method that the section names, and how many candidates it is to draw. */
static void read_method(struct config_reader *reader, const yaml_node_t *method,
                        const yaml_node_t *samples)
{
    enum { METHODS = 64 };
    const char *names[METHODS + 1] = {0};
    char drawing[SETTINGS_VALUE] = "";
    for (int i = 0; i < METHODS && sweep_methods[i]; i++) {
        names[i] = sweep_methods[i]->name;
        if (sweep_methods[i]->draws)
            strcat(strcat(drawing, *drawing ? ", " : ""), names[i]);
    }
    struct sweep *sweep = &reader->config->sweep;
    sweep->method = sweep_methods[config_reader_word(reader, method, "sweep.method", names)];
    int most = sweep->method->learn ? SWEEP_LEARNED : SWEEP_LARGEST;
    if (samples && !sweep->method->draws)
        config_reader_complain(reader, &samples->start_mark,
                               "sweep.samples: found with method %s, allowed: with method %s",
                               sweep->method->name, drawing);
    else if (samples)
        sweep->samples = config_reader_count(reader, samples, "sweep.samples", 1, most);
    else if (sweep->method->draws)
        config_reader_complain(reader, &reader->sweep->start_mark,
                               "sweep.samples: found none, allowed: a whole number from 1 to %d",
                               most);
}

/* How often each candidate is run. */
static void read_repeats(struct config_reader *reader, const yaml_node_t *repeats)
{
    struct sweep *sweep = &reader->config->sweep;
    int count = config_reader_count(reader, repeats, "sweep.repeats", 1, SWEEP_LARGEST);
    sweep->repeats = count > 0 ? count : 1;
    for (int i = 0; i < sweep->axes; i++)
        if (sweep->repeats > 1 && strcmp(sweep->axis[i].name, "seed") == 0)
            config_reader_complain(
                reader, &repeats->start_mark,
                "sweep.repeats: found in a sweep of seed, allowed: one of the two, "
                "since repeats have run seeds of their own");
}

static bool is_empty(const yaml_node_t *map)
{
    return !map || map->type != YAML_MAPPING_NODE ||
           map->data.mapping.pairs.start == map->data.mapping.pairs.top;
}

/* The axes, from the section itself or from a table that it names. */
static void read_parameters(struct config_reader *reader, yaml_node_t *const member[SWEEP_KEYS])
{
    yaml_node_t *rows = member[ROWS];
    yaml_node_t *parameters = is_empty(member[PARAMETERS]) ? NULL : member[PARAMETERS];
    bool alone = !member[PARAMETERS] && !member[METHOD] && member[REPEATS]; /* of one candidate */
    if (rows && !reader->config->sweep.method->aligned)
        config_reader_complain(reader, &rows->start_mark,
                               "sweep.file: found with another method, allowed: method list, the "
                               "values of which are in the file");
    else if (rows || parameters)
        read_axes(reader, parameters, rows);
    else if (!alone)
        config_reader_complain(
            reader, &(member[PARAMETERS] ? member[PARAMETERS] : reader->sweep)->start_mark,
            "sweep.parameters: found none, allowed: {network.gain: {values: "
            "[1.2, 1.5]}, ...}");
}

/* What follows from all axes together. */
static void finish(struct config_reader *reader)
{
    struct sweep *sweep = &reader->config->sweep;
    for (int a = 0; a < sweep->axes; a++)
        config_axis_finish(reader, &sweep->axis[a]);
    if (!reader->out_of_memory)
        sweep_cross(sweep);
}

void config_axes_read(struct config_reader *reader)
{
    yaml_node_t *member[SWEEP_KEYS];
    if (!config_reader_members(member, reader, reader->sweep, "sweep", sweep_keys,
                               "method, samples, repeats, generation, parameters, file"))
        return;
    const struct sweep *sweep = &reader->config->sweep;
    int before = reader->complaints;
    read_method(reader, member[METHOD], member[SAMPLES]);
    if (member[GENERATION] && !sweep->method->learn)
        config_reader_complain(reader, &member[GENERATION]->start_mark,
                               "sweep.generation: found with method %s, allowed: with methods that "
                               "learn from earlier candidates",
                               sweep->method->name);
    read_parameters(reader, member);
    if (member[REPEATS])
        read_repeats(reader, member[REPEATS]);
    if (reader->complaints == before)
        finish(reader);
    bool bred = sweep->method->draws && sweep->repeats == 1 && sweep->points == 1 &&
                reader->config->base.meta.stopping.name == STOPPING_POPULATION;
    if ((sweep->method->learn || bred) && reader->complaints == before && !reader->out_of_memory)
        begin_table(reader, member[GENERATION]);
}

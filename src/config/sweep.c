/* The sweep section: method, samples, and one axis a parameter. Every value is tried on a copy of
 * the base settings, so that a mistake is found at its place before anything runs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/reader.h"

enum {
    MEMBERS = 5,       /* keys of an axis or of the section at the most */
    LARGEST = 1000000, /* values of an axis, samples */
};

enum { VALUES, MINIMUM, MAXIMUM, COUNT, DISTRIBUTION };
static const char *const axis_keys[] = {"values", "min", "max", "count", "distribution", NULL};

enum { METHOD, SAMPLES, PARAMETERS };
static const char *const sweep_keys[] = {"method", "samples", "parameters", NULL};

/* Sorts the values of `map` by the `keys` allowed; false with a complaint if it is no map. */
static bool read_members(yaml_node_t *member[MEMBERS], struct config_reader *reader,
                         yaml_node_t *map, const char *what, const char *const *keys,
                         const char *allowed)
{
    memset(member, 0, MEMBERS * sizeof *member);
    if (map->type != YAML_MAPPING_NODE) {
        config_reader_complain(reader, &map->start_mark, "%s: found no map, allowed: %s", what,
                               allowed);
        return false;
    }
    const yaml_node_pair_t *pair = map->data.mapping.pairs.start;
    for (; pair < map->data.mapping.pairs.top; pair++) {
        yaml_node_t *key = yaml_document_get_node(&reader->document, pair->key);
        const char *word = config_reader_scalar(key);
        int i = 0;
        while (keys[i] && (!word || strcmp(keys[i], word)))
            i++;
        const char *near = word ? settings_closest(word, keys) : NULL;
        if (!keys[i])
            config_reader_complain(reader, &key->start_mark,
                                   "%s: unknown key %.80s, allowed: %s%s%s%s", what,
                                   word ? word : "", allowed, near ? "; did you mean " : "",
                                   near ? near : "", near ? "?" : "");
        else if (member[i])
            config_reader_complain(reader, &key->start_mark, "%s: found %s twice, allowed: once",
                                   what, word);
        else
            member[i] = yaml_document_get_node(&reader->document, pair->value);
    }
    return true;
}

/* The word's index in `words`; `fallback` for no node and, with a complaint, for other words. */
static int read_word(struct config_reader *reader, const yaml_node_t *node, const char *what,
                     const char *const *words, const char *allowed, int fallback)
{
    if (!node)
        return fallback;
    const char *word = config_reader_scalar(node);
    for (int i = 0; word && words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    const char *near = word ? settings_closest(word, words) : NULL;
    config_reader_complain(reader, &node->start_mark, "%s: found '%.80s', allowed: %s%s%s%s", what,
                           word ? word : "...", allowed, near ? "; did you mean " : "",
                           near ? near : "", near ? "?" : "");
    return fallback;
}

/* The whole number of `node`; 0 with a complaint if it is none or outside of the bounds. */
static int read_count(struct config_reader *reader, const yaml_node_t *node, const char *what,
                      int minimum, int maximum)
{
    const char *text = config_reader_scalar(node);
    size_t length = text ? strlen(text) : 0;
    bool digits = length > 0 && length < 11 && strspn(text, "0123456789") == length &&
                  (*text != '0' || length == 1);
    long long count = digits ? atoll(text) : -1;
    if (count >= minimum && count <= maximum)
        return (int)count;
    config_reader_complain(reader, &node->start_mark,
                           "%s: found '%.80s', allowed: a whole number from %d to %d", what,
                           text ? text : "...", minimum, maximum);
    return 0;
}

/* Whether `name` is a field of a variant that is swept itself, so that the base settings do not
 * decide what the field is. */
static bool depends_on_sweep(const struct config *config, const char *name)
{
    for (int i = 0; i < config->axes; i++) {
        const struct parameter *row = settings_find(config->axis[i].name);
        if (row && row->type == PARAMETER_VARIANT && !settings_find(name) &&
            strncmp(name, row->name, strcspn(row->name, ".") + 1) == 0)
            return true;
    }
    return false;
}

/* Tries `text` for the axis at `node` and makes it the shortest one; false with a complaint. */
static bool try_value(char text[SETTINGS_VALUE], struct config_reader *reader,
                      const struct config_axis *axis, const yaml_node_t *node)
{
    if (depends_on_sweep(reader->config, axis->name))
        return true;
    struct settings scratch = reader->config->base;
    char reason[SETTINGS_VALUE];
    if (settings_set(&scratch, axis->name, text, reason) == STATUS_OK) {
        settings_get(&scratch, axis->name, text);
        return true;
    }
    config_reader_complain(reader, &node->start_mark, "%s: %.3800s", axis->name, reason);
    return false;
}

static void add_value(struct config_reader *reader, struct config_axis *axis, const char *text)
{
    char **values = config_reader_extend(reader, axis->value, axis->count, sizeof *values);
    if (!values)
        return;
    axis->value = values;
    values[axis->count] = strdup(text);
    reader->out_of_memory |= !values[axis->count];
    axis->count++;
}

static void read_values(struct config_reader *reader, struct config_axis *axis,
                        yaml_node_t *const member[MEMBERS])
{
    yaml_node_t *values = member[VALUES];
    for (int i = MINIMUM; i <= DISTRIBUTION; i++)
        if (member[i])
            config_reader_complain(reader, &member[i]->start_mark,
                                   "%s: found %s beside values, allowed: one of the two",
                                   axis->name, axis_keys[i]);
    long count = values->type == YAML_SEQUENCE_NODE
                     ? values->data.sequence.items.top - values->data.sequence.items.start
                     : 0;
    if (count < 1 || count > LARGEST) {
        config_reader_complain(reader, &values->start_mark,
                               "%s: found %s, allowed: a list of 1 to %d values", axis->name,
                               count ? "a longer list" : "no values", LARGEST);
        return;
    }
    const yaml_node_item_t *item = values->data.sequence.items.start;
    for (; item < values->data.sequence.items.top && !reader->out_of_memory; item++) {
        yaml_node_t *node = yaml_document_get_node(&reader->document, *item);
        char text[SETTINGS_VALUE];
        if (config_reader_text(text, reader, node) && try_value(text, reader, axis, node))
            add_value(reader, axis, text);
    }
}

/* Reads one end of a range; false with a complaint if it is not a finite value of the axis. */
static bool read_bound(double *bound, struct config_reader *reader, const struct config_axis *axis,
                       yaml_node_t *node)
{
    char text[SETTINGS_VALUE], reason[SETTINGS_VALUE];
    struct settings scratch = reader->config->base;
    if (!config_reader_text(text, reader, node) || !try_value(text, reader, axis, node) ||
        settings_set(&scratch, axis->name, text, reason))
        return false;
    *bound = settings_number(&scratch, axis->name);
    if (isfinite(*bound))
        return true;
    config_reader_complain(reader, &node->start_mark, "%s: found %s, allowed: a finite number",
                           axis->name, text);
    return false;
}

void config_axis_point(char text[SETTINGS_VALUE], const struct config_axis *axis, double fraction)
{
    double low = axis->minimum, high = axis->maximum;
    if (axis->whole && axis->count == 0) {
        /* Drawn whole numbers: the ends are as wide as the others. */
        low -= 0.5;
        high += 0.5;
    }
    double point = axis->distribution == SWEEP_UNIFORM ? low + fraction * (high - low)
                                                       : low * pow(high / low, fraction);
    if (axis->whole)
        point = nearbyint(point);
    snprintf(text, SETTINGS_VALUE, axis->whole ? "%.0f" : "%.12g", point);
    double rounded = strtod(text, NULL);
    if (fraction <= 0 || rounded < axis->minimum)
        snprintf(text, SETTINGS_VALUE, "%.17g", axis->minimum);
    else if (fraction >= 1 || rounded > axis->maximum)
        snprintf(text, SETTINGS_VALUE, "%.17g", axis->maximum);
}

/* Turns the range into `count` points with both ends. */
static void expand(struct config_reader *reader, struct config_axis *axis, int count,
                   const yaml_node_t *node)
{
    if (axis->whole && axis->maximum - axis->minimum < count - 1) {
        config_reader_complain(reader, &node->start_mark,
                               "%s: found %d points, allowed: at most the %.0f whole numbers from "
                               "min to max",
                               axis->name, count, axis->maximum - axis->minimum + 1);
        return;
    }
    struct config_axis range = *axis;
    range.count = count;
    for (int i = 0; i < count && !reader->out_of_memory; i++) {
        char text[SETTINGS_VALUE];
        config_axis_point(text, &range, i / (double)(count - 1));
        if (!try_value(text, reader, axis, node))
            return;
        if (axis->count > 0 && strcmp(axis->value[axis->count - 1], text) == 0) {
            config_reader_complain(reader, &node->start_mark,
                                   "%s: found %d points of which some fall together, allowed: "
                                   "fewer points or a wider range",
                                   axis->name, count);
            return;
        }
        add_value(reader, axis, text);
    }
}

static void read_range(struct config_reader *reader, struct config_axis *axis,
                       yaml_node_t *const member[MEMBERS], const yaml_node_t *place)
{
    static const char *const distributions[] = {"uniform", "log_uniform", NULL};
    bool drawn = reader->config->method == SWEEP_RANDOM;
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
        depends_on_sweep(reader->config, axis->name)) {
        config_reader_complain(reader, &place->start_mark,
                               "%s: found a range of what need not be a number, allowed: "
                               "{values: [...]}",
                               axis->name);
        return;
    }
    axis->whole = row.type == PARAMETER_INTEGER;
    axis->distribution =
        (enum sweep_distribution)read_word(reader, member[DISTRIBUTION], axis->name, distributions,
                                           "uniform, log_uniform", SWEEP_UNIFORM);
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
                               "%s: found count in a random sweep, allowed: {min, max}; samples "
                               "says how many are drawn",
                               axis->name);
    else if (!drawn) {
        int count = read_count(reader, member[COUNT], axis->name, 2, LARGEST);
        if (count)
            expand(reader, axis, count, member[COUNT]);
    }
}

/* Adds the axis with only its name; false with a complaint if the name cannot be swept. */
static bool add_axis(struct config_reader *reader, const yaml_node_t *key)
{
    struct config *config = reader->config;
    const char *word = config_reader_scalar(key);
    const struct parameter *row = word ? settings_find(word) : NULL;
    struct config_axis axis = {.line = (int)key->start_mark.line + 1,
                               .column = (int)key->start_mark.column + 1};
    snprintf(axis.name, sizeof axis.name, "%s", row ? row->name : word ? word : "");
    struct config_axis *axes =
        config_reader_extend(reader, config->axis, config->axes, sizeof *axes);
    if (!axes)
        return false;
    config->axis = axes;
    for (int i = 0; i < config->axes; i++)
        if (config_overlap(axes[i].name, axis.name)) {
            config_reader_complain(reader, &key->start_mark,
                                   "%s: found twice in the sweep, allowed: once (it stands in "
                                   "line %d, too)",
                                   axis.name, axes[i].line);
            return false;
        }
    axes[config->axes++] = axis;
    return true;
}

static void read_axis(struct config_reader *reader, struct config_axis *axis, yaml_node_t *key,
                      yaml_node_t *value)
{
    const char *allowed = reader->config->method == SWEEP_RANDOM
                              ? "{values: [...]} or {min, max, distribution}"
                              : "{values: [...]} or {min, max, count, distribution}";
    struct settings scratch = reader->config->base;
    char reason[SETTINGS_VALUE];
    struct parameter row;
    if (!depends_on_sweep(reader->config, axis->name) &&
        !settings_describe(&row, &scratch, axis->name)) {
        settings_set(&scratch, axis->name, "", reason);
        config_reader_complain(reader, &key->start_mark, "%s: %.3800s", axis->name, reason);
        return;
    }
    const struct parameter *whole = settings_find(axis->name);
    if (whole && (whole->type == PARAMETER_TEXT || whole->type == PARAMETER_INTEGERS)) {
        config_reader_complain(reader, &key->start_mark,
                               "%s: found in the sweep, but it speaks of the whole run, allowed: "
                               "other parameters",
                               axis->name);
        return;
    }
    yaml_node_t *member[MEMBERS];
    int before = reader->complaints;
    if (!read_members(member, reader, value, axis->name, axis_keys, allowed) ||
        reader->complaints > before)
        return;
    if (member[VALUES])
        read_values(reader, axis, member);
    else
        read_range(reader, axis, member, value);
}

/* Fields that the base sets would be lost whenever a candidate changes the variant. */
static void check_fields(struct config_reader *reader)
{
    for (int i = 0; i < reader->assignments; i++) {
        const struct config_assignment *assignment = &reader->assignment[i];
        if (depends_on_sweep(reader->config, assignment->name))
            config_reader_complain(reader, assignment->override ? NULL : &assignment->key,
                                   "%s: found a value here while the sweep changes what it belongs "
                                   "to, allowed: {values: [...]} in the sweep",
                                   assignment->name);
    }
}

static void check_list(struct config_reader *reader)
{
    const struct config *config = reader->config;
    for (int i = 1; config->method == SWEEP_LIST && i < config->axes; i++) {
        yaml_mark_t mark = {.line = (size_t)config->axis[i].line - 1,
                            .column = (size_t)config->axis[i].column - 1};
        if (config->axis[i].count != config->axis[0].count)
            config_reader_complain(reader, &mark,
                                   "%s: found %d values, allowed: %d as for %s (method list takes "
                                   "the values of all parameters side by side)",
                                   config->axis[i].name, config->axis[i].count,
                                   config->axis[0].count, config->axis[0].name);
    }
}

static void read_axes(struct config_reader *reader, const yaml_node_t *parameters)
{
    int before = reader->complaints;
    const yaml_node_pair_t *pair = parameters->data.mapping.pairs.start;
    const yaml_node_pair_t *top = parameters->data.mapping.pairs.top;
    /* All names first: whether the task is swept decides how its fields are checked. Axes and
     * pairs then run in step but for the names that were refused. */
    for (const yaml_node_pair_t *at = pair; at < top && !reader->out_of_memory; at++)
        add_axis(reader, yaml_document_get_node(&reader->document, at->key));
    for (int axis = 0; pair < top && axis < reader->config->axes; pair++) {
        yaml_node_t *key = yaml_document_get_node(&reader->document, pair->key);
        if (reader->config->axis[axis].line == (int)key->start_mark.line + 1 &&
            reader->config->axis[axis].column == (int)key->start_mark.column + 1)
            read_axis(reader, &reader->config->axis[axis++], key,
                      yaml_document_get_node(&reader->document, pair->value));
    }
    check_fields(reader);
    if (reader->complaints == before)
        check_list(reader);
}

void config_sweep_read(struct config_reader *reader)
{
    static const char *const methods[] = {"grid", "random", "list", NULL};
    struct config *config = reader->config;
    yaml_node_t *member[MEMBERS];
    if (!read_members(member, reader, reader->sweep, "sweep", sweep_keys,
                      "method, samples, parameters"))
        return;
    config->method = (enum sweep_method)read_word(reader, member[METHOD], "sweep.method", methods,
                                                  "grid, random, list", SWEEP_GRID);
    bool drawn = config->method == SWEEP_RANDOM;
    if (member[SAMPLES] && !drawn)
        config_reader_complain(reader, &member[SAMPLES]->start_mark,
                               "sweep.samples: found with method %s, allowed: with method random",
                               methods[config->method]);
    else if (member[SAMPLES])
        config->samples = read_count(reader, member[SAMPLES], "sweep.samples", 1, LARGEST);
    else if (drawn)
        config_reader_complain(reader, &reader->sweep->start_mark,
                               "sweep.samples: found none, allowed: a whole number from 1 to %d",
                               LARGEST);
    yaml_node_t *parameters = member[PARAMETERS];
    if (!parameters || parameters->type != YAML_MAPPING_NODE ||
        parameters->data.mapping.pairs.start == parameters->data.mapping.pairs.top)
        config_reader_complain(reader, &(parameters ? parameters : reader->sweep)->start_mark,
                               "sweep.parameters: found none, allowed: {network.gain: {values: "
                               "[1.2, 1.5]}, ...}");
    else
        read_axes(reader, parameters);
}

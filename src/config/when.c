/* Conditions of an axis, {task: [dnms, xor], network.phi: tanh}: a candidate has a value of it where others,
 * which stand before it, have these. */
#include <stdlib.h>
#include <string.h>

#include "config/reader.h"

/* The axis before `axis` of this name; -1 with a complaint. */
static int find_other(struct config_reader *reader, const struct sweep_axis *axis,
                      const yaml_node_t *key)
{
    const struct sweep *sweep = &reader->config->sweep;
    const char *name = config_reader_scalar(key);
    const struct parameter *row = name ? settings_find(name) : NULL;
    for (int a = 0; &sweep->axis[a] < axis; a++)
        if (name && strcmp(sweep->axis[a].name, row ? row->name : name) == 0 &&
            sweep->axis[a].count > 0 && sweep->axis[a].crossed >= axis->crossed)
            return a;
    config_reader_complain(reader, &key->start_mark,
                           "%s: found a condition of %.60s, allowed: parameters with values that "
                           "the sweep has before%s",
                           axis->name, name ? name : "...",
                           axis->crossed && !sweep->method->crosses ? ", of method grid as it is"
                                                                    : "");
    return -1;
}

static void add_value(struct config_reader *reader, const struct sweep_axis *axis,
                      struct sweep_when *when, yaml_node_t *node)
{
    const struct sweep_axis *other = &reader->config->sweep.axis[when->axis];
    const struct sweep_when all = {.count = other->count, .value = other->value};
    char text[SETTINGS_VALUE];
    if (!config_reader_text(text, reader, node) ||
        !config_axis_try(text, reader, other, &node->start_mark))
        return;
    if (!sweep_meets(&all, text)) {
        config_reader_complain(
            reader, &node->start_mark,
            "%s: found a condition of %s = %.200s, allowed: values that the sweep "
            "has of it",
            axis->name, other->name, text);
        return;
    }
    char **values = config_reader_extend(reader, when->value, when->count, sizeof *values);
    if (!values)
        return;
    when->value = values;
    values[when->count] = strdup(text);
    reader->out_of_memory |= !values[when->count];
    when->count++;
}

static void add_condition(struct config_reader *reader, struct sweep_axis *axis,
                          const yaml_node_t *key, yaml_node_t *value)
{
    int other = find_other(reader, axis, key);
    struct sweep_when *whens =
        other < 0 ? NULL : config_reader_extend(reader, axis->when, axis->whens, sizeof *whens);
    if (!whens)
        return;
    axis->when = whens;
    struct sweep_when *when = &whens[axis->whens++];
    *when = (struct sweep_when){.axis = other};
    const struct parameter *row = settings_find(reader->config->sweep.axis[other].name);
    bool listed = row && (row->type == PARAMETER_LIST || row->type == PARAMETER_MAP);
    if (value->type != YAML_SEQUENCE_NODE || listed) {
        add_value(reader, axis, when, value);
        return;
    }
    const yaml_node_item_t *item = value->data.sequence.items.start;
    for (; item < value->data.sequence.items.top; item++)
        add_value(reader, axis, when, yaml_document_get_node(&reader->document, *item));
}

void config_when_read(struct config_reader *reader, struct sweep_axis *axis,
                      const yaml_node_t *conditions)
{
    const struct sweep *sweep = &reader->config->sweep;
    const char *wrong =
        sweep->method->learn || sweep->method->aligned ? "with this sweep.method"
        : reader->config->base.meta.stopping.name == STOPPING_POPULATION
            ? "with meta.stopping: population"
        : sweep->axes > SWEEP_NUMBERS ? "among more parameters than 32"
        : conditions->type != YAML_MAPPING_NODE ||
                conditions->data.mapping.pairs.start == conditions->data.mapping.pairs.top
            ? "and no condition"
            : NULL;
    if (wrong) {
        config_reader_complain(
            reader, &conditions->start_mark,
            "%s: found when %s, allowed: {task: dnms, ...} with method grid and those "
            "that draw without learning; in a list null or an empty cell is no value",
            axis->name, wrong);
        return;
    }
    const yaml_node_pair_t *pair = conditions->data.mapping.pairs.start;
    for (; pair < conditions->data.mapping.pairs.top; pair++)
        add_condition(reader, axis, yaml_document_get_node(&reader->document, pair->key),
                      yaml_document_get_node(&reader->document, pair->value));
}

/* A sweep file of W&B: it cannot be run, since its parameters are those of a script, but what it says of
 * parameters that have a name of ours is said again as we say it. Its keys and distributions are those
 * of docs.wandb.ai/models/sweeps/sweep-config-keys. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/reader.h"

enum { SAMPLES = 64, POINTS = 5 }; /* where the file does not say how many */

struct foreign {
    struct config_reader *reader;
    struct settings settings; /* the defaults, and what the file holds still */
    const struct sweep_method *method;
    FILE *fixed, *axes, *notes; /* the parts of the answer */
};

static yaml_node_t *find(struct foreign *foreign, const yaml_node_t *map, const char *name)
{
    yaml_document_t *document = &foreign->reader->document;
    if (map->type != YAML_MAPPING_NODE)
        return NULL;
    const yaml_node_pair_t *pair = map->data.mapping.pairs.start;
    for (; pair < map->data.mapping.pairs.top; pair++) {
        const char *word = config_reader_scalar(yaml_document_get_node(document, pair->key));
        if (word && strcmp(word, name) == 0)
            return yaml_document_get_node(document, pair->value);
    }
    return NULL;
}

/* The word behind a key; `fallback` if there is none. */
static const char *word_of(struct foreign *foreign, const yaml_node_t *map, const char *name,
                           const char *fallback)
{
    const yaml_node_t *node = find(foreign, map, name);
    const char *word = node ? config_reader_scalar(node) : NULL;
    return word ? word : fallback;
}

/* Our name of a parameter: it has one of ours, or that of a section: "task". */
static const char *name_of(struct foreign *foreign, struct parameter *row, const char *name)
{
    const struct parameter *known = settings_find(name);
    name = known ? known->name : name;
    return settings_describe(row, &foreign->settings, name) ? name : NULL;
}

static void refuse(struct foreign *foreign, const char *name)
{
    char nearest[SETTINGS_NAME];
    bool near = settings_nearest(nearest, name);
    fprintf(foreign->notes, "# %s: no parameter has this name%s%s%s\n", name,
            near ? "; did you mean " : "", near ? nearest : "", near ? "?" : "");
}

/* A value as we write it: W&B's times have no unit. */
static void write_value(struct foreign *foreign, FILE *out, const struct parameter *row,
                        yaml_node_t *node)
{
    char text[SETTINGS_VALUE];
    if (!config_reader_text(text, foreign->reader, node))
        return;
    bool bare = row->type == PARAMETER_DURATION && strspn(text, "0123456789.eE+-") == strlen(text);
    bool quoted = node->type == YAML_SCALAR_NODE && strpbrk(text, ",:{}[]#");
    fprintf(out, quoted ? "\"%s\"%s%s" : "%s%s%s", text, bare ? " " : "", bare ? row->unit : "");
}

static void write_fixed(struct foreign *foreign, const char *name, const struct parameter *row,
                        yaml_node_t *value)
{
    char text[SETTINGS_VALUE], reason[SETTINGS_VALUE];
    fprintf(foreign->fixed, "%s: ", name);
    write_value(foreign, foreign->fixed, row, value);
    fputs("\n", foreign->fixed);
    if (config_reader_text(text, foreign->reader, value))
        settings_set(&foreign->settings, name, text, reason);
}

static void write_values(struct foreign *foreign, const char *name, const struct parameter *row,
                         const yaml_node_t *values)
{
    fprintf(foreign->axes, "    %s: {values: [", name);
    const yaml_node_item_t *item = values->data.sequence.items.start;
    for (; item < values->data.sequence.items.top; item++) {
        fputs(item == values->data.sequence.items.start ? "" : ", ", foreign->axes);
        write_value(foreign, foreign->axes, row,
                    yaml_document_get_node(&foreign->reader->document, *item));
    }
    fputs("]}\n", foreign->axes);
}

/* Whether we have the distribution; `exponents`: its ends are exponents of e. */
static bool is_known(const char *distribution, bool *logarithmic, bool *exponents)
{
    static const char *const known[] = {
        "uniform",       "int_uniform",          "q_uniform", "log_uniform", "log_uniform_values",
        "q_log_uniform", "q_log_uniform_values", NULL};
    int i = 0;
    while (known[i] && strcmp(known[i], distribution) != 0)
        i++;
    *logarithmic = i > 2;
    *exponents = i == 3 || i == 5;
    return known[i];
}

static void write_range(struct foreign *foreign, const char *name, const struct parameter *row,
                        const yaml_node_t *parameter)
{
    const char *distribution = word_of(foreign, parameter, "distribution", "uniform");
    const char *end[2] = {word_of(foreign, parameter, "min", ""),
                          word_of(foreign, parameter, "max", "")};
    bool logarithmic, exponents, time = row->type == PARAMETER_DURATION;
    if (!is_known(distribution, &logarithmic, &exponents) || !*end[0] || !*end[1]) {
        fprintf(foreign->notes, "# %s: no such range here: %s; allowed: uniform, log_uniform\n",
                name, distribution);
        return;
    }
    fprintf(foreign->axes, "    %s: {", name);
    for (int i = 0; i < 2; i++) {
        fputs(i ? ", max: " : "min: ", foreign->axes);
        if (exponents)
            fprintf(foreign->axes, "%.6g", exp(atof(end[i])));
        else
            fputs(end[i], foreign->axes);
        fprintf(foreign->axes, "%s%s", time ? " " : "", time ? row->unit : "");
    }
    double whole = row->type == PARAMETER_INTEGER ? atof(end[1]) - atof(end[0]) + 1 : POINTS;
    if (!foreign->method->draws)
        fprintf(foreign->axes, ", count: %d", whole < POINTS ? (int)whole : POINTS);
    fputs(logarithmic ? ", distribution: log_uniform}\n" : "}\n", foreign->axes);
    if (!foreign->method->draws)
        fprintf(foreign->notes, "# %s: its count is chosen here\n", name);
    if (find(foreign, parameter, "q"))
        fprintf(foreign->notes, "# %s: q is left out\n", name);
}

static void write_parameter(struct foreign *foreign, const char *name, const yaml_node_t *parameter)
{
    struct parameter row;
    yaml_node_t *value = find(foreign, parameter, "value"),
                *values = find(foreign, parameter, "values");
    const char *own = name_of(foreign, &row, name);
    if (!own)
        refuse(foreign, name);
    else if (value)
        write_fixed(foreign, own, &row, value);
    else if (values && values->type == YAML_SEQUENCE_NODE)
        write_values(foreign, own, &row, values);
    else
        write_range(foreign, own, &row, parameter);
    if (own && find(foreign, parameter, "probabilities"))
        fprintf(foreign->notes, "# %s: probabilities are left out: values have equal shares\n",
                own);
}

/* Those that are held still first, since a task decides which fields there are. */
static void walk(struct foreign *foreign, const yaml_node_t *map, const char *section, bool fixed)
{
    yaml_document_t *document = &foreign->reader->document;
    const yaml_node_pair_t *pair = map->data.mapping.pairs.start;
    for (; pair < map->data.mapping.pairs.top; pair++) {
        const char *word = config_reader_scalar(yaml_document_get_node(document, pair->key));
        const yaml_node_t *parameter = yaml_document_get_node(document, pair->value);
        const yaml_node_t *inner = find(foreign, parameter, "parameters");
        char name[SETTINGS_NAME];
        int length =
            snprintf(name, sizeof name, "%s%s%s", section, *section ? "." : "", word ? word : "");
        if (!word || length >= SETTINGS_NAME)
            continue;
        if (inner && inner->type == YAML_MAPPING_NODE)
            walk(foreign, inner, name, fixed);
        else if (fixed == (find(foreign, parameter, "value") != NULL))
            write_parameter(foreign, name, parameter);
    }
}

/* The method of that name, or the nearest to it. */
static const struct sweep_method *method_of(struct foreign *foreign, const char *name)
{
    const char *own = strcmp(name, "bayes") == 0 ? "tpe" : name;
    for (int i = 0; sweep_methods[i]; i++)
        if (strcmp(sweep_methods[i]->name, own) == 0) {
            if (own != name)
                fprintf(foreign->notes, "# method: %s instead of %s\n", own, name);
            return sweep_methods[i];
        }
    const struct sweep_method *first = sweep_methods[0];
    assert(first); // there is one
    fprintf(foreign->notes, "# method: %s instead of %.80s\n", first->name, name);
    return first;
}

static void tell_rest(struct foreign *foreign, const yaml_node_t *root)
{
    static const char *const left[] = {"program",     "command",         "entity",     "project",
                                       "description", "early_terminate", "controller", NULL};
    const yaml_node_t *metric = find(foreign, root, "metric");
    for (int i = 0; left[i]; i++)
        if (find(foreign, root, left[i]))
            fprintf(foreign->notes, "# %s: left out\n", left[i]);
    if (metric)
        fprintf(foreign->notes,
                "# metric: the loss (19) on held-out seeds is made small, not %.80s\n",
                word_of(foreign, metric, "name", "this one"));
}

static void write_parameters(struct foreign *foreign, const yaml_node_t *root)
{
    const yaml_node_t *parameters = find(foreign, root, "parameters");
    const char *name = word_of(foreign, root, "name", "");
    if (*name && !strpbrk(name, "\"\\\n"))
        fprintf(foreign->fixed, "name: \"%s\"\n", name);
    if (!parameters || parameters->type != YAML_MAPPING_NODE)
        return;
    walk(foreign, parameters, "", true);
    walk(foreign, parameters, "", false);
}

static void write_sweep(struct foreign *foreign, const yaml_node_t *root)
{
    const char *samples = word_of(foreign, root, "run_cap", NULL);
    fprintf(foreign->fixed, "sweep:\n  method: %s\n", foreign->method->name);
    if (foreign->method->draws && samples)
        fprintf(foreign->fixed, "  samples: %s\n", samples);
    else if (foreign->method->draws)
        fprintf(foreign->fixed, "  samples: %d  # chosen here: there is no run_cap\n", SAMPLES);
    fputs("  parameters:\n", foreign->fixed);
}

/* The parts in their order; NULL: no memory. */
static char *answer(struct foreign *foreign, const yaml_node_t *root)
{
    char *text[3] = {NULL}, *whole = NULL;
    size_t length[3];
    FILE **part[] = {&foreign->fixed, &foreign->axes, &foreign->notes};
    bool open = true;
    for (int i = 0; i < 3; i++)
        open = (*part[i] = open_memstream(&text[i], &length[i])) && open;
    if (open) {
        foreign->method = method_of(foreign, word_of(foreign, root, "method", "grid"));
        write_parameters(foreign, root);
        tell_rest(foreign, root);
        fflush(foreign->axes);
        if (length[1] > 0)
            write_sweep(foreign, root);
    }
    for (int i = 0; i < 3; i++)
        open = *part[i] && fclose(*part[i]) == 0 && open;
    if (!open || asprintf(&whole, "%s%s%s", text[0], text[1], text[2]) < 0)
        whole = NULL;
    if (whole && *whole)
        whole[strlen(whole) - 1] = '\0'; /* the message ends its line itself */
    for (int i = 0; i < 3; i++)
        free(text[i]);
    return whole;
}

/* The key that only such a file has at its top, or NULL. */
static const yaml_node_t *find_key(struct config_reader *reader, const yaml_node_t *root)
{
    static const char *const own[] = {"parameters", "method", "program", "metric", NULL};
    const yaml_node_pair_t *pair = root->data.mapping.pairs.start;
    for (; pair < root->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_document_get_node(&reader->document, pair->key);
        const char *word = config_reader_scalar(key);
        for (int i = 0; word && own[i]; i++)
            if (strcmp(word, own[i]) == 0)
                return key;
    }
    return NULL;
}

bool config_foreign_read(struct config_reader *reader, const yaml_node_t *root)
{
    const yaml_node_t *key = find_key(reader, root);
    if (!key)
        return false;
    config_reader_complain(reader, &key->start_mark,
                           "%s: found at the top of the file, as W&B's sweeps have it, allowed: "
                           "sections such as sweep: and network:",
                           config_reader_scalar(key));
    struct foreign foreign = {.reader = reader, .settings = reader->config->base};
    reader->proposal = answer(&foreign, root);
    reader->out_of_memory |= !reader->proposal;
    return true;
}

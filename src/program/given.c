/* Rules that stand in files of their own, beside those that the command efficiency always asks about. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/ceiling.h"
#include "search/measured.h"

/* What holds for all eligibilities of a trial, so that a file may not say something else. */
static const char *const shared[] = {"rule.trace_alpha", "rule.carry_trace",
                                     "rule.eligibility_start"};
enum { SHARED = sizeof shared / sizeof *shared };

static bool says(const struct config *config, const char *name)
{
    for (int i = 0; i < config->marks; i++)
        if (strcmp(config->mark[i].name, name) == 0)
            return true;
    return false;
}

static enum status check_shared(const struct config *config, const struct settings *settings,
                                struct error *error)
{
    enum status status = STATUS_OK;
    for (int i = 0; i < SHARED && !status; i++) {
        char found[SETTINGS_VALUE], wanted[SETTINGS_VALUE];
        settings_get(&config->base, shared[i], found);
        settings_get(settings, shared[i], wanted);
        if (says(config, shared[i]) && strcmp(found, wanted) != 0)
            status = config_complain(config, error, shared[i],
                                     "found %s, allowed: %s, as in the sweep file", found, wanted);
    }
    return status;
}

/* What a file says that is no rule with coefficients of its own. */
static enum status check_file(const struct config *config, struct error *error)
{
    const struct settings *base = &config->base;
    if (config->sweep.axes > 0)
        return config_complain(config, error, "sweep", "found a sweep, allowed: one rule");
    if (base->rule.family != FAMILY_POLYNOMIAL)
        return config_complain(config, error, "rule.family", "found %s, allowed: polynomial",
                               settings_find("rule.family")->choices[base->rule.family]);
    if (base->rule.start.from == SETTINGS_FROM_EFFICIENCY)
        return config_complain(config, error, "rule.start",
                               "found from: efficiency, allowed: coefficients");
    if (base->rule.start.count == 0)
        return config_complain(config, error, "rule.start",
                               "found no coefficient, allowed: one at least");
    return STATUS_OK;
}

static bool has_weights(const struct settings *settings)
{
    struct rule rule;
    struct rule_part part[RULE_TERMS];
    bool has = false;
    rule_create(&rule, settings);
    int parts = rule_parts(part, &rule);
    for (int i = 0; i < rule.terms; i++)
        has |= rule_term_weight(&rule.term[i]) > 0;
    for (int i = 0; i < parts; i++)
        has |= rule_term_weight(&part[i].term) > 0;
    return has;
}

/* What does not fit the networks of the sweep file. */
static enum status check_rule(const struct command_given *given, const struct config *config,
                              const struct settings *settings, struct error *error)
{
    struct settings_problems found = {0};
    enum status status = STATUS_OK;
    rule_check(&given->settings, &found);
    for (int i = 0; i < found.count; i++)
        status = config_complain(config, error, found.problem[i].name, "%s", found.problem[i].text);
    if (!status && has_weights(&given->settings) && !has_weights(settings))
        status =
            config_complain(config, error, "rule.start",
                            "found a power of w, allowed: without, as in the sweep file, whose "
                            "trials keep no weights for it");
    return status;
}

static void name_rule(char name[COMMAND_TEXT], const char *path)
{
    const char *last = strrchr(path, '/');
    snprintf(name, COMMAND_TEXT, "%s", last ? last + 1 : path);
    char *end = strrchr(name, '.');
    if (end && end > name)
        *end = '\0';
}

static enum status take(struct command_given *given, const struct config *config,
                        const struct settings *settings, struct error *error)
{
    double theta[RULE_PARAMETERS], scale[RULE_PARAMETERS];
    struct settings own = *settings;
    enum status status = check_file(config, error);
    if (!status)
        status = check_shared(config, settings, error);
    if (status)
        return status;
    own.rule.degree = config->base.rule.degree;
    own.rule.tau_e = config->base.rule.tau_e;
    own.rule.start = config->base.rule.start;
    own.rule.start_in = config->base.rule.start_in;
    settings_settle(&own);
    rule_start_settings(&given->settings, &own);
    name_rule(given->name, config->path);
    status = check_rule(given, config, settings, error);
    return status ? status : measured_start(&given->rule, theta, scale, &given->settings, error);
}

/* Rank 0: that each file can be read, and its text, which the caller frees. */
static enum status read_texts(const char **text, const char *const *path, int count,
                              struct error *error)
{
    for (int i = 0; i < count; i++) {
        struct config config;
        enum status status = config_read(&config, path[i], 0, NULL, error);
        if (status)
            return status;
        text[i] = config.text;
        config.text = NULL;
        config_free(&config);
    }
    return STATUS_OK;
}

static enum status take_all(struct command_given *given, const char *const *path, const char **text,
                            int count, const struct settings *settings, struct error *error)
{
    enum status status = STATUS_OK;
    for (int i = 0; i < count && !status; i++) {
        struct config config;
        status = config_parse(&config, path[i], text[i], 0, NULL, error);
        if (status)
            break;
        status = take(&given[i], &config, settings, error);
        config_free(&config);
    }
    return status;
}

enum status command_given_read(struct command_given *given, const char *const *path, int count,
                               const struct settings *settings, struct wire *wire,
                               struct error *error)
{
    bool first = wire_rank(wire) == 0;
    const char *own[COMMAND_GIVEN] = {NULL};
    const char **text = own;
    enum status status = first ? read_texts(own, path, count, error) : STATUS_OK;
    status = wire_decide(wire, (int)status);
    if (!status)
        status = wire_share(wire, &count, &text, error);
    if (!status)
        status = wire_agree(wire, take_all(given, path, text, count, settings, error));
    if (text != own)
        free(text);
    for (int i = 0; i < COMMAND_GIVEN; i++)
        free((char *)own[i]);
    return status;
}

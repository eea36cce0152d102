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

/* Fills chosen [count] from "0,5,7-9"; NULL: all. */
static enum status read_list(bool *chosen, int count, const char *option, const char *text,
                             struct error *error)
{
    for (int i = 0; i < count; i++)
        chosen[i] = text == NULL;
    for (const char *next = text; next;) {
        char *end;
        long first = strtol(next, &end, 10), last = first;
        bool good = end > next && *next != '-';
        if (good && *end == '-') {
            next = end + 1;
            last = strtol(next, &end, 10);
            good = end > next && *next != '-';
        }
        if (!good || (*end && *end != ',') || first > last || last >= count)
            return error_add(error, STATUS_USAGE,
                             "%s: found '%s', allowed: numbers from 0 to %d and ranges of them, as "
                             "0,5,7-9",
                             option, text, count - 1);
        for (long i = first; i <= last; i++)
            chosen[i] = true;
        next = *end ? end + 1 : NULL;
    }
    return STATUS_OK;
}

/* What can be compared: solution s of candidate c is at c * held_out + s. */
struct pool {
    int seeds;                  /* of a candidate */
    bool *candidate, *seed;     /* what the user wants */
    unsigned char *there, *use; /* [candidates, seeds] */
    int *share, *free;          /* of each rule: how many are used, how many could be */
};

static bool pool_create(struct pool *pool, const struct study *study, struct error *error)
{
    unsigned long candidates = (unsigned long)study->candidates + 1;
    unsigned long seeds = (unsigned long)study->held_out + 1, rules = (unsigned long)study->rules;
    *pool = (struct pool){study->held_out,
                          error_calloc(error, candidates, sizeof(bool), "candidates"),
                          error_calloc(error, seeds, sizeof(bool), "seeds"),
                          error_calloc(error, candidates * seeds, 1, "solutions"),
                          error_calloc(error, candidates * seeds, 1, "solutions"),
                          error_calloc(error, rules + 1, sizeof(int), "rules"),
                          error_calloc(error, rules + 1, sizeof(int), "rules")};
    return pool->candidate && pool->seed && pool->there && pool->use && pool->share && pool->free;
}

static void pool_free(struct pool *pool)
{
    free(pool->candidate);
    free(pool->seed);
    free(pool->there);
    free(pool->use);
    free(pool->share);
    free(pool->free);
}

/* Who is there, and why others are not. Returns how many. */
static int fill_pool(struct pool *pool, struct study *study)
{
    int all = 0, unwanted = 0, diverged = 0, missing = 0;
    for (int c = 0; c < study->candidates; c++) {
        const struct study_candidate *own = &study->candidate[c];
        for (int s = 0; s < own->held_out && own->evaluations > 0; s++) {
            int state = own->done[(own->evaluations - 1) * own->held_out + s];
            if (!pool->candidate[c] || !pool->seed[s])
                unwanted++;
            else if (study_committed(study, c, s, STUDY_LAST))
                pool->there[c * pool->seeds + s] = true, pool->free[own->rule]++, all++;
            else if (state == LIFETIME_DIVERGED)
                diverged++;
            else
                missing++;
        }
    }
    if (unwanted > 0)
        study_note(study, "study: %d networks are not compared: not chosen (--candidates, --seeds)",
                   unwanted);
    if (diverged > 0)
        study_note(study, "study: %d networks are not compared: their last lifetime diverged",
                   diverged);
    if (missing > 0)
        study_note(study,
                   "study: %d networks are not compared: their last lifetime has not ended, "
                   "failed or is damaged",
                   missing);
    return all;
}

/* Equal shares: who has less than the share leaves the rest to the others. Where there is no room
 * for two of every rule that has any, as many rules as possible, evenly spread, keep two. */
static void share_out(struct pool *pool, int rules, int all, int room)
{
    int some = 0;
    for (int r = 0; r < rules; r++)
        some += pool->free[r] > 0;
    int step = 0 < room && room < all && 2 * some > room ? (2 * some + room - 1) / room : 1;
    for (bool more = true; more;) {
        more = false;
        for (int r = 0, seen = 0; r < rules && room > 0; r++) {
            if (pool->free[r] == 0 || seen++ % step != 0)
                continue;
            int gain = pool->share[r] == 0 && room > 1 ? 2 : 1;
            int left = pool->free[r] - pool->share[r];
            gain = gain < left ? gain : left;
            pool->share[r] += gain;
            room -= gain;
            more = more || gain > 0;
        }
    }
}

/* How many of the candidate's solutions are there, or used. */
static int count_of(const unsigned char *which, const struct pool *pool, int c)
{
    int count = 0;
    for (int s = 0; s < pool->seeds; s++)
        count += which[c * pool->seeds + s];
    return count;
}

/* Uses up to `most` more solutions of the candidate, the first seeds first; returns how many. */
static int use_more(struct pool *pool, int c, int most)
{
    int used = 0;
    for (int s = 0; s < pool->seeds && used < most; s++) {
        int place = c * pool->seeds + s;
        if (pool->there[place] && !pool->use[place])
            pool->use[place] = true, used++;
    }
    return used;
}

/* The solutions of one rule: a pair of seeds of every candidate, or of candidates evenly spread,
 * then the next pair, so that there are pairs within the rule and, spread alike, the same networks
 * and seeds under each rule. */
static void use_rule(struct pool *pool, const struct study *study, int rule)
{
    for (int room = pool->share[rule]; room > 0;) {
        int open = 0, seen = 0, used = 0;
        for (int c = 0; c < study->candidates; c++)
            open += study->candidate[c].rule == rule &&
                    count_of(pool->there, pool, c) > count_of(pool->use, pool, c);
        if (open == 0)
            return;
        int pairs = (room + 1) / 2 < open ? (room + 1) / 2 : open;
        for (int c = 0; c < study->candidates; c++) {
            if (study->candidate[c].rule != rule ||
                count_of(pool->there, pool, c) == count_of(pool->use, pool, c))
                continue;
            bool chosen = (long)seen * pairs / open != (long)(seen + 1) * pairs / open;
            seen++;
            if (chosen)
                used += use_more(pool, c, room - used < 2 ? room - used : 2);
        }
        room -= used;
    }
}

/* "study: 40 of 240 networks are not compared: ..., of rule 'a' 100 of 120, ..." */
static void tell_shares(struct study *study, const struct pool *pool, int all, int room)
{
    enum { NAMED = 8 };
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    for (int r = 0; out && r < study->rules && r < NAMED; r++)
        fprintf(out, "%s %d of %d of rule '%s'", r ? "," : "", pool->share[r], pool->free[r],
                study->rule[r]);
    if (out && study->rules > NAMED)
        fprintf(out, ", and of %d more rules", study->rules - NAMED);
    if (out && fclose(out) == 0)
        study_note(study,
                   "study: %d of %d networks are not compared: at most %d are (--solutions); "
                   "compared are%s",
                   all - room, all, room, text);
    free(text);
}

/* Takes what is used, in the order of candidates and seeds. */
static enum status take_solutions(struct study *study, const struct pool *pool, int count,
                                  struct error *error)
{
    study->solution =
        error_calloc(error, (unsigned long)count + 1, sizeof *study->solution, "solutions");
    if (!study->solution)
        return STATUS_FAILED;
    for (int c = 0; c < study->candidates; c++)
        for (int s = 0; s < pool->seeds; s++)
            if (pool->use[c * pool->seeds + s])
                study->solution[study->solutions++] = (struct study_solution){c, s};
    return STATUS_OK;
}

/* Rules in turn. */
static enum status take_examples(struct study *study, int examples, struct error *error)
{
    study->example = error_calloc(error, (unsigned long)examples + 1, sizeof(int), "examples");
    bool *taken =
        error_calloc(error, (unsigned long)study->solutions + 1, sizeof *taken, "examples");
    for (bool any = study->example && taken; any && study->examples < examples;) {
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
    return study->example && taken ? STATUS_OK : STATUS_FAILED;
}

enum status study_choose(struct study *study, const struct study_wish *wish, struct error *error)
{
    struct pool pool;
    enum status status = pool_create(&pool, study, error) ? STATUS_OK : STATUS_FAILED;
    if (!status)
        status =
            read_list(pool.candidate, study->candidates, "--candidates", wish->candidates, error);
    if (!status)
        status = read_list(pool.seed, study->held_out, "--seeds", wish->seeds, error);
    if (!status) {
        int all = fill_pool(&pool, study), room = all < wish->solutions ? all : wish->solutions;
        share_out(&pool, study->rules, all, room);
        for (int r = 0; r < study->rules; r++)
            use_rule(&pool, study, r);
        if (room < all)
            tell_shares(study, &pool, all, room);
        status = take_solutions(study, &pool, room, error);
    }
    if (!status)
        status = take_examples(study, wish->examples, error);
    pool_free(&pool);
    return status;
}

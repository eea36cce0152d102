/* From a sweep to candidates: a candidate is a number, its settings are made when asked for. */
#ifndef SPACE_H
#define SPACE_H

#include <stdint.h>

#include "config/config.h"

/* What was measured before a search, for all candidates of one space_key(). */
struct space_found {
    uint64_t key;
    struct settings_map
        start; /* the rule, raw, where rule.start: {from: efficiency} asks for one */
};

struct space {
    const struct config *config; /* not owned */
    int64_t candidates;
    const settings_check *checks;    /* NULL-terminated, not owned */
    int32_t founds;                  /* 0: nothing was measured, or not yet */
    const struct space_found *found; /* [founds], not owned; set after space_create() */
};

/* Local. Of all that a measurement before the search depends on: task, network, exploration, rule,
 * learning, the objective and the section `efficiency`; of the rest nothing. Candidates with the same
 * key share it. `settings` are settled. */
uint64_t space_key(const struct settings *settings);

/* Local. Counts the candidates of `config`, resolves each one and passes it to every function of
 * `checks` (NULL-terminated). Checks the triples of record.replay as well. Reports each mistake
 * once, at its key, with the first candidate that has it. Returns STATUS_OK or STATUS_USAGE;
 * `config` must outlive the space. */
enum status space_create(struct space *space, const struct config *config,
                         const settings_check *checks, struct error *error);

/* Local. The same, and gives every candidate that has no mistake to take(context, index, settings),
 * in order, for it to use as it likes: whoever wants something of all candidates gets it here, where their settings are made
 * anyway. `space` counts them before the first call. */
enum status space_visit(struct space *space, const struct config *config,
                        const settings_check *checks,
                        void (*take)(void *context, int64_t index, struct settings *settings),
                        void *context, struct error *error);

/* Local. Settings of candidate `index`, 0 <= index < candidates: the base with that candidate's
 * value on every axis, and the run seed of its repeat. In a grid the last axis of the file varies
 * fastest. What was found stands in
 * rule.start, raw; where it is not known yet, rule.start.from says that it comes from elsewhere. Where
 * the candidate's values are not known yet (sweep_known()), others stand in for them. */
void space_settings(const struct space *space, int64_t index, struct settings *settings);

/* Local. The same of a candidate that a method that learns has placed; false: it has a mistake. */
bool space_allows(const struct space *space, int64_t index, struct settings *settings);

/* Local. The value of axis `axis` for candidate `index`, as text that settings_set() reads; "" if it is
 * not known yet (sweep_known()) or the candidate has none (sweep_has()). */
void space_value(const struct space *space, int64_t index, int axis, char text[SETTINGS_VALUE]);

#endif

/* How long the jobs of a sweep take in a simulation. */
#ifndef SECONDS_H
#define SECONDS_H

#include "archive/archive.h"
#include "search/plan.h"

struct command_seconds {
    const struct search_plan *plan;
    double mean, spread; /* of jobs that are drawn, see simulation_draw(); mean 0: they are not */
    uint64_t seed;
    double flop; /* seconds of a floating-point operation, for jobs that nothing else is known of */
    int64_t *first; /* [candidates]: its first job in known[] */
    float *known;   /* [jobs], from an archive, NAN where it has none; or NULL */
};

/* Local. Seconds of a job; `context` is a struct command_seconds. */
double command_seconds(void *context, const struct job *job);

/* Local. Takes the seconds of all lifetimes that `archive` has, of the same sweep as `seconds->plan`, and
 * from their costs those of an operation. STATUS_OK, or the failure: no lifetime is there. */
enum status command_seconds_read(struct command_seconds *seconds, struct archive *archive,
                                 struct error *error);
void command_seconds_free(struct command_seconds *seconds);

#endif

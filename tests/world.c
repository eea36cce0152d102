/* A small lifetime under test. */
#include "world.h"

#include <math.h>
#include <stdlib.h>

#include "specimen.h"

/* N = 8, T = 20; a smooth reward. */
static const char *const base[] = {
    "task.name=association",   "task.cue=20 ms",         "task.delay=40 ms",
    "task.response=40 ms",     "network.units=8",        "network.tau=20 ms",
    "network.dt=5 ms",         "network.bias=0.3",       "exploration.probability=0.05",
    "exploration.amplitude=3", "learning.reward=square", "learning.trials=30",
    "learning.warmup=2",       "rule.degree=3",          "bptt.batch=4",
    "force.every=5 ms",
};

void world_settings(struct settings *settings, const char *options)
{
    specimen_assign(settings, base, sizeof base / sizeof *base, options);
}

void world_create(struct world *world, const char *options, struct lifetime_gradient gradient)
{
    struct lifetime *lifetime = &world->lifetime;
    world_settings(&world->settings, options);
    if (lifetime_create(lifetime, &world->settings, gradient, false, NULL))
        abort();
    rule_get(&lifetime->rule, world->theta);
    lifetime_begin(lifetime, 3, world->theta);
    world->site = (struct learner_site){.settings = &world->settings,
                                        .rule = &lifetime->rule,
                                        .network = &lifetime->network,
                                        .trial = &lifetime->trial,
                                        .state = lifetime->learner_state,
                                        .task_seed = 3,
                                        .plastic = learner_plastic(&world->settings)};
}

void world_run_first(struct world *world, const char *options)
{
    world_create(world, options, (struct lifetime_gradient){0});
    struct lifetime *lifetime = &world->lifetime;
    trial_draw(&lifetime->trial, &lifetime->network, &lifetime->rule, &world->settings, 3, 0);
    trial_run(&lifetime->trial, &lifetime->network, &lifetime->rule, &world->settings);
}

double world_deviation(const double *a, const double *b, long count)
{
    double difference = 0, largest = 0;
    for (long i = 0; i < count; i++) {
        difference = fmax(difference, fabs(a[i] - b[i]));
        largest = fmax(largest, fabs(b[i]));
        if (isnan(a[i]) || isnan(b[i]))
            return INFINITY;
    }
    return largest > 0 ? difference / largest : INFINITY;
}

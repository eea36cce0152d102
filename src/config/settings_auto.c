/* What `auto` stands for: numbers that suit a network of any size and any step, tested by
 * jobs/experiments/defaults.py. A network with n inputs a unit adds up n weight changes, so that the
 * rate goes with 1/n; the clip is for rare large changes and goes with the weights, 1/sqrt(n). Kicks
 * are so many a time and so large in the state, whatever the step. */
#include <math.h>
#include <string.h>

#include "config/settings.h"

static const double KICKS = 5e-4; /* a ms and unit */
static const double KICK = 2;     /* largest change of a state by one */
static const double RATE = 0.2, CLIP = 0.03;
static const double PLAIN_RATE = 0.05; /* of a raw rule, and of other learners */

/* Also where it comes from elsewhere, and nothing stands beside that. */
static bool is_automatic(const struct settings_map *start)
{
    return start->count == SETTINGS_AUTO ||
           (start->from == SETTINGS_FROM_EFFICIENCY && start->count == 0);
}

void settings_start(struct settings *settings)
{
    struct settings_map *start = &settings->rule.start;
    if (!is_automatic(start))
        return;
    start->count = 1;
    strcpy(start->entry[0].key, "r3 d3");
    start->entry[0].value = -1;
}

void settings_settle(struct settings *settings)
{
    double inputs = settings->network.density * (double)settings->network.units;
    double tau = settings->network.tau, dt = settings->network.dt;
    bool polynomial = settings->rule.family == FAMILY_POLYNOMIAL;
    if (isnan(settings->exploration.probability))
        settings->exploration.probability = fmin(KICKS * dt, 1);
    if (isnan(settings->exploration.amplitude))
        settings->exploration.amplitude = KICK * tau / dt;
    if (is_automatic(&settings->rule.start) && polynomial)
        settings->rule.start_in = START_NORMALISED;
    settings_start(settings);
    bool normalised = polynomial && settings->rule.start_in == START_NORMALISED;
    if (isnan(settings->learning.rate))
        settings->learning.rate = normalised ? RATE / inputs : PLAIN_RATE;
    if (isnan(settings->learning.clip))
        settings->learning.clip = polynomial ? CLIP / sqrt(inputs) : INFINITY;
}

/* Values of an axis: where one lies, and which meet a condition. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/sweep.h"

void sweep_point(char text[SETTINGS_VALUE], const struct sweep_axis *axis, double fraction)
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
    strcat(strcat(text, *axis->unit ? " " : ""), axis->unit);
}

void sweep_draw(char text[SETTINGS_VALUE], const struct sweep_axis *axis, double fraction)
{
    if (axis->count == 0)
        sweep_point(text, axis, fraction);
    else
        strcpy(text, axis->value[sweep_drawn_choice(axis, fraction)]);
}

int sweep_drawn_choice(const struct sweep_axis *axis, double fraction)
{
    int chosen = (int)(fraction * axis->count);
    return chosen < axis->count ? chosen : axis->count - 1;
}

bool sweep_meets(const struct sweep_when *when, const char *value)
{
    int i = 0;
    while (i < when->count && strcmp(when->value[i], value) != 0)
        i++;
    return i < when->count;
}

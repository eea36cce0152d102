/* Methods of a sweep that learn, on functions of which other programs' figures are known. functions
 * METHOD FUNCTION SAMPLES GENERATION SEED prints the least value after every candidate, one a line. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "places.h"
#include "search/search.h"

enum { MOST = SWEEP_LEARNED, AXES = 10 };

/* Parameters whose range is 0 to 1, or nearly so; a function scales them. */
static const char *const names[AXES] = {
    "network.bias",           "network.density",     "exploration.probability", "rule.trace_alpha",
    "learning.baseline_rate", "network.dale",        "exploration.sd",          "network.gain",
    "network.input_gain",     "network.readout_gain"};

static double sphere(const double *u)
{
    double sum = 0;
    for (int a = 0; a < 5; a++)
        sum += (10 * u[a] - 3) * (10 * u[a] - 3); // 0 at 0.3
    return sum;
}

static double branin(const double *u)
{
    double x = 15 * u[0] - 5, y = 15 * u[1];
    double curve = y - 5.1 / (4 * M_PI * M_PI) * x * x + 5 / M_PI * x - 6;
    return curve * curve + 10 * (1 - 1 / (8 * M_PI)) * cos(x) + 10;
}

/* Dixon and Szego (1978). */
static double hartmann(const double *u)
{
    static const double height[4] = {1, 1.2, 3, 3.2};
    static const double width[4][6] = {{10, 3, 17, 3.5, 1.7, 8},
                                       {0.05, 10, 17, 0.1, 8, 14},
                                       {3, 3.5, 1.7, 10, 17, 8},
                                       {17, 8, 0.05, 10, 0.1, 14}};
    static const double place[4][6] = {{0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886},
                                       {0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991},
                                       {0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650},
                                       {0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381}};
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        double far = 0;
        for (int a = 0; a < 6; a++)
            far += width[i][a] * (u[a] - place[i][a]) * (u[a] - place[i][a]);
        sum -= height[i] * exp(-far);
    }
    return sum;
}

static double rosenbrock(const double *u)
{
    double sum = 0;
    for (int a = 0; a < 3; a++) {
        double x = 4 * u[a] - 2, next = 4 * u[a + 1] - 2;
        sum += 100 * (next - x * x) * (next - x * x) + (1 - x) * (1 - x);
    }
    return sum;
}

static const struct {
    const char *name;
    int axes;
    double (*function)(const double *u);
} list[] = {{"sphere", 5, sphere},
            {"branin", 2, branin},
            {"hartmann", 6, hartmann},
            {"rosenbrock", 4, rosenbrock}};

static void run(const struct sweep *sweep, double (*function)(const double *u))
{
    static double loss[MOST];
    static int32_t place[MOST];
    static struct places_ranked order[MOST];
    int64_t end = sweep->point ? sweep_generation(sweep, 0) : sweep->samples;
    double best = INFINITY;
    for (int64_t c = 0; c < sweep->samples; c++) {
        double u[AXES];
        if (c == end) {
            places_rank(place, order, loss, (int)c);
            end = sweep_generation(sweep, c);
            sweep->method->learn(sweep, place, c, end);
        }
        for (int a = 0; a < sweep->axes; a++) {
            char text[SETTINGS_VALUE];
            sweep_value(text, sweep, c, a);
            u[a] = atof(text);
        }
        loss[c] = function(u);
        best = fmin(best, loss[c]);
        printf("%.8g\n", best);
    }
}

int main(int count, char **word)
{
    struct config config;
    struct error error = {0};
    size_t f = 0;
    search_register();
    while (count == 6 && f < sizeof list / sizeof *list && strcmp(list[f].name, word[2]) != 0)
        f++;
    if (count != 6 || f == sizeof list / sizeof *list) {
        fprintf(stderr, "usage: functions METHOD FUNCTION SAMPLES GENERATION SEED\n");
        return 2;
    }
    char text[2048], generation[64] = "";
    if (strcmp(word[4], "0") != 0)
        snprintf(generation, sizeof generation, "  generation: %s\n", word[4]);
    int length = snprintf(text, sizeof text,
                          "seed: %s\nsweep:\n  method: %s\n  samples: %s\n%s  parameters:\n",
                          word[5], word[1], word[3], generation);
    for (int a = 0; a < list[f].axes; a++)
        length += snprintf(text + length, sizeof text - (size_t)length,
                           "    %s: {min: 1e-9, max: 0.999999999}\n", names[a]);
    if (config_parse(&config, "functions", text, 0, NULL, &error)) {
        fprintf(stderr, "%s", error.text);
        return 2;
    }
    run(&config.sweep, list[f].function);
    config_free(&config);
    return 0;
}

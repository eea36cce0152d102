#include "measures/equal.h"

#include <math.h>
#include <stdlib.h>

static double accuracy_of(const struct study *study, const struct study_solution *solution)
{
    const struct study_candidate *c = &study->candidate[solution->candidate];
    double frozen = study_frozen(study, solution->candidate, solution->seed, STUDY_LAST);
    return isnan(frozen) ? c->accuracy[(c->evaluations - 1) * c->held_out + solution->seed]
                         : frozen;
}

/* How many solutions are in the range; 0 unless two rules have two of them. count [rules]. */
static int inside(const double *accuracy, double low, double high, const struct study *study,
                  int *count)
{
    int all = 0, rules = 0;
    for (int r = 0; r < study->rules; r++)
        count[r] = 0;
    for (int s = 0; s < study->solutions; s++)
        if (accuracy[s] >= low && accuracy[s] <= high) {
            all++;
            rules += ++count[study->candidate[study->solution[s].candidate].rule] == 2;
        }
    return rules >= 2 ? all : 0;
}

bool measure_equal(bool *chosen, double range[2], const struct study *study)
{
    int n = study->solutions, most = 0;
    double *accuracy = study_numbers((size_t)n);
    int *count = calloc((size_t)study->rules + 1, sizeof *count);
    if (accuracy && count) {
        for (int s = 0; s < n; s++)
            accuracy[s] = accuracy_of(study, &study->solution[s]);
        range[0] = MEASURE_SOLVED, range[1] = 1;
        most = inside(accuracy, range[0], range[1], study, count);
        bool solved = most > 0;
        for (int s = 0; !solved && s < n; s++) { // the fullest window starts at some solution
            double low = accuracy[s];
            int here = inside(accuracy, low, low + MEASURE_WINDOW, study, count);
            if (here > most) {
                most = here;
                range[0] = low, range[1] = low + MEASURE_WINDOW;
            }
        }
    }
    for (int s = 0; s < n; s++)
        chosen[s] = most > 0 && accuracy[s] >= range[0] && accuracy[s] <= range[1];
    free(accuracy);
    free(count);
    return most > 0;
}

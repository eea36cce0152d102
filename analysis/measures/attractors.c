/* Where the examples go under every constant input of their task and stay, before and after learning:
 * fixed points, limit cycles, tori, chaos. N units. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measures/measure.h"
#include "measures/view.h"
#include "numbers/attractor.h"

/* Starts; time constants until an orbit is looked at, and for how long, at first. */
enum { STARTS = 16, SETTLE = 200, OBSERVE = 400, LEAST = 50 };
#define BUDGET 3e10 /* floating-point operations of a network and input; fewer steps beyond */

enum {
    SHARE,
    COUNT,
    NETWORK,
    MOMENT,
    CONTEXT,
    KIND,
    HERE,
    EXPONENTS,
    PERIOD,
    EXTENT,
    POSITION,
    DATASETS
};

#define BENETTIN "Benettin et al. 1980, Meccanica 15:9"

static const struct measure_dataset dataset[DATASETS + 1] = {
    [SHARE] =
        {"share", "example moment context attractor_kind", "",
         "Share of 16 starts (visited states with noise) that end in an attractor of the kind",
         NULL},
    [COUNT] = {"count", "example moment context attractor_kind", "attractors",
               "Distinct attractors of the kind", NULL},
    [NETWORK] = {"network", "attractor", "", "Example that the attractor belongs to", NULL},
    [MOMENT] = {"moment", "attractor", "", "0 before learning, 1 after", NULL},
    [CONTEXT] = {"context_of", "attractor", "", "Index of the context: the constant input", NULL},
    [KIND] = {"kind", "attractor", "", "Index of attractor_kind", NULL},
    [HERE] = {"starts", "attractor", "", "Starts, of 16, that ended here", NULL},
    [EXPONENTS] = {"exponents", "attractor exponent", "1/ms", "Leading Lyapunov exponents",
                   BENETTIN},
    [PERIOD] = {"period", "attractor", "ms", "Period of a limit cycle", NULL},
    [EXTENT] = {"extent", "attractor", "state x",
                "Root of the mean squared distance of the orbit from its mean", NULL},
    [POSITION] = {"position", "attractor axis", "state x",
                  "Mean of the orbit in the principal components of the states, as in /landscape",
                  NULL},
};

static const char *const kinds[ATTRACTOR_KINDS] = {"fixed point", "limit cycle", "torus", "chaos",
                                                   "open"};

struct row {
    int example, moment, context, kind, starts;
    double exponent[ATTRACTOR_EXPONENTS], period, extent, position[MEASURE_AXES];
};

/* Attractors are kept in rows until it is known how many there are. */
struct atlas {
    int rows;
    struct row *row;
    double *share, *count; /* of the view at hand */
};

static bool keep(struct atlas *atlas, const struct measure_view *view, int context,
                 const struct attractors *found)
{
    struct row *row = realloc(atlas->row, sizeof *row * (size_t)(atlas->rows + found->count + 1));
    if (!row)
        return false;
    atlas->row = row;
    for (int k = 0; k < ATTRACTOR_KINDS; k++)
        atlas->share[context * ATTRACTOR_KINDS + k] = atlas->count[context * ATTRACTOR_KINDS + k] =
            0;
    for (int a = 0; a < found->count; a++) {
        const struct attractor *from = &found->attractor[a];
        row = &atlas->row[atlas->rows++];
        *row = (struct row){.example = view->example,
                            .moment = view->moment,
                            .context = context,
                            .kind = (int)from->kind,
                            .starts = from->starts,
                            .period = from->period,
                            .extent = from->extent};
        memcpy(row->exponent, from->exponent, sizeof row->exponent);
        measure_view_project(row->position, view, from->mean);
        atlas->share[context * ATTRACTOR_KINDS + row->kind] += (double)from->starts / STARTS;
        atlas->count[context * ATTRACTOR_KINDS + row->kind]++;
    }
    return true;
}

/* Share of the wanted times for which there is time. */
static double affordable(const struct network *network)
{
    double steps = (SETTLE + OBSERVE) / network->alpha, n = network->units;
    return fmin(1, BUDGET / (2 * n * n * STARTS * steps));
}

/* One example at one moment; NULL, or why it is left out. */
static const char *survey(struct atlas *atlas, const struct study *study, int example, int moment)
{
    struct measure_view view;
    const char *why;
    if (!measure_view_open(&view, &why, study, example, moment))
        return why;
    int n = view.network.units;
    double part = affordable(&view.network), *start = study_numbers(STARTS * (size_t)n);
    why = start ? NULL : STUDY_NO_MEMORY;
    if (part * OBSERVE < LEAST)
        why = "too large to find its attractors";
    for (int k = 0; k < view.contexts && !why; k++) {
        struct attractors found;
        if (measure_view_starts(start, STARTS, &view, k, true) &&
            attractor_find(&found, &view.network, view.context + (long)k * view.network.inputs,
                           start, STARTS, (int)ceil(part * SETTLE / view.network.alpha),
                           (int)ceil(part * OBSERVE / view.network.alpha))) {
            why = keep(atlas, &view, k, &found) ? NULL : STUDY_NO_MEMORY;
            attractor_free(&found);
        } else {
            why = STUDY_NO_MEMORY;
        }
    }
    free(start);
    measure_view_close(&view);
    return why;
}

/* What was found before learning in the example `twin` holds for this one too; false when memory runs
 * out. */
static bool copy(struct atlas *atlas, double *const *data, int example, int twin)
{
    const size_t size = MEASURE_CONTEXTS * ATTRACTOR_KINDS;
    for (int d = SHARE; d <= COUNT; d++)
        memcpy(data[d] + (size_t)example * MEASURE_MOMENTS * size,
               data[d] + (size_t)twin * MEASURE_MOMENTS * size, sizeof(double) * size);
    for (int r = 0, rows = atlas->rows; r < rows; r++) {
        if (atlas->row[r].example != twin || atlas->row[r].moment != 0)
            continue;
        struct row *row = realloc(atlas->row, sizeof *row * (size_t)(atlas->rows + 1));
        if (!row)
            return false;
        atlas->row = row;
        row[atlas->rows] = row[r];
        row[atlas->rows++].example = example;
    }
    return true;
}

static void fill_row(double *const *data, const struct row *row, int r)
{
    data[NETWORK][r] = row->example;
    data[MOMENT][r] = row->moment;
    data[CONTEXT][r] = row->context;
    data[KIND][r] = row->kind;
    data[HERE][r] = row->starts;
    data[PERIOD][r] = row->period;
    data[EXTENT][r] = row->extent;
    memcpy(data[EXPONENTS] + (long)r * ATTRACTOR_EXPONENTS, row->exponent, sizeof row->exponent);
    memcpy(data[POSITION] + (long)r * MEASURE_AXES, row->position, sizeof row->position);
}

static enum status run(struct measure_output *out, struct study *study, struct error *error)
{
    (void)error;
    struct atlas atlas = {0};
    output_names(out->file, "attractor_kind", kinds, ATTRACTOR_KINDS,
                 "Kind of attractor; open: none of the others within the time");
    output_numbers(out->file, "exponent", NULL, ATTRACTOR_EXPONENTS, "", "The largest first");
    bool good = measure_take(out, SHARE, COUNT);
    for (int e = 0; good && e < study->examples; e++)
        for (int moment = 0; moment < MEASURE_MOMENTS; moment++) {
            long place = ((long)e * MEASURE_MOMENTS + moment) * MEASURE_CONTEXTS * ATTRACTOR_KINDS;
            int twin = moment == 0 ? measure_view_twin(study, e) : -1;
            atlas.share = out->data[SHARE] + place;
            atlas.count = out->data[COUNT] + place;
            const char *why = twin < 0 ? survey(&atlas, study, e, moment) : NULL;
            if (twin >= 0)
                good = copy(&atlas, out->data, e, twin);
            if (why)
                study_leave(study, study->example[e], why);
        }
    output_numbers(out->file, "attractor", NULL, atlas.rows, "", "Attractor of an example");
    good = good && measure_take(out, NETWORK, POSITION);
    for (int r = 0; r < atlas.rows && good; r++)
        fill_row(out->data, &atlas.row[r], r);
    measure_describe(
        out, KIND,
        "Index of attractor_kind; an exponent counts as 0 if it changes lengths by less "
        "than e^%g in the observed time, a return if it comes within %g of the extent",
        ATTRACTOR_ZERO, ATTRACTOR_RETURN);
    free(atlas.row);
    return good ? STATUS_OK : STATUS_FAILED;
}

const struct measure measure_attractors = {
    .name = "attractors",
    .sentence = "Fixed points, limit cycles, tori and chaos, by Lyapunov exponents and returns.",
    .dataset = dataset,
    .run = run,
};

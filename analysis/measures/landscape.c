/* Fixed and slow points of the examples under every constant input of their task, before and after
 * learning, with the flow around them. N units, I inputs, T steps. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measures/measure.h"
#include "measures/view.h"
#include "numbers/landscape.h"
#include "numbers/matrix.h"

enum { STARTS = 200, POINTS = 40, GRID = 15, PATH = 100, MOMENTS = MEASURE_MOMENTS };
enum { KIND_STABLE, KIND_SADDLE, KIND_SLOW, KINDS };

/* One fixed or slow point. */
struct row {
    int example, moment, context;
    double q, slow, starts, position[MEASURE_AXES];
    struct landscape_modes modes; /* its arrays are one piece of memory, at modes.re */
};

enum {
    TRAJECTORY,
    FLOW,
    FLOW_RANGE,
    COUNT,
    WEIGHT_SPECTRUM,
    NETWORK, // from here on of every point
    MOMENT,
    CONTEXT,
    SPEED,
    SLOW,
    UNSTABLE,
    SLOWEST_TIME,
    HENRICI,
    READOUT_OVERLAP,
    STARTS_HERE,
    EIGENVALUES,
    INPUT_SENSITIVITY,
    OVERLAPS,
    SHIFT,
    POSITION,
    DATASETS
};

#define SOURCE "Sussillo and Barak 2013, Neural Comput. 25:626"

static const struct measure_dataset dataset[DATASETS + 1] = {
    [TRAJECTORY] = {"trajectory", "example moment condition path axis", "state x",
                    "Noise-free states in their principal components", NULL},
    [FLOW] = {"flow", "example moment context flow_y flow_x mds_axis", "1/ms",
              "Velocity in the plane of components 0 and 1 through the mean state", NULL},
    [FLOW_RANGE] = {"flow_range", "example moment mds_axis edge", "state x",
                    "Ends of the grid of the flow", NULL},
    [COUNT] = {"count", "example moment context kind", "points",
               "Points found, at most 40 a context", NULL},
    [WEIGHT_SPECTRUM] = {"weight_spectrum", "example moment unit part", "", "Eigenvalues of W",
                         NULL},
    [NETWORK] = {"network", "fixed_point", "", "Example that the point belongs to", SOURCE},
    [MOMENT] = {"moment", "fixed_point", "", "0 before learning, 1 after", SOURCE},
    [CONTEXT] = {"context_of", "fixed_point", "", "Index of the context: the constant input",
                 SOURCE},
    [SPEED] = {"q", "fixed_point", "", "|F|^2 / 2, F the velocity in time constants", SOURCE},
    [SLOW] = {"slow", "fixed_point", "",
              "1: a minimum of q that is not fixed (q from 1e-12 to 1e-4)", SOURCE},
    [UNSTABLE] = {"unstable", "fixed_point", "dimensions", "Eigenvalues with a positive real part",
                  SOURCE},
    [SLOWEST_TIME] = {"slowest_time", "fixed_point", "ms", "1 / |Re| of the eigenvalue next to 0",
                      SOURCE},
    [HENRICI] = {"henrici", "fixed_point", "",
                 "Departure from normality sqrt(|J|^2 - sum |lambda|^2) / |J|", SOURCE},
    [READOUT_OVERLAP] = {"readout_overlap", "fixed_point", "",
                         "|w . v| / |w| of the slowest mode v and the readout", SOURCE},
    [STARTS_HERE] = {"starts", "fixed_point", "", "Starts, of 200, that ended here", SOURCE},
    [EIGENVALUES] = {"eigenvalues", "fixed_point unit part", "1/ms",
                     "Eigenvalues of the Jacobian (-I + W phi') / tau, the largest real part first",
                     NULL},
    [INPUT_SENSITIVITY] = {"input_sensitivity", "fixed_point input_channel", "",
                           "Norm of (-J)^-1 W_in / tau: shift of the point by a unit of input",
                           NULL},
    [OVERLAPS] = {"readout_overlaps", "fixed_point unit", "",
                  "|w . v| / |w| of every mode v and the readout, in the order of the eigenvalues",
                  SOURCE},
    [SHIFT] = {"unit_sensitivity", "fixed_point unit input_channel", "",
               "(-J)^-1 W_in / tau: shift of the point, unit by unit, by a unit of input", NULL},
    [POSITION] = {"position", "fixed_point axis", "state x",
                  "Point in the principal components of the states", NULL},
};

/* The points are kept in rows until it is known how many there are. */
struct atlas {
    int rows;
    struct row *row;
    double *const *data; /* of the datasets */
};

/* Numbers of the arrays of struct landscape_modes. */
static size_t modes_size(size_t n, size_t inputs)
{
    return 3 * n + inputs + n * inputs;
}

static void modes_place(struct landscape_modes *modes, double *memory, size_t n, size_t inputs)
{
    modes->re = memory;
    modes->im = memory + n;
    modes->overlap = memory + 2 * n;
    modes->input = memory + 3 * n;
    modes->shift = modes->input + inputs;
}

/* Adds one point to the atlas; false when memory runs out or LAPACK fails: it is left out. */
static bool add_row(struct atlas *atlas, const struct measure_view *view, int context,
                    const struct landscape_point *point)
{
    size_t n = (size_t)view->network.units, inputs = (size_t)view->network.inputs;
    struct row *row = realloc(atlas->row, sizeof *row * (size_t)(atlas->rows + 1));
    double *memory = study_numbers(modes_size(n, inputs));
    if (row)
        atlas->row = row;
    if (!row || !memory) {
        free(memory);
        return false;
    }
    row += atlas->rows++;
    *row = (struct row){.example = view->example,
                        .moment = view->moment,
                        .context = context,
                        .q = point->q,
                        .slow = point->slow,
                        .starts = point->starts};
    modes_place(&row->modes, memory, n, inputs);
    measure_view_project(row->position, view, point->x);
    double *count =
        atlas->data[COUNT] +
        (((long)view->example * MOMENTS + view->moment) * MEASURE_CONTEXTS + context) * KINDS;
    if (!landscape_linearise(&row->modes, &view->network, point->x)) {
        atlas->rows--;
        free(memory);
        return false;
    }
    count[point->slow ? KIND_SLOW : row->modes.unstable ? KIND_SADDLE : KIND_STABLE]++;
    return true;
}

static bool find_points(struct atlas *atlas, const struct measure_view *view, int context)
{
    int n = view->network.units;
    double *start = study_numbers(STARTS * (size_t)n);
    struct landscape landscape = {0};
    double *count =
        atlas->data[COUNT] +
        (((long)view->example * MOMENTS + view->moment) * MEASURE_CONTEXTS + context) * KINDS;
    memset(count, 0, sizeof(double) * KINDS);
    bool good = start != NULL;
    if (good) {
        good = measure_view_starts(start, STARTS, view, context, false) &&
               landscape_find(&landscape, &view->network,
                              view->context + (long)context * view->network.inputs, start, STARTS,
                              POINTS);
    }
    for (int p = 0; good && p < landscape.count; p++)
        good = add_row(atlas, view, context, &landscape.point[p]);
    landscape_free(&landscape);
    free(start);
    return good;
}

/* dx/dt on a grid in the plane of the first two components, through the mean state. */
static bool fill_flow(double *flow, const struct measure_view *view, int context)
{
    int n = view->network.units;
    double tau = view->network.dt / view->network.alpha;
    double *x = study_numbers(2 * (size_t)n);
    for (int g = 0; x && g < GRID * GRID; g++) {
        const int at[2] = {g % GRID, g / GRID};
        memcpy(x, view->mean, sizeof(double) * (size_t)n);
        for (int a = 0; a < 2; a++) {
            double width = view->range[a][1] - view->range[a][0];
            double score = view->range[a][0] + width * at[a] / (GRID - 1);
            for (int i = 0; i < n; i++)
                x[i] += score * view->axis[(long)a * n + i];
        }
        landscape_velocity(x + n, &view->network, x,
                           view->context + (long)context * view->network.inputs);
        for (int a = 0; a < 2; a++)
            flow[g * 2 + a] = matrix_dot(x + n, view->axis + (long)a * n, n) / tau;
    }
    free(x);
    return x != NULL;
}

static bool fill_spectrum(double *spectrum, const struct measure_view *view)
{
    int n = view->network.units;
    double *work = study_numbers((size_t)n * (size_t)(n + 2));
    if (!work)
        return false;
    double *re = work + (long)n * n, *im = re + n;
    memcpy(work, view->network.recurrent, sizeof(double) * (size_t)n * (size_t)n);
    if (matrix_eigen(re, im, NULL, NULL, work, n))
        for (int i = 0; i < n; i++) {
            spectrum[2 * i] = re[i];
            spectrum[2 * i + 1] = im[i];
        }
    free(work);
    return true;
}

/* Copies one view's part [size] of an array [examples, MOMENTS, size]. */
static void copy_part(double *array, int to, int from, size_t size)
{
    memcpy(array + (size_t)(to * MOMENTS) * size, array + (size_t)(from * MOMENTS) * size,
           sizeof(double) * size);
}

/* What was found before learning in the example `twin` holds for this one too; false when memory
 * runs out. */
static bool copy_view(struct atlas *atlas, const struct study *study, int example, int twin)
{
    const struct study_solution *solution = &study->solution[study->example[example]];
    size_t inputs = (size_t)study->candidate[solution->candidate].shape.inputs;
    copy_part(atlas->data[COUNT], example, twin, MEASURE_CONTEXTS * KINDS);
    copy_part(atlas->data[TRAJECTORY], example, twin, (size_t)study->types * PATH * MEASURE_AXES);
    copy_part(atlas->data[FLOW], example, twin, MEASURE_CONTEXTS * GRID * GRID * 2);
    copy_part(atlas->data[FLOW_RANGE], example, twin, 4);
    copy_part(atlas->data[WEIGHT_SPECTRUM], example, twin, (size_t)study->units * 2);
    for (int r = 0, rows = atlas->rows; r < rows; r++) {
        if (atlas->row[r].example != twin || atlas->row[r].moment != 0)
            continue;
        const struct landscape_modes *old = &atlas->row[r].modes;
        size_t n = (size_t)(old->im - old->re), size = modes_size(n, inputs);
        struct row *row = realloc(atlas->row, sizeof *row * (size_t)(atlas->rows + 1));
        double *memory = malloc(sizeof(double) * size);
        atlas->row = row ? row : atlas->row;
        if (!row || !memory) {
            free(memory);
            return false;
        }
        memcpy(memory, row[r].modes.re, sizeof(double) * size);
        row += atlas->rows++;
        *row = atlas->row[r];
        row->example = example;
        modes_place(&row->modes, memory, n, inputs);
    }
    return true;
}

static void survey(struct atlas *atlas, struct study *study, int example, int moment)
{
    struct measure_view view;
    const char *why;
    if (!measure_view_open(&view, &why, study, example, moment)) {
        study_leave(study, study->example[example], why);
        return;
    }
    long place = (long)example * MOMENTS + moment;
    const struct task_shape *shape = &view.candidate->shape;
    memcpy(atlas->data[FLOW_RANGE] + place * 4, view.range, sizeof view.range);
    for (int type = 0; type < shape->types; type++)
        for (int p = 0; p < PATH; p++)
            measure_view_project(
                atlas->data[TRAJECTORY] + ((place * study->types + type) * PATH + p) * MEASURE_AXES,
                &view, measure_view_state(&view, type, (int)((long)p * shape->steps / (PATH - 1))));
    bool good = fill_spectrum(atlas->data[WEIGHT_SPECTRUM] + place * study->units * 2, &view);
    for (int k = 0; good && k < view.contexts; k++)
        good = find_points(atlas, &view, k) &&
               fill_flow(atlas->data[FLOW] + (place * MEASURE_CONTEXTS + k) * GRID * GRID * 2,
                         &view, k);
    measure_view_close(&view);
    if (!good)
        study_leave(study, study->example[example], STUDY_NUMERIC);
}

/* The scales of what is surveyed; those of the points follow when their number is known. */
static void make_scales(struct output *file)
{
    static const char *const kinds[] = {"stable", "saddle", "slow"};
    static const char *const parts[] = {"re", "im"};
    static const char *const edges[] = {"first", "last"};
    output_names(file, "part", parts, 2, "Real and imaginary part");
    output_names(file, "kind", kinds, KINDS, "Kind of point");
    output_names(file, "edge", edges, 2, "First and last point of the grid");
    output_numbers(file, "path", NULL, PATH, "", "Evenly spaced time from 0 to the trial's end");
    output_numbers(file, "flow_x", NULL, GRID, "", "Grid along component 0");
    output_numbers(file, "flow_y", NULL, GRID, "", "Grid along component 1");
}

static void fill_row(double *const *data, const struct row *row, size_t r,
                     const struct study *study)
{
    size_t units = (size_t)study->units, inputs = (size_t)study->inputs;
    const struct landscape_modes *modes = &row->modes;
    const struct study_solution *solution = &study->solution[study->example[row->example]];
    long own = study->candidate[solution->candidate].shape.inputs;
    data[NETWORK][r] = row->example;
    data[MOMENT][r] = row->moment;
    data[CONTEXT][r] = row->context;
    data[SPEED][r] = row->q;
    data[SLOW][r] = row->slow;
    data[UNSTABLE][r] = modes->unstable;
    data[SLOWEST_TIME][r] = modes->slowest_time;
    data[HENRICI][r] = modes->henrici;
    data[READOUT_OVERLAP][r] = modes->readout_overlap;
    data[STARTS_HERE][r] = row->starts;
    for (int i = 0; i < modes->im - modes->re; i++) {
        data[EIGENVALUES][(r * units + (size_t)i) * 2] = modes->re[i];
        data[EIGENVALUES][(r * units + (size_t)i) * 2 + 1] = modes->im[i];
        data[OVERLAPS][r * units + (size_t)i] = modes->overlap[i];
        memcpy(data[SHIFT] + (r * units + (size_t)i) * inputs, modes->shift + i * own,
               sizeof(double) * (size_t)own);
    }
    memcpy(data[INPUT_SENSITIVITY] + r * inputs, modes->input, sizeof(double) * (size_t)own);
    memcpy(data[POSITION] + r * MEASURE_AXES, row->position, sizeof row->position);
}

static enum status run(struct measure_output *out, struct study *study, struct error *error)
{
    (void)error;
    struct atlas atlas = {.data = out->data};
    make_scales(out->file);
    bool good = measure_take(out, TRAJECTORY, WEIGHT_SPECTRUM);
    for (int e = 0; good && e < study->examples; e++)
        for (int moment = 0; good && moment < MOMENTS; moment++) {
            int twin = moment == 0 ? measure_view_twin(study, e) : -1;
            if (twin < 0)
                survey(&atlas, study, e, moment);
            else
                good = copy_view(&atlas, study, e, twin);
        }
    output_numbers(out->file, "fixed_point", NULL, atlas.rows, "", "Fixed or slow point");
    good = good && measure_take(out, NETWORK, POSITION);
    for (int r = 0; r < atlas.rows; r++) {
        if (good)
            fill_row(out->data, &atlas.row[r], (size_t)r, study);
        free(atlas.row[r].modes.re);
    }
    free(atlas.row);
    return good ? STATUS_OK : STATUS_FAILED;
}

const struct measure measure_landscape = {
    .name = "landscape",
    .sentence = "Fixed and slow points, their spectra, the flow around them.",
    .dataset = dataset,
    .run = run,
};

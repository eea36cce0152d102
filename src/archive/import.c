/* HDF5 files that a sweep file names, checked as they are read. K trials, T steps, I inputs,
 * O outputs, N units. */
#include "archive/import.h"

#include <assert.h>
#include <hdf5.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "archive/attribute.h"
#include "archive/guard.h"
#include "model/network.h"
#include "model/task.h"

enum { RANK = 3, TYPES = 4096 };

static char folder[SETTINGS_PATH]; // of the sweep file, with the last slash
static struct import_file *files;

/* A file that is being read. */
struct source {
    hid_t file;
    const char *key, *path; /* the parameter, and its value */
    struct settings_problems *problems;
    unsigned long sum; /* CRC-32 of what was read so far */
    bool broken;
};

/* One dataset: what it should be, and what it is. */
struct array {
    const char *name, *shape; /* "inputs", "[trial, step, input]" */
    int rank;
    hsize_t extent[RANK]; /* 1 beyond rank */
    double *value;        /* NULL: absent or refused */
};

void import_start(const char *sweep)
{
    const char *slash = strrchr(sweep, '/');
    int length = slash ? (int)(slash - sweep) + 1 : 0;
    snprintf(folder, sizeof folder, "%.*s", length, sweep);
}

static void __attribute__((format(printf, 2, 3)))
refuse(struct source *source, const char *format, ...)
{
    char text[SETTINGS_MESSAGE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    settings_problem(source->problems, source->key, "'%.100s': %s", source->path, text);
    source->broken = true;
}

/* Opens the file; guarded from then on. */
static bool open_source(struct source *source)
{
    char name[2 * SETTINGS_PATH];
    struct stat found = {0};
    snprintf(name, sizeof name, "%s%s", *source->path == '/' ? "" : folder, source->path);
    if (stat(name, &found) != 0 || access(name, R_OK) != 0) {
        refuse(source, "found no such file that can be read, allowed: an HDF5 file, its name "
                       "relative to the sweep file");
        return false;
    }
    if (!S_ISREG(found.st_mode)) { // a pipe, for instance, on which we would wait for ever
        refuse(source, "found no regular file, allowed: an HDF5 file");
        return false;
    }
    guard_begin(source->path, GUARD_SECONDS + (int)(found.st_size >> 20)); // 1 MB/s at the least
    guard_room(GUARD_DENSEST * (double)found.st_size);
    source->file = H5Fopen(name, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (source->file >= 0)
        return true;
    guard_end();
    refuse(source, "found a file that is not HDF5, allowed: an HDF5 file");
    return false;
}

static bool exists(const struct source *source, const char *name)
{
    return H5Lexists(source->file, name, H5P_DEFAULT) > 0;
}

/* The extents, if the dataset has the right number of them and none is 0. */
static bool read_extent(struct source *source, struct array *array, hid_t dataset)
{
    hid_t space = H5Dget_space(dataset);
    int rank = H5Sget_simple_extent_ndims(space);
    if (rank == array->rank)
        H5Sget_simple_extent_dims(space, array->extent, NULL);
    else
        refuse(source, "%s: found %d dimensions, allowed: %d, %s", array->name, rank, array->rank,
               array->shape);
    H5Sclose(space);
    double count = 1;
    for (int k = 0; k < array->rank && rank == array->rank; k++)
        count *= (double)array->extent[k];
    if (rank == array->rank && (count < 1 || count > INT_MAX))
        refuse(source, "%s: found %.0f numbers, allowed: 1 to %d", array->name, count, INT_MAX);
    return !source->broken;
}

static size_t count_of(const struct array *array)
{
    return (size_t)(array->extent[0] * array->extent[1] * array->extent[2]);
}

static void check_finite(struct source *source, const struct array *array)
{
    assert(array->rank <= RANK);
    for (size_t s = 0; s < count_of(array); s++) {
        if (isfinite(array->value[s]))
            continue;
        size_t inner = (size_t)array->extent[2], middle = (size_t)array->extent[1];
        size_t at[RANK] = {s / inner / middle, s / inner % middle, s % inner};
        char place[80];
        int length = snprintf(place, sizeof place, "%zu", at[0]);
        for (int k = 1; k < array->rank; k++)
            length += snprintf(place + length, sizeof place - (size_t)length, ", %zu", at[k]);
        refuse(source, "%s: found %g at [%s], allowed: finite numbers", array->name,
               array->value[s], place);
        return;
    }
}

/* Adds to the file's checksum: the numbers, not the bytes of the file, which may be written anew with
 * the same ones. */
static void add_sum(struct source *source, const struct array *array)
{
    source->sum = crc32_z(source->sum, (const void *)array->name, strlen(array->name));
    source->sum = crc32_z(source->sum, (const void *)array->extent, sizeof array->extent);
    source->sum =
        crc32_z(source->sum, (const void *)array->value, sizeof *array->value * count_of(array));
}

static void read_values(struct source *source, struct array *array, hid_t dataset)
{
    hid_t type = H5Dget_type(dataset);
    H5T_class_t class = H5Tget_class(type);
    bool fits = guard_fits(dataset, count_of(array), H5Tget_size(type));
    H5Tclose(type);
    if (!fits) {
        refuse(source,
               "%s: found more numbers than the file can hold, allowed: a file that is whole",
               array->name);
        return;
    }
    if (class != H5T_INTEGER && class != H5T_FLOAT && class != H5T_ENUM) {
        refuse(source, "%s: found no numbers, allowed: numbers", array->name);
        return;
    }
    array->value = malloc(sizeof(double) * count_of(array));
    herr_t failed = -1;
    if (array->value)
        failed = H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, array->value);
    if (failed < 0)
        refuse(source, "%s: could not be read%s", array->name,
               array->value ? "" : ": out of memory");
    else
        check_finite(source, array);
    if (!source->broken)
        add_sum(source, array);
}

static void read_array(struct source *source, struct array *array)
{
    for (int k = 0; k < RANK; k++)
        array->extent[k] = 1;
    hid_t dataset = H5Dopen(source->file, array->name, H5P_DEFAULT);
    if (dataset < 0)
        refuse(source, "%s: found no such dataset, allowed: %s", array->name, array->shape);
    else if (read_extent(source, array, dataset))
        read_values(source, array, dataset);
    if (dataset >= 0)
        H5Dclose(dataset);
}

/* The attribute dt of the file, or 0. */
static double read_dt(struct source *source)
{
    double dt = 0;
    if (H5Aexists(source->file, "dt") != 0 && !attribute_read_number(source->file, "dt", &dt))
        dt = NAN;
    return dt;
}

/* Says that array's extent `k` is not that of `other`. */
static void match(struct source *source, const struct array *array, int k,
                  const struct array *other, int l)
{
    if (array->value && other->value && array->extent[k] != other->extent[l])
        refuse(source, "%s %s: found %llu where %s %s has %llu, allowed: the same", array->name,
               array->shape, (unsigned long long)array->extent[k], other->name, other->shape,
               (unsigned long long)other->extent[l]);
}

enum { INPUTS, TARGETS, MASK, TYPE, TRIAL_ARRAYS };

/* A weight is not negative, and every trial has some. */
static void check_window(struct source *source, const struct array *mask)
{
    size_t steps = (size_t)mask->extent[1];
    for (size_t k = 0; k < (size_t)mask->extent[0] && !source->broken; k++) {
        double sum = 0, least = 0;
        for (size_t n = 0; n < steps; n++) {
            sum += mask->value[k * steps + n];
            least = fmin(least, mask->value[k * steps + n]);
        }
        if (least < 0)
            refuse(source, "mask: found %g in trial %zu, allowed: 0 or more", least, k);
        else if (sum == 0)
            refuse(source,
                   "mask: found 0 in all steps of trial %zu, allowed: some step that counts", k);
    }
}

/* Types are 0, 1, ... without gaps, since each has a reward mean and is a condition. Returns how
 * many, and the types as integers. */
static int check_types(struct source *source, int *out, const struct array *type)
{
    bool found[TYPES] = {false};
    int types = 0;
    for (size_t k = 0; k < (size_t)type->extent[0]; k++) {
        double value = type->value[k];
        if (value != floor(value) || value < 0 || value >= TYPES) {
            refuse(source, "type: found %g in trial %zu, allowed: whole numbers from 0 to %d",
                   value, k, TYPES - 1);
            return 0;
        }
        out[k] = (int)value;
        found[out[k]] = true;
        types = out[k] >= types ? out[k] + 1 : types;
    }
    for (int c = 0; c < types; c++)
        if (!found[c]) {
            refuse(source, "type: found %d but no %d, allowed: 0, 1, ... without gaps", types - 1,
                   c);
            return 0;
        }
    return types;
}

/* Moves the arrays into a table. */
static void add_trials(struct source *source, struct array *array, double dt)
{
    struct task_table *table = calloc(1, sizeof *table);
    int *type = calloc((size_t)array[TYPE].extent[0], sizeof *type);
    int types = table && type ? check_types(source, type, &array[TYPE]) : 0;
    if (types == 0) {
        if (!source->broken)
            refuse(source, "out of memory");
        free(table);
        free(type);
        return;
    }
    snprintf(table->path, sizeof table->path, "%s", source->path);
    table->trials = (int)array[INPUTS].extent[0];
    table->shape = (struct task_shape){(int)array[INPUTS].extent[1], (int)array[INPUTS].extent[2],
                                       (int)array[TARGETS].extent[2], types};
    table->dt = dt;
    table->type = type;
    table->input = array[INPUTS].value;
    table->target = array[TARGETS].value;
    table->window = array[MASK].value;
    array[INPUTS].value = array[TARGETS].value = array[MASK].value = NULL;
    task_add_table(table);
}

static void read_trials(struct source *source)
{
    struct array array[TRIAL_ARRAYS] = {
        [INPUTS] = {.name = "inputs", .shape = "[trial, step, input]", .rank = 3},
        [TARGETS] = {.name = "targets", .shape = "[trial, step, output]", .rank = 3},
        [MASK] = {.name = "mask", .shape = "[trial, step]", .rank = 2},
        [TYPE] = {.name = "type", .shape = "[trial]", .rank = 1},
    };
    for (int a = 0; a < TRIAL_ARRAYS; a++) {
        read_array(source, &array[a]);
        if (a > INPUTS)
            match(source, &array[a], 0, &array[INPUTS], 0);
        if (a == TARGETS || a == MASK)
            match(source, &array[a], 1, &array[INPUTS], 1);
    }
    double dt = read_dt(source);
    if (!(dt >= 0))
        refuse(source,
               "attribute dt: found no number above 0, allowed: the length of a step in ms");
    if (!source->broken)
        check_window(source, &array[MASK]);
    if (!source->broken)
        add_trials(source, array, dt);
    for (int a = 0; a < TRIAL_ARRAYS; a++)
        free(array[a].value);
}

enum { RECURRENT, INPUT, READOUT, BIAS, SYNAPSES, WEIGHT_ARRAYS };

static unsigned char *mask_of(struct source *source, const struct array *array)
{
    unsigned char *mask = calloc(count_of(array), 1);
    for (size_t s = 0; mask && s < count_of(array); s++) {
        double value = array->value[s];
        if (value != 0 && value != 1) {
            refuse(source, "mask: found %g, allowed: 0 or 1", value);
            break;
        }
        mask[s] = value == 1;
    }
    return mask;
}

/* Moves the arrays into a table. */
static void add_weights(struct source *source, struct array *array)
{
    struct network_table *table = calloc(1, sizeof *table);
    unsigned char *mask = array[SYNAPSES].value ? mask_of(source, &array[SYNAPSES]) : NULL;
    if (source->broken || !table || (array[SYNAPSES].value && !mask)) {
        if (!source->broken)
            refuse(source, "out of memory");
        free(table);
        free(mask);
        return;
    }
    snprintf(table->path, sizeof table->path, "%s", source->path);
    for (int a = 0; a < WEIGHT_ARRAYS; a++)
        if (array[a].value)
            table->units = (int)array[a].extent[a == READOUT ? 1 : 0];
    table->inputs = array[INPUT].value ? (int)array[INPUT].extent[1] : 0;
    table->outputs = array[READOUT].value ? (int)array[READOUT].extent[0] : 0;
    table->mask = mask;
    double **const moved[] = {&table->recurrent, &table->input, &table->readout, &table->bias};
    for (int a = 0; a < SYNAPSES; a++) {
        *moved[a] = array[a].value;
        array[a].value = NULL;
    }
    network_add_table(table);
}

static void read_weights(struct source *source)
{
    struct array array[WEIGHT_ARRAYS] = {
        [RECURRENT] = {.name = "recurrent", .shape = "[unit, unit]", .rank = 2},
        [INPUT] = {.name = "input", .shape = "[unit, input]", .rank = 2},
        [READOUT] = {.name = "readout", .shape = "[output, unit]", .rank = 2},
        [BIAS] = {.name = "bias", .shape = "[unit]", .rank = 1},
        [SYNAPSES] = {.name = "mask", .shape = "[unit, unit]", .rank = 2},
    };
    const struct array *first = NULL;
    for (int a = 0; a < WEIGHT_ARRAYS; a++) {
        if (!exists(source, array[a].name))
            continue;
        read_array(source, &array[a]);
        int unit = a == READOUT ? 1 : 0;
        if (first)
            match(source, &array[a], unit, first, first == &array[READOUT] ? 1 : 0);
        if (a == RECURRENT || a == SYNAPSES)
            match(source, &array[a], 1, &array[a], 0);
        first = first ? first : &array[a];
    }
    if (!first)
        refuse(source, "found none of the datasets recurrent, input, readout, bias and mask, "
                       "allowed: at least one");
    if (!source->broken)
        add_weights(source, array);
    for (int a = 0; a < WEIGHT_ARRAYS; a++)
        free(array[a].value);
}

/* Notes a file that was read whole. */
static void add_file(struct source *source)
{
    struct import_file *file = calloc(1, sizeof *file);
    if (!file) {
        refuse(source, "out of memory");
        return;
    }
    *file = (struct import_file){.next = files, .sum = source->sum};
    snprintf(file->path, sizeof file->path, "%s", source->path);
    files = file;
}

const struct import_file *import_files(void)
{
    return files;
}

static void read_source(const char *key, const char *path, struct settings_problems *problems,
                        void (*read)(struct source *source))
{
    struct source source = {.file = -1, .key = key, .path = path, .problems = problems};
    H5E_BEGIN_TRY // what is wrong we say ourselves
    {
        if (open_source(&source)) {
            read(&source);
            H5Fclose(source.file);
            guard_end();
            if (!source.broken)
                add_file(&source);
        }
    }
    H5E_END_TRY
}

static void check_trials(const struct settings *settings, struct settings_problems *problems)
{
    if (!*settings->path) {
        settings_problem(problems, "task.path",
                         "found no path, allowed with the task file: path: FILE.h5");
        return;
    }
    if (!task_table(settings->path))
        read_source("task.path", settings->path, problems, read_trials);
    const struct task_table *table = task_table(settings->path);
    if (table && table->dt > 0 && table->dt != settings->network.dt)
        settings_problem(problems, "network.dt",
                         "found %g ms, allowed: %g ms, as the trials of '%.100s' say",
                         settings->network.dt, table->dt, settings->path);
}

static void check_weights(const struct settings *settings, struct settings_problems *problems)
{
    const char *path = settings->network.weights;
    if (!network_table(path))
        read_source("network.weights", path, problems, read_weights);
    const struct network_table *table = network_table(path);
    if (!table)
        return;
    struct task_shape shape;
    task_shape(&shape, settings);
    const struct {
        const char *what;
        int found, allowed;
    } row[] = {
        {"units", table->units, (int)settings->network.units},
        {"inputs", table->inputs, shape.inputs},
        {"outputs", table->outputs, shape.outputs},
    };
    for (int k = 0; k < 3; k++)
        if (row[k].found && row[k].found != row[k].allowed)
            settings_problem(problems, "network.weights",
                             "'%.100s': found weights for %d %s, allowed: %d, as in the network",
                             path, row[k].found, row[k].what, row[k].allowed);
}

void import_check(const struct settings *settings, struct settings_problems *problems)
{
    if (strcmp(task_of(settings)->name, "file") == 0)
        check_trials(settings, problems);
    if (*settings->network.weights && problems->count == 0)
        check_weights(settings, problems);
}

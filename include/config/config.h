/* A sweep file: YAML text to base settings and sweep axes, every error at its place.
 * The only file that includes yaml.h. */
#ifndef CONFIG_H
#define CONFIG_H

#include "base/error.h"
#include "config/settings.h"

enum sweep_method { SWEEP_GRID, SWEEP_RANDOM, SWEEP_LIST };

enum sweep_distribution { SWEEP_UNIFORM, SWEEP_LOG_UNIFORM };

/* One swept parameter. */
struct config_axis {
    char name[SETTINGS_NAME]; /* dotted */
    int count;                /* points of a grid or list; 0 for a range of a random sweep */
    char **value;             /* [count] texts as settings_set() reads them; NULL if count 0 */
    double minimum, maximum;  /* range of {min, max}; of ranges only */
    enum sweep_distribution distribution;
    bool whole;       /* a range of whole numbers */
    int line, column; /* of its name, from 1 */
};

/* A key of the file and where it stands, for messages found later than the parser. */
struct config_mark {
    char name[SETTINGS_NAME]; /* dotted: a parameter or a section */
    int line, column;         /* of the value, from 1; line 0: set on the command line */
};

struct config {
    char *path;           /* as given; for messages */
    char *text;           /* the file verbatim, 0-terminated */
    struct settings base; /* everything but the sweep */
    enum sweep_method method;
    int samples; /* of a random sweep */
    int axes;
    struct config_axis *axis;
    int marks;
    struct config_mark *mark;
};

/* Local. Reads and checks the file at `path`. `set` are `sets` command-line overrides
 * "dotted.name=value", applied after the file (an override of a swept parameter is an error).
 * A parameter stands in its section or under its dotted name ("network.units: 100").
 * Every mistake of the file is reported at once, each as
 *     path:line:column: what was found, what is allowed, did you mean ...?
 *         the source line
 *             ^
 * Unknown keys, duplicate keys, wrong types, values out of range, swept parameters that do not
 * exist, empty axes, tabs and broken YAML are errors; so is a second document.
 * Returns STATUS_OK, STATUS_USAGE (errors say why), STATUS_FAILED (out of memory). */
enum status config_read(struct config *config, const char *path, int sets, const char *const *set,
                        struct error *error);

/* Local. The same from text in memory; `path` is used in messages only. */
enum status config_parse(struct config *config, const char *path, const char *text, int sets,
                         const char *const *set, struct error *error);

/* Local. Reports a mistake found by a later check at the place of the key `name`: its own line if
 * the file or a swept axis sets it, otherwise the line of its section, otherwise just the path. */
enum status config_complain(const struct config *config, struct error *error, const char *name,
                            const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Local. Writes the point at `fraction` (0 to 1) of the axis' range, as settings_set() reads it;
 * rounded to 12 significant digits, so that it can be written down. Ranges only. */
void config_axis_point(char text[SETTINGS_VALUE], const struct config_axis *axis, double fraction);

/* Local. Releases what `config` holds. After a failed read there is nothing to release. */
void config_free(struct config *config);

#endif

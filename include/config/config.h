/* A sweep file: YAML text to base settings and sweep axes, every error at its place.
 * Only the reader behind it knows YAML. */
#ifndef CONFIG_H
#define CONFIG_H

#include "base/error.h"
#include "config/settings.h"
#include "config/sweep.h"

/* A key of the file and where it stands, for messages found later than the parser. */
struct config_mark {
    char name[SETTINGS_NAME]; /* dotted: a parameter or a section */
    int line, column;         /* of the value, from 1; line 0: set on the command line */
};

struct config {
    char *path;      /* as given; for messages */
    char *text;      /* the file verbatim, 0-terminated */
    char *rows_path; /* of the table that sweep.file names, and its text; NULL: none */
    char *rows;
    struct settings base; /* everything but the sweep */
    struct sweep sweep;   /* no axes: one candidate, the base */
    bool resolved;        /* text of an archive, in which times may lack their unit */
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

/* Local. The same from text in memory; `path` is used in messages, and for a table that sweep.file
 * names: relative to the folder of the sweep file, it is read too. */
enum status config_parse(struct config *config, const char *path, const char *text, int sets,
                         const char *const *set, struct error *error);

/* Local. The same where the table that sweep.file names is at hand: `rows` is its text, NULL: there is
 * none. */
enum status config_parse_rows(struct config *config, const char *path, const char *text,
                              const char *rows, int sets, const char *const *set,
                              struct error *error);

/* Local. The same from the resolved configuration that an archive holds. */
enum status config_parse_resolved(struct config *config, const char *path, const char *text,
                                  struct error *error);

/* Local. settings_set() with a value that `config` says. */
enum status config_set(struct settings *settings, const struct config *config, const char *name,
                       const char *text, char reason[SETTINGS_VALUE]);

/* Local. Reports a mistake found by a later check at the place of the key `name`: its own line if
 * the file or a swept axis sets it, otherwise the line of its section, otherwise just the path. */
enum status config_complain(const struct config *config, struct error *error, const char *name,
                            const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Local. Releases what `config` holds. After a failed read there is nothing to release. */
void config_free(struct config *config);

#endif

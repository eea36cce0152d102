/* What the parts of the reader share while one sweep file is read. Inside config only. */
#ifndef CONFIG_READER_H
#define CONFIG_READER_H

#include <stdbool.h>
#include <yaml.h>

#include "config/config.h"

enum { CONFIG_COMPLAINTS = 100 }; /* mistakes reported at the most */

struct config_complaint {
    bool in_rows;     /* of the table, not of the sweep file */
    int line, column; /* from 1; line 0: of the command line */
    char text[SETTINGS_VALUE];
};

/* One key of the file, or one override, and the value that it asks for. */
struct config_assignment {
    char name[SETTINGS_NAME];
    yaml_node_t *value;     /* of the file, or NULL */
    const char *text;       /* of the command line or as good as written, or NULL */
    yaml_mark_t key, place; /* of the name and of the value, in the file */
    bool override;
};

struct config_reader {
    struct config *config;
    yaml_document_t document;
    yaml_node_t *sweep; /* the section, or NULL */
    bool in_rows;       /* marks are of the table that the section names */
    int assignments;
    struct config_assignment *assignment;
    int complaints; /* all of them, so that one more is seen by who looks for it */
    struct config_complaint *complaint; /* [CONFIG_COMPLAINTS], the first ones */
    char *proposal; /* what may be written instead of the file; NULL: there is none */
    bool out_of_memory;
};

/* Local. Notes a mistake at `mark`; NULL: on the command line. */
void config_reader_complain(struct config_reader *reader, const yaml_mark_t *mark,
                            const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Local. Returns `array` with room for one more than `count` items of `size` bytes, or NULL
 * (noted in the reader; `array` still stands). */
void *config_reader_extend(struct config_reader *reader, void *array, int count, size_t size);

/* Local. Writes a node as settings_set() reads it; false (with a complaint) if it cannot be. */
bool config_reader_text(char text[SETTINGS_VALUE], struct config_reader *reader, yaml_node_t *node);

/* Local. The scalar of `node` if it is one without NUL bytes, else NULL. */
const char *config_reader_scalar(const yaml_node_t *node);

/* Local. Whether nothing was written: `key:` or `key: null`. */
bool config_reader_nothing(const yaml_node_t *node);

/* Local. Sorts the values of `map` by the `keys` allowed (NULL-terminated), into member [keys];
 * `what` it is and what is `allowed` are for messages. False with a complaint if it is no map. */
bool config_reader_members(yaml_node_t **member, struct config_reader *reader, yaml_node_t *map,
                           const char *what, const char *const *keys, const char *allowed);

/* Local. The index in `words` (NULL-terminated) of the node's word; 0 for no node and, with a
 * complaint, for other words. */
int config_reader_word(struct config_reader *reader, const yaml_node_t *node, const char *what,
                       const char *const *words);

/* Local. The whole number of `node`; 0 with a complaint if it is none or outside of the bounds,
 * which are above 0. */
int config_reader_count(struct config_reader *reader, const yaml_node_t *node, const char *what,
                        int minimum, int maximum);

/* Local. Whether one name is the other or a part of it: "rule.start" and "rule.start.r3 d3". */
bool config_overlap(const char *a, const char *b);

/* report.c, Local. Adds all mistakes to `error` in the order of the file. Returns STATUS_USAGE if
 * there were any, else STATUS_OK. */
enum status config_report(struct config_reader *reader, struct error *error);

/* scan.c, Local. How many bytes the byte order mark at the start of `text` has; 0: there is none. */
size_t config_scan_mark(const char *text);

/* scan.c, Local. Complains of what would take memory or time without end to load. */
void config_scan(struct config_reader *reader, const char *text);

/* foreign.c, Local. Whether the file is a sweep of W&B: a mistake, and our words for it are proposed. */
bool config_foreign_read(struct config_reader *reader, const yaml_node_t *root);

/* keys.c, Local. Adds an assignment for every key below `root`, and then for every override; notes
 * the section `sweep`, if there is one. Then all are applied to the base settings. */
void config_keys_read(struct config_reader *reader, const yaml_node_t *root);
void config_keys_override(struct config_reader *reader, int sets, const char *const *set);
void config_keys_apply(struct config_reader *reader);

/* axis.c, Local. Where the file names the axis. */
yaml_mark_t config_axis_mark(const struct sweep_axis *axis);

/* axis.c, Local. Adds an axis with only its name, which stands at `mark`; false with a complaint if it
 * is there. */
bool config_axis_add(struct config_reader *reader, const char *name, const yaml_mark_t *mark);

/* axis.c, Local. Whether its name can be swept, else a complaint; all axes are added. */
bool config_axis_allowed(struct config_reader *reader, const struct sweep_axis *axis);

/* axis.c, Local. Whether `name` is a field of a variant that is swept itself, so that the base settings
 * do not decide what the field is. */
bool config_axis_depends(const struct config *config, const char *name);

/* axis.c, Local. Tries `text` for the axis and makes it the shortest one, as the archive will have it;
 * false with a complaint at `mark`. */
bool config_axis_try(char text[SETTINGS_VALUE], struct config_reader *reader,
                     const struct sweep_axis *axis, const yaml_mark_t *mark);

/* axis.c, Local. Adds a value to the axis; or that a candidate of a list has none. */
void config_axis_value(struct config_reader *reader, struct sweep_axis *axis, const char *text);
void config_axis_gap(struct config_reader *reader, struct sweep_axis *axis);

/* axis.c, Local. Works out what makes candidates quickly, when all axes have their values. */
void config_axis_finish(struct config_reader *reader, struct sweep_axis *axis);

/* axes_check.c, Local. Complains of fields that the base sets and that would be lost whenever a candidate
 * changes the variant. */
void config_axes_check_fields(struct config_reader *reader);

/* axes_check.c, Local. Complains of axes that do not fit together, or of values that stand there twice,
 * unless there were complaints since there were `before`. */
void config_axes_check(struct config_reader *reader, int before);

/* when.c, Local. Reads the conditions of the axis. */
void config_when_read(struct config_reader *reader, struct sweep_axis *axis,
                      const yaml_node_t *conditions);

/* rows.c, Local. Reads axes and their values from the table that `node` names: a row a candidate. */
void config_rows_read(struct config_reader *reader, const yaml_node_t *node);

/* axes.c, Local. Reads the section `sweep` into the config; the base settings are complete. */
void config_axes_read(struct config_reader *reader);

#endif

/* What the parts of the reader share while one sweep file is read. Inside config only. */
#ifndef CONFIG_READER_H
#define CONFIG_READER_H

#include <stdbool.h>
#include <yaml.h>

#include "config/config.h"

enum { CONFIG_COMPLAINTS = 100 }; /* mistakes reported at the most */

struct config_complaint {
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
    int assignments;
    struct config_assignment *assignment;
    int complaints;
    struct config_complaint *complaint; /* [CONFIG_COMPLAINTS] */
    bool out_of_memory;
};

/* Local. Notes a mistake at `mark`; NULL: on the command line. */
void config_reader_complain(struct config_reader *reader, const yaml_mark_t *mark,
                            const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Local. Adds all mistakes to `error` in the order of the file. Returns STATUS_USAGE if there were
 * any, else STATUS_OK. */
enum status config_reader_report(struct config_reader *reader, struct error *error);

/* Local. Returns `array` with room for one more than `count` items of `size` bytes, or NULL
 * (noted in the reader; `array` still stands). */
void *config_reader_extend(struct config_reader *reader, void *array, int count, size_t size);

/* Local. Writes a node as settings_set() reads it; false (with a complaint) if it cannot be. */
bool config_reader_text(char text[SETTINGS_VALUE], struct config_reader *reader, yaml_node_t *node);

/* Local. The scalar of `node` if it is one without NUL bytes, else NULL. */
const char *config_reader_scalar(const yaml_node_t *node);

/* Local. Whether nothing was written: `key:` or `key: null`. */
bool config_reader_nothing(const yaml_node_t *node);

/* Local. Reads the sweep section into the config; the base settings are complete. */
void config_sweep_read(struct config_reader *reader);

/* Local. Whether one name is the other or a part of it: "rule.start" and "rule.start.r3 d3". */
bool config_overlap(const char *a, const char *b);

#endif

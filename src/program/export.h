/* What other programs are given of an archive: its candidates with their swept values and named
 * numbers, and the ways to write them. */
#ifndef EXPORT_H
#define EXPORT_H

#include <stdio.h>

#include "program/command.h"

/* A swept parameter. */
struct command_axis {
    char title[SETTINGS_NAME + 16]; /* its name, of times with their unit: "task.delay [ms]" */
    bool number;                    /* every candidate has a finite number; else it has words */
    bool whole, logarithmic;        /* of numbers */
    double low, high, step; /* of numbers: all values are in this range; step of whole ones */
    int words;
    const char **word; /* [words], each once, in the order of the file; the texts are the sweep's */
};

struct command_export {
    const char *path, *license; /* of the archive; NULL: no licence was named */
    struct command_results results;
    int64_t candidates; /* those whose values are known, which come first; others are not told of */
    int64_t begin;      /* of its first start, seconds since 1970; 0: not known */
    const struct standing **standing; /* [candidates], by number */
    struct command_axis *axis;        /* [axes] */
    double *value;                    /* [candidates, axes], of axes that have numbers */
    double (*criterion)[2]; /* [candidates], median trials to criterion, on the seeds that it stands
                               on and of the chosen rule on test seeds; INFINITY: never, NAN: not known */
    int32_t *round; /* [candidates], evaluation or meta-iteration that it stands on; -1: none */
};

/* A number of a candidate; NAN: not known. */
struct command_number {
    const char *name;
    double value;
};
enum { COMMAND_NUMBERS = 48 };

/* Local. Reads the archive at `path`. `export` must not move. STATUS_OK, or the failure and nothing
 * held. */
enum status command_export_read(struct command_export *export, const char *path,
                                struct error *error);
void command_export_free(struct command_export *export);

/* Local. What is known of a candidate, the loss first; returns how many numbers, the same for all. */
int command_export_numbers(struct command_number out[COMMAND_NUMBERS],
                           const struct command_export *export, int64_t candidate);

/* Local. The number of the candidate's word on this axis, which has words. */
int command_export_word(const struct command_export *export, int64_t candidate, int axis);

/* Local. Writes the shortest text that reads back to the same number. */
void command_export_number(FILE *out, double number);

/* Local. Writes a text as JSON has it (RFC 8259). */
void command_json_text(FILE *out, const char *text);

/* Local. Writes the value of the candidate on this axis as JSON. */
void command_json_value(FILE *out, const struct command_export *export, int64_t candidate,
                        int axis);

/* Local. Writes the known of these numbers as further members of an object: ,"loss":0.5,"seeds":8 */
void command_json_numbers(FILE *out, const struct command_number *number, int numbers);

/* Local. Each writes a whole file. STATUS_OK or STATUS_FAILED (the archive cannot be read, no memory);
 * whether the file took it, tells fclose(). */
enum status command_export_csv(FILE *out, const struct command_export *export,
                               struct error *error); /* a row a candidate */
enum status command_export_lifetimes(FILE *out, const struct command_export *export,
                                     struct error *error); /* a row a lifetime */
enum status command_export_optuna(FILE *out, const struct command_export *export,
                                  struct error *error); /* a journal of Optuna */
enum status command_export_wandb(FILE *out, const struct command_export *export,
                                 struct error *error); /* a line of JSON a candidate */
enum status command_export_crate(FILE *out, const struct command_export *export,
                                 struct error *error); /* metadata of an RO-Crate */

#endif

/* What a command is, and what the commands share: their line, the sweep file with all checks, what an
 * archive knows, and how they write. Each command is one file of commands/, and none uses another. */
#ifndef COMMAND_H
#define COMMAND_H

#include <limits.h>
#include <stdio.h>

#include "archive/archive.h"
#include "archive/standing.h"
#include "config/config.h"
#include "config/space.h"
#include "model/rule.h"
#include "search/choice.h"
#include "search/plan.h"

/* One option of a command: `--name` or `--name VALUE`. */
struct command_option {
    const char *name;  /* without the dashes; the list ends with a NULL name */
    const char *value; /* what its value is called in the help text; NULL: it takes none; "[...]": a
                             number, or none */
    const char *sentence; /* what it does */
    char letter;          /* its short form, or 0 */
};

struct command_line;

/* A command: the list, the parsing of its line and the help texts follow from this. */
struct command {
    const char *name;
    const char *words;    /* "SWEEP.yaml", as in the help text */
    int least, most;      /* how many words there may be */
    const char *sentence; /* what it does */
    const char *details;  /* more lines for its own help text, or NULL */
    const struct command_option *options;
    enum status (*run)(const struct command_line *line, struct error *error);
};

/* What was said to a command. The texts belong to argv. */
struct command_line {
    const struct command *command;
    const struct command *const
        *all;  /* every command, in the order of the help text; ends with NULL */
    bool help; /* --help was among the options */
    int words;
    const char **word;
    int options;
    struct {
        const char *name, *value;
    } * option;
};

/* Local. Runs what the program's arguments ask for. Messages of failure go to `error`. */
enum status command_main(int argc, char **argv, struct error *error);

/* Local. Sorts argv, from the command's own name on, into words and options, and checks them by the
 * command's table; with --help the words are not counted. STATUS_OK, or the failure and nothing held. */
enum status command_line_read(struct command_line *line, const struct command *command, int argc,
                              char **argv, struct error *error);
void command_line_free(struct command_line *line);

struct task;

/* Local. The task that is the line's first word; NULL, with a message that names the nearest, if there is
 * none. */
const struct task *command_task(const struct command_line *line, struct error *error);

/* Local. The last value of the option `name` ("" if it takes none), or NULL if it was not given. */
const char *command_value(const struct command_line *line, const char *name);

/* Local. All values of the option `name`, into values [line->options]; returns how many. */
int command_values(const char **values, const struct command_line *line, const char *name);

/* Local. The whole number that the option `name` says, in minimum..maximum; `fallback` if it was
 * not given. STATUS_OK or STATUS_USAGE. */
enum status command_integer(int64_t *value, const struct command_line *line, const char *name,
                            int64_t minimum, int64_t maximum, int64_t fallback,
                            struct error *error);

/* Local. A time of this name, above 0, which is left as it is if the line has none. The same. */
enum status command_time(double *seconds, const struct command_line *line, const char *name,
                         struct error *error);

/* Checks of one candidate by all modules of the science, ends with NULL; for space_create(). */
extern const settings_check command_checks[];

struct wire;

/* A sweep file, read and checked; and what was measured before the search, if it is known. */
struct command_sweep {
    struct config config;
    struct space space;
    struct search_plan plan;
    struct measured *measured; /* [plan.measurements] on rank 0, or NULL */
    struct space_found *found; /* of the space; NULL */
};

/* Local. Warns of each --set of which a later one leaves nothing. */
void command_warn_twice(const struct config *config);

/* Local. Reads the sweep file that is the line's first word, with its --set options, and checks
 * every candidate. `sweep` must not move afterwards. STATUS_OK, or the failure and nothing held. */
enum status command_sweep_read(struct command_sweep *sweep, const struct command_line *line,
                               struct error *error);

/* Local. The sweep of an archive, whose candidates were checked when it was begun; `path` is its name in
 * messages. The same. */
enum status command_sweep_of(struct command_sweep *sweep, struct archive *archive, const char *path,
                             struct error *error);

/* Local. Tells a search by `plan` of all committed outcomes of an archive of the sweep, again as long as
 * candidates that they lead on from a rung have more; `broken` as for archive_read_outcomes(). speak(context),
 * unless NULL, is called between them. STATUS_OK, or the failure. */
enum status command_feed(struct search *search, const struct search_plan *plan,
                         struct archive *archive, int64_t *broken, void (*speak)(void *context),
                         void *context, struct error *error);

/* Local. Keeps to the way of meta.gradient with which `archive` was begun, if the file leaves it to
 * the program. STATUS_OK, or the failure. */
enum status command_sweep_keep(struct command_sweep *sweep, struct archive *archive,
                               struct error *error);

/* Local. Warns on the standard error of what `sweep` says without effect. It is a mistake where the
 * same lifetimes would be run again, unless the archive was `begun` with it. STATUS_OK, or the
 * failure. */
enum status command_sweep_effects(const struct command_sweep *sweep, bool begun,
                                  struct error *error);
void command_sweep_free(struct command_sweep *sweep);

/* Collective. Gives the sweep that rank 0 has read, with its --set options and the way of the gradient
 * that it keeps to, to all others, which have no plan. The same status on all ranks: STATUS_OK, or
 * the failure and nothing held but on rank 0. */
enum status command_sweep_share(struct command_sweep *sweep, struct wire *wire,
                                const struct command_line *line, struct error *error);

/* A command that works on a sweep with all ranks of mpirun, by share_run(). */
struct command_team {
    struct wire *wire;
    bool first; /* this is rank 0, which alone prints */
    struct command_sweep sweep;
};

/* Collective. Starts MPI, lets signals ask for a soft end, and gives every rank the line's sweep.
 * `team` must not move afterwards. The same status on all ranks: STATUS_OK, or the failure and
 * nothing held. */
enum status command_team_start(struct command_team *team, const struct command_line *line,
                               struct error *error);

/* Collective. The end of it, with the same `status` on all ranks, which it returns; no rank but the
 * first keeps a message in `error`. */
enum status command_team_end(struct command_team *team, enum status status, struct error *error);

/* Local. From now on SIGTERM, SIGINT and SIGUSR1 ask for a soft end, see coordinator_stop(); a
 * second one ends the process at once. SIGCONT makes a pause. */
void command_catch_signals(void);

/* Local. The name of the signal that asked this process for an end, or NULL. */
const char *command_signal(void);

/* Local. Reads "5 us", "200 ms", "90 s", "30 min", "12 h", "2 d", "MM:SS", "HH:MM:SS" or
 * "D-HH:MM:SS"; false: none of these. */
bool command_read_duration(double *seconds, const char *text);

/* Local. After how many seconds running lifetimes are to end if all must be over after `limit`: a little
 * before. */
double command_deadline(double limit);

/* Local. Asks SLURM how many seconds this job may still run; false: no answer, no job, no limit. */
bool command_ask_slurm(double *seconds);

/* Local. Begins a file at `path`, where there must not be one yet. STATUS_OK or STATUS_USAGE. */
enum status command_create_file(FILE **out, const char *path, struct error *error);

/* Local. Ends it; unless `status` is STATUS_OK and all of it could be written, it is removed. Returns
 * `status`, or STATUS_FAILED with a message. */
enum status command_finish_file(FILE *out, const char *path, enum status status,
                                struct error *error);

/* Local. Whether the file at `path` begins as all of HDF5 do. */
bool command_is_archive(const char *path);

/* Local. The path of what stands at `place` from the folder of this program on; false: nothing does. */
bool command_beside_program(char path[PATH_MAX], const char *place);

/* Local. The path of the file `name` of the project's folder `folder`, as installed or as built. STATUS_OK
 * or STATUS_FAILED. */
enum status command_find_file(char path[PATH_MAX], const char *name, const char *folder,
                              struct error *error);

/* Local. Prints a parameter, its default, what it may be and what it does. */
void command_describe_parameter(const struct parameter *row);

/* Local. Prints the help text of one command. */
void command_describe(const struct command *command);

/* Local. Prints the manual page of all commands, as roff; the list ends with NULL. */
void command_print_manual(const struct command *const *commands);

/* Local. Prints `text` wrapped to command_width(), 100 columns at the most, every line indented by `indent`, the first one from
 * column `column` on, where the cursor stands. */
void command_wrap(const char *text, int column, int indent);

/* Local. Whether a person looks on; and how many columns lines may have: those of the terminal, 80 of a
 * file or pipe. */
bool command_on_terminal(void);
int command_width(void);

/* Local. Writes a number of seconds as "3 s", "12 min 5 s", "7 h 30 min". */
void command_duration(char text[32], double seconds);

/* Local. The same, below a minute with three digits: "3.42 s", "5 us". */
void command_span(char text[32], double seconds);

/* Local. Writes a number of bytes as "812 kB", "3.2 GB". */
void command_size(char text[32], double bytes);

/* Lifetimes of a sweep; the measurements of the scale before them are none. */
struct command_counts {
    int64_t lifetimes[JOB_KINDS]; /* of each kind, in all */
    int64_t all, done;            /* of all kinds together, and committed */
    int64_t diverged, failed;     /* of these: without loss or without gradient; could not be run */
    bool most; /* there may be less in all: nobody knows yet who is stopped early */
};

/* Local. Adds what a candidate asks for. */
void command_count(struct command_counts *counts, const struct search_extent *extent);

/* Local. What the whole sweep asks for, with what early stopping spares it, at the least or the most. */
struct command_counts command_count_sweep(const struct search_plan *plan, bool most);

/* Local. Writes how many lifetimes there are and what they are, "768 (384 training, 384 held-out)", or
 * with tests "at most 864 (384 training, 384 validation, 96 test)". */
void command_lifetimes(char text[96], const struct command_counts *counts);

/* Local. How many ranks of a team only pass messages on; and who works, as "64 workers" or "4 workers behind
 * 2 relays". */
int command_relays(const struct archive_team *team);
void command_workers(char text[64], const struct archive_team *team);

/* Local. Prints where early stopping compares candidates, how many go on, and who is in which bracket. */
void command_print_rungs(const struct search_stopping *stopping, int64_t candidates);

/* What an archive knows of a sweep, also while it is being written. */
struct command_results {
    struct archive *archive;
    struct config config;
    struct space space;
    struct standing *candidate; /* [space.candidates], the best first */
    bool held_out;              /* losses are those of held-out seeds, else of training */
    bool tested;                /* and there are test seeds */
    struct command_counts counts;
    double seconds; /* of computing: the committed lifetimes, added up */
    double left;    /* of computing, of those that are left, by their costs; NAN: not known yet */
    double
        longest; /* the part of it that the longest candidate needs by itself, all seeds at once */
};

/* Local. Opens and reads the archive at `path`. `results` must not move afterwards. STATUS_OK, or
 * the failure and nothing held. */
enum status command_results_read(struct command_results *results, const char *path,
                                 struct error *error);
void command_results_free(struct command_results *results);

/* Local. STATUS_OK, or STATUS_USAGE: a run writes to the archive. */
enum status command_check_rest(struct archive *archive, const char *path, struct error *error);

/* What the states of candidates are called. */
extern const char *const command_state_word[STANDING_STATES];

/* Local. Which seeds losses are of: "held-out seeds". */
const char *command_seeds_word(const struct command_results *results);

/* Local. Prints the first `limit` candidates as a table, repeats of one in one row, and how they are
 * ranked; of its columns those that fit, and four digits, unless `wide`. */
void command_print_candidates(const struct command_results *results, int limit, bool wide);

/* The iterations of one candidate. Curves are as archive_read_curve() gives them: NaN is not known. */
struct command_course {
    int64_t candidate;
    int iterations, evaluations, parameters;
    double *theta, *loss, *held_out, *accuracy;
    double scale[RULE_PARAMETERS];
};

/* Local. STATUS_OK, or the failure and nothing held. */
enum status command_course_read(struct command_course *course, struct archive *archive,
                                int64_t candidate, struct error *error);
void command_course_free(struct command_course *course);

/* Local. The free parameters [P] (raw) after `iteration` meta-iterations. */
const double *command_course_theta(const struct command_course *course, int iteration);

/* Local. The last iteration whose theta is known; -1: none. */
int command_course_known(const struct command_course *course);

/* Local. Prints which candidate this is, and its value of every swept parameter. */
void command_print_candidate(const struct command_results *results, int64_t candidate);

/* Local. Prints what was decided of a candidate at its rungs and, in a population, its lineage and values.
 * STATUS_OK or STATUS_FAILED (the archive cannot be read). */
enum status command_print_decisions(const struct command_results *results, int64_t candidate,
                                    struct error *error);

/* Local. Prints what a candidate stands on: its evaluation, in numbers. */
void command_print_standing(const struct command_results *results, const struct standing *standing);

/* Local. Whether there is a best candidate, the first of the table. */
bool command_has_best(const struct command_results *results);

/* Local. Prints in a sentence which candidate is the best, of what and by what, or why none is. */
void command_print_choice(const struct command_results *results);

/* Local. The same, and if there is a best one its swept values and the rule that was evaluated.
 * STATUS_OK or STATUS_FAILED (the archive cannot be read). */
enum status command_print_best(const struct command_results *results, struct error *error);

/* Local. Prints the rule with the free parameters theta [P] (raw) as an equation, the terms in the
 * order of |theta / scale|, zero terms left out, every line indented by `indent`. `scale` [P] may
 * be NULL: not known. */
void command_print_rule(const struct settings *settings, const double *theta, const double *scale,
                        int indent);

#endif

/* efficiency: what a space of rules can give on the task and networks of a sweep file, at small steps,
 * before anything learns by them. A piece of the work is a network at a stage of its learning, on any
 * rank; rank 0 gathers them, finds the best rules and tells. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cluster/share.h"
#include "program/ceiling.h"
#include "program/measure.h"
#include "search/search.h"

enum { COMMAND = 1024 };

struct efficiency_command {
    const struct command_line *line;
    struct command_team team;
    struct settings settings; /* of the candidate */
    struct settings learning; /* the same with the rule by which the networks learn as its start */
    int64_t networks, trials, pairs, first_network;
    int stages, stage[COMMAND_STAGES];
    struct command_columns columns;
    struct command_rows rows;
    int givens;
    struct command_given given[COMMAND_GIVEN];
    struct rule start;             /* raw */
    double theta[RULE_PARAMETERS]; /* its free parameters */
    struct command_pace pace;
    struct output *output; /* on rank 0; NULL: none is wanted */
    double *numbers;       /* [networks, stages, efficiency_numbers()] on rank 0 */
};

/* ---- the line ---- */

static enum status read_stages(struct efficiency_command *command, struct error *error)
{
    const char *text = command_value(command->line, "stages");
    long last = (long)command->settings.learning.trials;
    command->stages = 0;
    for (const char *at = text; at && command->stages < COMMAND_STAGES;) {
        char *end;
        long stage = strtol(at, &end, 10);
        bool rises = command->stages == 0 || stage > command->stage[command->stages - 1];
        if (end == at || (*end && *end != ',') || stage < 0 || stage > last || !rises)
            return error_add(error, STATUS_USAGE,
                             "--stages: found '%s', allowed: rising numbers of trials from 0 to "
                             "learning.trials = %ld, such as '0,%ld'",
                             text, last, last / 2);
        command->stage[command->stages++] = (int)stage;
        at = *end ? end + 1 : NULL;
    }
    if (!text)
        command->stages = measured_stages(command->stage, &command->settings);
    return STATUS_OK;
}

static enum status read_decays(double *tau_e, int *decays, const struct efficiency_command *command,
                               struct error *error)
{
    const char *text = command_value(command->line, "tau-e");
    struct settings settings = command->settings;
    *decays = 0;
    for (const char *at = text; at; at = strchr(at, ',')) {
        char word[COMMAND_TEXT], reason[SETTINGS_VALUE];
        at += *at == ',';
        at += strspn(at, " ");
        snprintf(word, sizeof word, "%.*s", (int)strcspn(at, ","), at);
        enum status status = settings_set(&settings, "rule.tau_e", word, reason);
        if (status)
            return error_add(error, status, "--tau-e: %s", reason);
        if (settings.rule.tau_e < settings.network.dt || *decays == COMMAND_DECAYS - 1)
            return error_add(
                error, STATUS_USAGE,
                "--tau-e: found '%s', allowed: at most %d times of at least network.dt "
                "= %g ms",
                text, COMMAND_DECAYS - 1, settings.network.dt);
        tau_e[(*decays)++] = settings.rule.tau_e;
    }
    return STATUS_OK;
}

static enum status read_numbers(struct efficiency_command *command, struct error *error)
{
    const struct command_line *line = command->line;
    const struct space *space = &command->team.sweep.space;
    int64_t candidate;
    enum status status =
        command_integer(&candidate, line, "candidate", 0, space->candidates - 1, 0, error);
    if (status)
        return status;
    space_settings(space, candidate, &command->settings);
    status = command_integer(&command->networks, line, "networks", 2, 10000,
                             command->settings.efficiency.networks, error);
    if (!status)
        status = command_integer(&command->trials, line, "trials", 2, EFFICIENCY_TRIALS,
                                 command->settings.efficiency.trials, error);
    if (!status && command_value(line, "damage"))
        status = command_integer(&command->pairs, line, "damage", 2, EFFICIENCY_PAIRS, 0, error);
    if (!status)
        status =
            command_integer(&command->first_network, line, "seed-offset", 0, INT32_MAX, 0, error);
    return status;
}

/* Collective. Rules in files of their own; their decays are measured too. */
static enum status read_given(struct efficiency_command *command, double *tau_e, int *decays,
                              struct error *error)
{
    const struct command_line *line = command->line;
    const char **path =
        error_calloc(error, (unsigned long)line->options + 1, sizeof *path, "command line");
    enum status status = wire_agree(command->team.wire, path ? STATUS_OK : STATUS_FAILED);
    if (!status)
        command->givens = command_values(path, line, "with");
    if (command->givens > COMMAND_GIVEN)
        status = error_add(error, STATUS_USAGE, "--with: found %d files, allowed: at most %d",
                           command->givens, COMMAND_GIVEN);
    if (!status)
        status = command_given_read(command->given, path, command->givens, &command->settings,
                                    command->team.wire, error);
    free(path);
    for (int i = 0; i < command->givens && !status; i++) {
        double decay = command->given[i].rule.tau_e;
        bool there = decay == command->settings.rule.tau_e;
        for (int d = 0; d < *decays; d++)
            there |= tau_e[d] == decay;
        if (!there && *decays == COMMAND_DECAYS - 1)
            return error_add(error, STATUS_USAGE,
                             "--with: found more decays, allowed: at most %d beside rule.tau_e",
                             COMMAND_DECAYS - 1);
        if (!there)
            tau_e[(*decays)++] = decay;
    }
    return status;
}

/* Collective. The same on all ranks. */
static enum status read_line(struct efficiency_command *command, struct error *error)
{
    double tau_e[COMMAND_DECAYS];
    int decays;
    enum status status = read_numbers(command, error);
    if (!status)
        status = read_stages(command, error);
    if (!status)
        status = read_decays(tau_e, &decays, command, error);
    if (status)
        return status;
    if (command->settings.learning.reward == REWARD_BINARY &&
        command->settings.meta.objective == OBJECTIVE_REWARD)
        return error_add(error, STATUS_USAGE,
                         "meta.objective: found reward, allowed: absolute or square, since the "
                         "reward is binary and has no gradient");
    const char *only = command_value(command->line, "only");
    if (only && !command_is_set(only))
        return error_add(error, STATUS_USAGE,
                         "--only: found '%s', allowed: a set of terms as the table names it, such "
                         "as 'odd, degree 5, with p2'",
                         only);
    command->learning = command->settings;
    if (command->settings.rule.start.from == SETTINGS_FROM_EFFICIENCY)
        measured_settings(&command->learning, &command->settings);
    status = read_given(command, tau_e, &decays, error);
    if (!status)
        command_columns(&command->columns, &command->settings, command->given, command->givens,
                        tau_e, decays, only);
    return status;
}

/* That a file can be made there, before the work: it is made and removed. */
static enum status check_new(const char *path, struct error *error)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0 && errno == EEXIST)
        return error_add(error, STATUS_USAGE, "%s: found a file, allowed: a new name", path);
    if (file < 0)
        return error_add_errno(error, STATUS_USAGE, "%s: cannot be written", path);
    close(file);
    unlink(path);
    return STATUS_OK;
}

/* Rank 0: what can be refused before the work, and the file of results. */
static enum status make_files(struct efficiency_command *command, struct error *error)
{
    static const struct output_kind kind = {"thetasweep-efficiency", "efficiency", false};
    const char *path = command_value(command->line, "output");
    const char *rule = command_value(command->line, "rule");
    const char *set = command_value(command->line, "set-name");
    int row = set ? command_find_row(&command->rows, set) : -1;
    if (set && (row < 0 || command->rows.row[row].kind != CEILING_FITTED))
        return error_add(error, STATUS_USAGE,
                         "--set-name: found '%s', allowed: a set of terms as the table names it, "
                         "such as 'degree 3'",
                         set);
    enum status status = rule ? check_new(rule, error) : STATUS_OK;
    return status || !path ? status : output_create(&command->output, path, &kind, error);
}

/* ---- the work ---- */

static bool poll(void *context)
{
    const struct efficiency_command *command = context;
    return !share_stopping(command->team.wire);
}

static uint64_t seed_of(const struct efficiency_command *command, int64_t network)
{
    return search_measured_seed(command->first_network + network);
}

static enum status compute(void *context, void *result, int64_t piece, struct error *error)
{
    struct efficiency_command *command = context;
    const struct efficiency_plan plan = {&command->learning,
                                         command->theta,
                                         command->columns.count,
                                         command->columns.column,
                                         (int)command->trials,
                                         (int)command->pairs,
                                         poll,
                                         command};
    return efficiency_measure(result, &plan, seed_of(command, piece / command->stages),
                              command->stage[piece % command->stages], error);
}

static void progress(void *context, int64_t done, int64_t count)
{
    struct efficiency_command *command = context;
    command_print_pace(&command->pace, done, count);
}

/* ---- the results ---- */

/* The networks that did not diverge at any stage, into measured and their seeds into network; returns
 * how many, and says which were left out. */
static int take_whole(struct efficiency *measured, double *network,
                      const struct efficiency_command *command)
{
    bool damage = command->pairs > 0;
    long numbers = efficiency_numbers(command->columns.count, damage);
    int whole = 0;
    for (int64_t i = 0; i < command->networks; i++) {
        bool good = true;
        for (int s = 0; s < command->stages; s++) {
            long piece = i * command->stages + s;
            struct efficiency one =
                efficiency_read(command->numbers + piece * numbers, command->columns.count, damage);
            good &= one.state == LIFETIME_DONE;
            measured[whole * command->stages + s] = one;
        }
        if (good)
            network[whole++] = (double)(command->first_network + i);
        else
            printf("network %" PRId64 " diverges and is left out\n", command->first_network + i);
    }
    return whole;
}

/* The command as it was given. */
static void write_command(char text[COMMAND], const struct command_line *line)
{
    snprintf(text, COMMAND, "thetasweep efficiency %s", line->word[0]);
    for (int i = 0; i < line->options; i++) {
        size_t length = strlen(text);
        snprintf(text + length, COMMAND - length, " --%s '%s'", line->option[i].name,
                 line->option[i].value);
    }
}

static enum status write_rule(const struct command_ceiling *results,
                              const struct efficiency_command *command, struct error *error)
{
    const char *path = command_value(command->line, "rule");
    char text[COMMAND];
    int row = results->ablation->row;
    if (!path)
        return STATUS_OK;
    write_command(text, command->line);
    enum status status = command_write_rule(path, results, row, text, error);
    if (!status)
        printf("The best rule of %s is in %s\n", command->rows.row[row].name, path);
    return status;
}

/* Answers of all rows; then, by the size, of each column alone, or by the damage of all rows again, the
 * best ones by the size. NULL: the failure. */
static struct ceiling_answer *ask(const struct efficiency_command *command,
                                  const struct ceiling *ceiling, struct error *error)
{
    const struct command_rows *rows = &command->rows;
    size_t columns = ceiling->damage ? 0 : (size_t)ceiling->columns;
    size_t again = ceiling->damage ? (size_t)rows->count : 0;
    size_t count = (size_t)rows->count + columns + again;
    struct ceiling_answer *answer = error_calloc(error, count, sizeof *answer, "answers");
    struct ceiling_rule *rule = error_calloc(error, count, sizeof *rule, "answers");
    double *one = error_calloc(error, columns * columns, sizeof *one, "answers");
    enum status status = answer && rule && one ? STATUS_OK : STATUS_FAILED;
    for (size_t r = 0; r < (size_t)rows->count + again && !status; r++) {
        const struct command_row *row = &rows->row[r % (size_t)rows->count];
        rule[r] = (struct ceiling_rule){row->kind, row->member, row->theta,
                                        row->sparse ? row->terms : 0, r >= (size_t)rows->count};
    }
    for (size_t k = 0; k < columns && !status; k++) {
        one[k * columns + k] = 1;
        rule[(size_t)rows->count + k] =
            (struct ceiling_rule){CEILING_GIVEN, NULL, one + k * columns, 0, false};
    }
    if (!status)
        status = ceiling_answer(answer, ceiling, rule, (int)count, rows->row[rows->reference].theta,
                                error);
    free(rule);
    free(one);
    if (!status)
        return answer;
    free(answer);
    return NULL;
}

static enum status tell(const struct efficiency_command *command, struct ceiling *ceiling,
                        double *network, struct error *error)
{
    const struct command_rows *rows = &command->rows;
    struct ceiling by_damage = *ceiling;
    by_damage.damage = command->pairs > 0;
    struct ceiling_answer *answer = ask(command, ceiling, error);
    struct ceiling_answer *damage =
        answer && command->pairs > 0 ? ask(command, &by_damage, error) : NULL;
    enum status status = answer && (damage || command->pairs == 0) ? STATUS_OK : STATUS_FAILED;
    struct command_ablation ablation;
    const struct command_ceiling results = {.columns = &command->columns,
                                            .rows = rows,
                                            .settings = &command->settings,
                                            .ceiling = ceiling,
                                            .answer = answer,
                                            .alone = answer + rows->count,
                                            .damage = damage,
                                            .stage = command->stage,
                                            .network = network,
                                            .ablation = &ablation};
    const char *set = command_value(command->line, "set-name");
    if (!status)
        status =
            command_ablate(&ablation, &results,
                           set ? command_find_row(rows, set) : command_choose_row(&results), error);
    if (!status) {
        command_print_ceiling(&results);
        command_print_terms(&results);
        status = write_rule(&results, command, error);
    }
    if (command->output && !status)
        command_write_ceiling(command->output, &results);
    if (answer)
        ceiling_free(answer, rows->count + ceiling->columns);
    if (damage)
        ceiling_free(damage, 2 * rows->count);
    free(answer);
    free(damage);
    return status;
}

/* Rank 0, when all is gathered. */
static enum status conclude(struct efficiency_command *command, struct error *error)
{
    size_t places = (size_t)command->networks * (size_t)command->stages;
    struct efficiency *measured = error_calloc(error, places, sizeof *measured, "measurements");
    double *network =
        error_calloc(error, (size_t)command->networks, sizeof *network, "measurements");
    enum status status = measured && network ? STATUS_OK : STATUS_FAILED;
    struct ceiling ceiling = {0, command->stages, command->columns.count, measured, false};
    if (!status)
        ceiling.networks = take_whole(measured, network, command);
    if (!status && ceiling.networks < 2)
        status = error_add(error, STATUS_FAILED,
                           "efficiency: %d networks did not diverge, 2 at least are needed",
                           ceiling.networks);
    if (!status)
        status = tell(command, &ceiling, network, error);
    free(measured);
    free(network);
    return status;
}

static enum status work(struct efficiency_command *command, struct error *error)
{
    struct wire *wire = command->team.wire;
    struct share share = {
        wire,
        command->networks * command->stages,
        sizeof(double) * (size_t)efficiency_numbers(command->columns.count, command->pairs > 0),
        compute,
        progress,
        command};
    enum status status = STATUS_OK;
    if (command->team.first) {
        command->numbers = error_calloc(error, (size_t)share.count, share.bytes, "measurements");
        status = command->numbers ? make_files(command, error) : STATUS_FAILED;
    }
    status = wire_decide(wire, (int)status);
    command->pace = (struct command_pace){.started = wire_time()};
    if (!status)
        status = share_run(command->numbers, &share, error);
    if (!status && command->team.first)
        status = conclude(command, error);
    if (command->output) {
        enum status finished = output_finish(command->output, status == STATUS_OK, error);
        status = status ? status : finished;
    }
    status = wire_decide(wire, (int)status);
    free(command->numbers);
    return status;
}

static enum status run(const struct command_line *line, struct error *error)
{
    struct efficiency_command *command = error_calloc(error, 1, sizeof *command, "efficiency");
    double scale[RULE_PARAMETERS];
    if (!command)
        return STATUS_FAILED;
    command->line = line;
    enum status status = command_team_start(&command->team, line, error);
    if (status) {
        free(command);
        return status;
    }
    status = read_line(command, error);
    if (!status)
        status = measured_start(&command->start, command->theta, scale, &command->learning, error);
    if (!status)
        status = command_rows(&command->rows, &command->columns, &command->settings,
                              &command->start, command->given, command->givens, error);
    status = wire_agree(command->team.wire, status);
    if (!status)
        status = work(command, error);
    command_rows_free(&command->rows);
    status = command_team_end(&command->team, status, error);
    free(command);
    return status;
}

static const struct command_option options[] = {
    {"output", "FILE.h5", "writes all that was measured and found into this new file", 'o'},
    {"set", "KEY=VALUE", "overrides a parameter of the sweep file; may be given several times", 0},
    {"rule", "RULE.yaml", "writes the best rule as lines of a sweep file into this new file", 0},
    {"set-name", "NAME",
     "of which set of terms, as the table names it; default: the smallest within one standard "
     "error "
     "of the best",
     0},
    {"candidate", "C", "which candidate, from 0; default: 0", 0},
    {"networks", "N", "how many networks; default: efficiency.networks", 0},
    {"trials", "H",
     "trials at each network and stage, of each of two passes; default: efficiency.trials", 0},
    {"damage", "H",
     "measures what changes do to the loss in second order too, by H pairs of trials at each "
     "network "
     "and stage; --rule then has the rule that is best by it; a pair takes as long as six of "
     "--trials",
     0},
    {"only", "NAME",
     "measures the terms of this set alone, as the table names it, beside those of -1 r3 d3 and "
     "the "
     "sweep file: the fewer, the cheaper",
     0},
    {"with", "RULE.yaml",
     "tells the efficiency of the rule of this file too (jobs/rules/), and measures its terms; may "
     "be "
     "given several times",
     0},
    {"stages", "H,H,...",
     "trials of learning by the start rule after which networks are measured; default: "
     "efficiency.stages",
     0},
    {"tau-e", "TIME,...", "other decays of the eligibility beside rule.tau_e: 'inf,500 ms'", 0},
    {"seed-offset", "N", "number of the first network; default: 0", 0},
    {0},
};

const struct command command_efficiency = {
    .name = "efficiency",
    .words = "SWEEP.yaml",
    .least = 1,
    .most = 1,
    .sentence =
        "Tells how well each space of rules can do on the task and networks of a sweep file at "
        "small steps, and its best rule; alone or on all ranks of mpirun.",
    .details = "Networks are neither those of training nor held-out ones.",
    .options = options,
    .run = run,
};

/* Values as text, in the form of YAML flow: scalars, {key: number}, [word], [1, [2, 3]]. */
#include "config/settings_value.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char blanks[] = " \t\r\n";

static const char no_path[] = "none", automatic[] = "auto", from[] = "from";

static const char word_characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789_.+- ";

enum { WORD = 64 }; /* bytes of a word while it is read: longer than any allowed */

static enum status refuse(char reason[SETTINGS_VALUE], const struct parameter *row,
                          const char *text)
{
    char allowed[SETTINGS_VALUE];
    settings_allowed(allowed, row);
    const char *quote = *text ? "'" : "";
    snprintf(reason, SETTINGS_VALUE, "found %s%.80s%s%s, allowed: %.2000s", quote,
             *text ? text : "nothing", strlen(text) > 80 ? "..." : "", quote, allowed);
    return STATUS_USAGE;
}

/* The number at the head of `text`: decimal or inf, without leading zeros (some programs read 010
 * as 8). Returns what follows it, or NULL if there is none. */
static const char *read_number(double *value, const char *text)
{
    const char *digits = text + strspn(text, "+-");
    const char *inf = *digits == '.' ? digits + 1 : digits;
    if (digits - text > 1)
        return NULL;
    if (strncmp(inf, "inf", 3) == 0) {
        *value = *text == '-' ? -INFINITY : INFINITY;
        return inf + 3;
    }
    bool hexadecimal = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
    bool padded = digits[0] == '0' && isdigit((unsigned char)digits[1]);
    if (strspn(digits, "0123456789.") == 0 || hexadecimal || padded)
        return NULL;
    char *end;
    errno = 0;
    *value = strtod(text, &end);
    return end == text || errno == ERANGE ? NULL : end;
}

/* A bare number is no time: who thinks in seconds would get a thousandth of what he means. */
static enum status refuse_bare(char reason[SETTINGS_VALUE], const struct parameter *row,
                               const char *text, double number)
{
    int length = (int)strcspn(text, blanks);
    bool ms = strcmp(row->unit, "ms") == 0;
    int end = snprintf(reason, SETTINGS_VALUE,
                       "found '%.*s', allowed: a time with its unit, such as %.15g %s or %.15g s",
                       length, text, number, row->unit, number);
    if (ms)
        snprintf(reason + end, SETTINGS_VALUE - (size_t)end, " (= %.15g ms)", 1000 * number);
    return STATUS_USAGE;
}

/* Turns `number` of the `unit` written after it into the row's own one, ms or min; false: the row has
 * no such unit. A division keeps 1 us = 0.001 ms correctly rounded. */
static bool convert(double *number, const struct parameter *row, const char *unit)
{
    static const struct {
        const char *own, *name;
        double times, through;
    } table[] = {{"ms", "us", 1, 1000}, {"ms", "ms", 1, 1},   {"ms", "s", 1000, 1},
                 {"min", "s", 1, 60},   {"min", "min", 1, 1}, {"min", "h", 60, 1}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].own, row->unit) == 0 && strcmp(table[i].name, unit) == 0) {
            *number = *number * table[i].times / table[i].through;
            return true;
        }
    return false;
}

/* Whether the whole number is in range as it stands, and not only when rounded to a double. */
static bool exact(const struct parameter *row, const char *text)
{
    errno = 0;
    long long whole = strtoll(text, NULL, 10);
    return errno == 0 && whole >= (long long)row->minimum && whole <= (long long)row->maximum;
}

/* Strict, because a number that is read otherwise than it was meant costs a whole sweep: "1e3" is no
 * whole number, "20 apples" no 20. */
enum status settings_value_number(double *value, const struct parameter *row, const char *text,
                                  char reason[SETTINGS_VALUE])
{
    double number;
    if (row->choices && strcmp(text, automatic) == 0) {
        *value = NAN;
        return STATUS_OK;
    }
    const char *unit = read_number(&number, text);
    if (!unit)
        return refuse(reason, row, text);
    if (row->type == PARAMETER_INTEGER || row->type == PARAMETER_INTEGERS) {
        const char *digits = text + (*text == '-' || *text == '+');
        if (digits + strspn(digits, "0123456789") != unit || !exact(row, text))
            return refuse(reason, row, text);
    }
    unit += strspn(unit, blanks);
    if (row->type == PARAMETER_DURATION) {
        bool unitless = number == 0 || isinf(number);
        if (*unit == '\0' && number > 0 && !unitless)
            return refuse_bare(reason, row, text, number);
        if ((*unit || !unitless) && !convert(&number, row, unit))
            return refuse(reason, row, text);
    } else if (*unit != '\0' && strcmp(unit, row->unit) != 0) {
        return refuse(reason, row, text);
    }
    if (number < row->minimum || number > row->maximum)
        return refuse(reason, row, text);
    *value = number;
    return STATUS_OK;
}

/* Reads up to one of `stops`, without blanks and quotes around it; `*at` then points to the stop.
 * False if there is no stop or the word is too long. */
static bool read_word(char word[WORD], const char **at, const char *stops)
{
    const char *start = *at + strspn(*at, blanks), *end;
    if (*start == '"' || *start == '\'') {
        end = strchr(start + 1, *start);
        if (!end)
            return false;
        start++;
        *at = end + 1 + strspn(end + 1, blanks);
        if (!**at || !strchr(stops, **at))
            return false;
    } else {
        end = strpbrk(start, stops);
        if (!end)
            return false;
        *at = end;
        while (end > start && strchr(blanks, end[-1]))
            end--;
    }
    if (end - start >= WORD)
        return false;
    memcpy(word, start, (size_t)(end - start));
    word[end - start] = '\0';
    return true;
}

/* Whether `word` can stand in a list or as a key without quotes. */
static bool plain_word(const char *word)
{
    size_t length = strlen(word);
    return length > 0 && length < SETTINGS_KEY && (isalnum((unsigned char)*word) || *word == '_') &&
           word[length - 1] != ' ' && strspn(word, word_characters) == length;
}

int settings_value_find(const struct settings_map *map, const char *key)
{
    for (int i = 0; i < map->count; i++)
        if (strcmp(map->entry[i].key, key) == 0)
            return i;
    return -1;
}

static enum status found_twice(char reason[SETTINGS_VALUE], const char *word)
{
    snprintf(reason, SETTINGS_VALUE, "found '%s' twice, allowed: once", word);
    return STATUS_USAGE;
}

/* True at the closing `bracket` that ends the text; else steps over a comma. */
static bool closed(const char **at, char bracket)
{
    *at += strspn(*at, blanks);
    if (**at == ',')
        ++*at;
    *at += strspn(*at, blanks);
    return **at == bracket && (*at)[1 + strspn(*at + 1, blanks)] == '\0';
}

/* `from: efficiency`, which only a map has that may be left to the program. */
static enum status set_source(struct settings_map *map, const struct parameter *row,
                              const char *text, char reason[SETTINGS_VALUE])
{
    static const char *const sources[] = {"efficiency", NULL};
    struct parameter word = {.type = PARAMETER_CHOICE, .unit = "", .choices = sources};
    if (!row->choices)
        return refuse(reason, row, from);
    if (settings_value_choice(sources, &word, text, reason) < 0)
        return STATUS_USAGE;
    map->from = SETTINGS_FROM_EFFICIENCY;
    return STATUS_OK;
}

enum status settings_value_entry(struct settings_map *map, const struct parameter *row,
                                 const char *key, const char *text, char reason[SETTINGS_VALUE])
{
    struct parameter number = *row;
    number.type = PARAMETER_REAL;
    number.choices = NULL;
    double value;
    if (strcmp(key, from) == 0)
        return set_source(map, row, text, reason);
    if (!plain_word(key))
        return refuse(reason, row, key);
    if (settings_value_number(&value, &number, text, reason))
        return STATUS_USAGE;
    int i = settings_value_find(map, key);
    if (i < 0 && map->count == SETTINGS_ENTRIES) {
        snprintf(reason, SETTINGS_VALUE, "found more than %d entries, allowed: at most %d",
                 SETTINGS_ENTRIES, SETTINGS_ENTRIES);
        return STATUS_USAGE;
    }
    if (i < 0) {
        i = map->count++;
        strcpy(map->entry[i].key, key);
    }
    map->entry[i].value = value;
    return STATUS_OK;
}

static enum status parse_map(void *value, const struct parameter *row, const char *text,
                             char reason[SETTINGS_VALUE])
{
    struct settings_map map;
    memset(&map, 0, sizeof map);
    if (row->choices && strcmp(text, automatic) == 0) {
        map.count = SETTINGS_AUTO;
        memcpy(value, &map, sizeof map);
        return STATUS_OK;
    }
    if (*text != '{')
        return refuse(reason, row, text);
    const char *at = text + 1;
    while (!closed(&at, '}')) {
        char key[WORD], number[WORD];
        if (!read_word(key, &at, ":"))
            return refuse(reason, row, text);
        at++;
        if (!read_word(number, &at, ",}"))
            return refuse(reason, row, text);
        if (settings_value_find(&map, key) >= 0 || (map.from && strcmp(key, from) == 0))
            return found_twice(reason, key);
        if (settings_value_entry(&map, row, key, number, reason))
            return STATUS_USAGE;
    }
    memcpy(value, &map, sizeof map);
    return STATUS_OK;
}

static enum status add_item(struct settings_list *list, const struct parameter *row,
                            const char *word, char reason[SETTINGS_VALUE])
{
    if (row->choices && settings_value_choice(row->choices, row, word, reason) < 0)
        return STATUS_USAGE;
    if (!plain_word(word) || list->count == SETTINGS_ENTRIES)
        return refuse(reason, row, word);
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->item[i], word) == 0)
            return found_twice(reason, word);
    strcpy(list->item[list->count++], word);
    return STATUS_OK;
}

static enum status parse_list(void *value, const struct parameter *row, const char *text,
                              char reason[SETTINGS_VALUE])
{
    struct settings_list list;
    memset(&list, 0, sizeof list);
    if (*text != '[') {
        if (add_item(&list, row, text, reason))
            return STATUS_USAGE;
    } else {
        const char *at = text + 1;
        while (!closed(&at, ']')) {
            char word[WORD];
            if (!read_word(word, &at, ",]"))
                return refuse(reason, row, text);
            if (add_item(&list, row, word, reason))
                return STATUS_USAGE;
        }
    }
    memcpy(value, &list, sizeof list);
    return STATUS_OK;
}

/* Numbers in brackets; inner brackets group them for the reader only, so that [[0, 1, 2], [3, 4, 5]]
 * and its resolved form [0, 1, 2, 3, 4, 5] are the same. */
static enum status parse_integers(void *value, const struct parameter *row, const char *text,
                                  char reason[SETTINGS_VALUE])
{
    struct settings_integers integers;
    memset(&integers, 0, sizeof integers);
    int depth = *text == '[' ? 1 : 0;
    const char *at = text + 1;
    while (depth > 0) {
        at += strspn(at, " \t\r\n,");
        if (*at == '[' || *at == ']') {
            depth += *at++ == '[' ? 1 : -1;
            continue;
        }
        char word[WORD];
        double number;
        if (!read_word(word, &at, ",]") || integers.count == SETTINGS_INTEGERS)
            return refuse(reason, row, text);
        if (settings_value_number(&number, row, word, reason))
            return STATUS_USAGE;
        integers.value[integers.count++] = (int64_t)number;
    }
    if (*text != '[' || at[strspn(at, blanks)] != '\0')
        return refuse(reason, row, text);
    memcpy(value, &integers, sizeof integers);
    return STATUS_OK;
}

/* A text or a path; the path none is empty. */
static enum status parse_text(void *value, const struct parameter *row, const char *text,
                              char reason[SETTINGS_VALUE])
{
    bool path = row->type == PARAMETER_PATH;
    size_t length = strlen(text), size = path ? SETTINGS_PATH : SETTINGS_NAME;
    bool printable = length > 0 && length < size;
    for (size_t i = 0; i < length; i++)
        printable = printable && !iscntrl((unsigned char)text[i]);
    if (!printable)
        return refuse(reason, row, text);
    memset(value, 0, size);
    if (!path || strcmp(text, no_path) != 0)
        memcpy(value, text, length);
    return STATUS_OK;
}

int settings_value_choice(const char *const *words, const struct parameter *row, const char *word,
                          char reason[SETTINGS_VALUE])
{
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    refuse(reason, row, word);
    const char *near = settings_closest(word, words);
    if (near) {
        size_t length = strlen(reason);
        snprintf(reason + length, SETTINGS_VALUE - length, "; did you mean %s?", near);
    }
    return -1;
}

enum status settings_value_parse(void *value, const struct parameter *row, const char *text,
                                 char reason[SETTINGS_VALUE])
{
    static const char *const booleans[] = {"false", "true", NULL};
    double number;
    int choice;
    switch (row->type) {
    case PARAMETER_REAL:
    case PARAMETER_DURATION:
        return settings_value_number(value, row, text, reason);
    case PARAMETER_INTEGER:
        if (settings_value_number(&number, row, text, reason))
            return STATUS_USAGE;
        *(int64_t *)value = (int64_t)number;
        return STATUS_OK;
    case PARAMETER_BOOLEAN:
        choice = settings_value_choice(booleans, row, text, reason);
        if (choice >= 0)
            *(bool *)value = choice == 1;
        return choice >= 0 ? STATUS_OK : STATUS_USAGE;
    case PARAMETER_CHOICE:
        choice = settings_value_choice(row->choices, row, text, reason);
        if (choice >= 0)
            *(int *)value = choice;
        return choice >= 0 ? STATUS_OK : STATUS_USAGE;
    case PARAMETER_LIST:
        return parse_list(value, row, text, reason);
    case PARAMETER_MAP:
        return parse_map(value, row, text, reason);
    case PARAMETER_INTEGERS:
        return parse_integers(value, row, text, reason);
    default:
        return parse_text(value, row, text, reason);
    }
}

void settings_value_print_number(char text[SETTINGS_VALUE], const struct parameter *row,
                                 double value)
{
    if (isnan(value)) {
        strcpy(text, automatic);
        return;
    }
    if (isinf(value)) {
        strcpy(text, value > 0 ? "inf" : "-inf");
        return;
    }
    /* 17 digits always read back to the same bits; often fewer do. */
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, SETTINGS_VALUE, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    if (row->type == PARAMETER_INTEGER || row->type == PARAMETER_INTEGERS)
        snprintf(text, SETTINGS_VALUE, "%.0f", value);
    if (row->type == PARAMETER_DURATION)
        strcat(strcat(text, " "), row->unit);
}

static void print_map(char text[SETTINGS_VALUE], const struct parameter *row,
                      const struct settings_map *map)
{
    struct parameter number = *row;
    number.type = PARAMETER_REAL;
    if (map->count == SETTINGS_AUTO) {
        strcpy(text, automatic);
        return;
    }
    bool found = map->from == SETTINGS_FROM_EFFICIENCY;
    char *at = text + sprintf(text, found ? "{from: efficiency" : "{");
    for (int i = 0; i < map->count; i++) {
        char value[SETTINGS_VALUE];
        settings_value_print_number(value, &number, map->entry[i].value);
        at += sprintf(at, "%s%s: %s", i || found ? ", " : "", map->entry[i].key, value);
    }
    strcpy(at, "}");
}

static void print_list(char text[SETTINGS_VALUE], const struct settings_list *list)
{
    char *at = text + sprintf(text, "[");
    for (int i = 0; i < list->count; i++)
        at += sprintf(at, "%s%s", i ? ", " : "", list->item[i]);
    strcpy(at, "]");
}

static void print_integers(char text[SETTINGS_VALUE], const struct settings_integers *integers)
{
    char *at = text + sprintf(text, "[");
    for (int i = 0; i < integers->count; i++)
        at += sprintf(at, "%s%lld", i ? ", " : "", (long long)integers->value[i]);
    strcpy(at, "]");
}

void settings_value_print(char text[SETTINGS_VALUE], const struct parameter *row, const void *value)
{
    switch (row->type) {
    case PARAMETER_REAL:
    case PARAMETER_DURATION:
        settings_value_print_number(text, row, *(const double *)value);
        break;
    case PARAMETER_INTEGER:
        settings_value_print_number(text, row, (double)*(const int64_t *)value);
        break;
    case PARAMETER_BOOLEAN:
        strcpy(text, *(const bool *)value ? "true" : "false");
        break;
    case PARAMETER_CHOICE:
        strcpy(text, row->choices[*(const int *)value]);
        break;
    case PARAMETER_LIST:
        print_list(text, value);
        break;
    case PARAMETER_MAP:
        print_map(text, row, value);
        break;
    case PARAMETER_INTEGERS:
        print_integers(text, value);
        break;
    case PARAMETER_PATH:
        snprintf(text, SETTINGS_VALUE, "%s", *(const char *)value ? (const char *)value : no_path);
        break;
    default:
        snprintf(text, SETTINGS_VALUE, "%s", (const char *)value);
    }
}

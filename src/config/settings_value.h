/* Values of parameters as text, one type at a time. Inside settings only. */
#ifndef SETTINGS_VALUE_H
#define SETTINGS_VALUE_H

#include "config/settings.h"

/* Local. Reads a real, an integer or a duration (as ms) of `row`. On failure returns STATUS_USAGE
 * and `value` is unchanged. */
enum status settings_value_number(double *value, const struct parameter *row, const char *text,
                                  char reason[SETTINGS_VALUE]);

/* Local. Sets or adds one entry of a map described by `row`. As above on failure. */
enum status settings_value_entry(struct settings_map *map, const struct parameter *row,
                                 const char *key, const char *text, char reason[SETTINGS_VALUE]);

/* Local. Reads a value of any type but PARAMETER_VARIANT into memory. As above on failure. */
enum status settings_value_parse(void *value, const struct parameter *row, const char *text,
                                 char reason[SETTINGS_VALUE]);

/* Local. The word's index in `words`, or -1 with the reason. */
int settings_value_choice(const char *const *words, const struct parameter *row, const char *word,
                          char reason[SETTINGS_VALUE]);

/* Local. Index of `key` in `map`, or -1. */
int settings_value_find(const struct settings_map *map, const char *key);

/* Local. Write a number of `row`, and a value of any type but PARAMETER_VARIANT. */
void settings_value_print_number(char text[SETTINGS_VALUE], const struct parameter *row,
                                 double value);
void settings_value_print(char text[SETTINGS_VALUE], const struct parameter *row,
                          const void *value);

#endif

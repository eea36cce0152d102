/* Parameters that are one number each, by their row instead of by name: sweeps set them a million times. */
#include <math.h>
#include <string.h>

#include "config/settings_value.h"

/* A value as struct settings has it. */
union plain {
    double real;
    int64_t integer;
    int choice;
    bool boolean;
};

bool settings_is_plain(const struct parameter *row)
{
    return row && row->type <= PARAMETER_CHOICE && !settings_is_first(row);
}

static double number_of(const union plain *plain, const struct parameter *row)
{
    switch (row->type) {
    case PARAMETER_INTEGER:
        return (double)plain->integer;
    case PARAMETER_BOOLEAN:
        return plain->boolean;
    case PARAMETER_CHOICE:
        return plain->choice;
    default:
        return plain->real;
    }
}

static void put(union plain *plain, const struct parameter *row, double number)
{
    switch (row->type) {
    case PARAMETER_INTEGER:
        plain->integer = (int64_t)number;
        break;
    case PARAMETER_BOOLEAN:
        plain->boolean = number != 0;
        break;
    case PARAMETER_CHOICE:
        plain->choice = (int)number;
        break;
    default:
        plain->real = number;
    }
}

enum status settings_read_plain(double *number, const struct parameter *row, const char *text,
                                char reason[SETTINGS_VALUE])
{
    union plain plain;
    enum status status = settings_value_parse(&plain, row, text, reason);
    if (!status)
        *number = number_of(&plain, row);
    return status;
}

void settings_write_plain(char text[SETTINGS_VALUE], const struct parameter *row, double number)
{
    union plain plain;
    put(&plain, row, number);
    settings_value_print(text, row, &plain);
}

void settings_put(struct settings *settings, const struct parameter *row, double number)
{
    union plain plain;
    put(&plain, row, number);
    size_t bytes = row->type == PARAMETER_BOOLEAN  ? sizeof plain.boolean
                   : row->type == PARAMETER_CHOICE ? sizeof plain.choice
                                                   : sizeof plain.real; // as a whole number's
    memcpy((char *)settings + row->offset, &plain, bytes);
}

double settings_row_number(const struct settings *settings, const struct parameter *row)
{
    const void *value = (const char *)settings + row->offset;
    if (row->type == PARAMETER_REAL || row->type == PARAMETER_DURATION)
        return *(const double *)value;
    return row->type == PARAMETER_INTEGER ? (double)*(const int64_t *)value : NAN;
}

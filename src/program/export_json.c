/* Texts and numbers of JSON. */
#include <math.h>

#include "program/export.h"

void command_json_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        unsigned char letter = (unsigned char)*text;
        if (letter == '"' || letter == '\\')
            fprintf(out, "\\%c", letter);
        else if (letter < 0x20)
            fprintf(out, "\\u%04x", letter);
        else
            fputc(letter, out);
    }
    fputc('"', out);
}

void command_json_value(FILE *out, const struct command_export *export, int64_t candidate, int axis)
{
    const struct command_axis *of = &export->axis[axis];
    if (!sweep_has(&export->results.config.sweep, candidate, axis))
        fputs("null", out);
    else if (of->number)
        command_export_number(out,
                              export->value[candidate * export->results.config.sweep.axes + axis]);
    else
        command_json_text(out, of->word[command_export_word(export, candidate, axis)]);
}

void command_json_numbers(FILE *out, const struct command_number *number, int numbers)
{
    for (int i = 0; i < numbers; i++) {
        if (!isfinite(number[i].value))
            continue;
        fputc(',', out);
        command_json_text(out, number[i].name);
        fputc(':', out);
        command_export_number(out, number[i].value);
    }
}

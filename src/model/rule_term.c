#include "model/rule_term.h"

#include <stdio.h>
#include <string.h>

_Static_assert(3 * RULE_VARIABLES <= RULE_NAME, "the longest name is \"r5 d5 ...\"");

void rule_variable_name(char text[RULE_TEXT], int v)
{
    static const char *const side[] = {
        [RULE_PRESYNAPTIC] = "presynaptic ", [RULE_POSTSYNAPTIC] = "postsynaptic "};
    static const char *const signal[] = {[RULE_RATE] = "rate", [RULE_CHANGE] = "change"};
    const struct rule_variable *variable = &rule_variables[v];
    bool weight = variable->side == RULE_SYNAPSE;
    snprintf(text, RULE_TEXT, "%c %s%s", variable->letter, weight ? "" : side[variable->side],
             weight ? "weight" : signal[variable->signal]);
}

bool rule_term_read(struct rule_term *term, const char *name)
{
    int next = 0; // the variables' order is that of the table
    *term = (struct rule_term){0};
    for (const char *at = name; next == 0 || *at; next++) {
        at += strspn(at, " ");
        while (next < RULE_VARIABLES && rule_variables[next].letter != *at)
            next++;
        if (next == RULE_VARIABLES || at[1] < '0' || at[1] > '0' + RULE_DEGREE)
            return false;
        term->power[next] = (unsigned char)(at[1] - '0');
        at += 2;
        if (*at && *at != ' ')
            return false;
    }
    return true;
}

bool rule_term_has_others(const struct rule_term *term)
{
    for (int v = 0; v < RULE_VARIABLES; v++)
        if (!rule_is_base(v) && term->power[v])
            return true;
    return false;
}

void rule_term_write(char name[RULE_NAME], const struct rule_term *term)
{
    char *at = name;
    bool others = rule_term_has_others(term);
    for (int v = 0; v < RULE_VARIABLES; v++) {
        bool always = !others && rule_is_base(v);
        if (!term->power[v] && !always)
            continue;
        if (at > name)
            *at++ = ' ';
        *at++ = rule_variables[v].letter;
        *at++ = (char)('0' + term->power[v]);
    }
    *at = 0;
}

void rule_term_print(char text[RULE_TEXT], const struct rule_term *term)
{
    *text = 0;
    for (int v = 0; v < RULE_VARIABLES; v++) {
        char *end = text + strlen(text);
        size_t left = RULE_TEXT - (size_t)(end - text);
        if (term->power[v] == 1)
            snprintf(end, left, " %s", rule_variables[v].symbol);
        else if (term->power[v] > 1)
            snprintf(end, left, " %s^%d", rule_variables[v].symbol, term->power[v]);
    }
}

int rule_term_compare(const struct rule_term *a, const struct rule_term *b)
{
    for (int v = RULE_VARIABLES - 1; v >= 0; v--)
        if (a->power[v] != b->power[v])
            return a->power[v] - b->power[v];
    return 0;
}

bool rule_term_alike(const struct rule_term *a, const struct rule_term *b, enum rule_side side)
{
    for (int v = 0; v < RULE_VARIABLES; v++)
        if (rule_variables[v].side == side && a->power[v] != b->power[v])
            return false;
    return true;
}

int rule_term_weight(const struct rule_term *term)
{
    int power = 0;
    for (int v = 0; v < RULE_VARIABLES; v++)
        power += rule_variables[v].side == RULE_SYNAPSE ? term->power[v] : 0;
    return power;
}

bool rule_term_has(const struct rule_term *term, enum rule_side side)
{
    for (int v = 0; v < RULE_VARIABLES; v++)
        if (!rule_is_base(v) && rule_variables[v].side == side && term->power[v])
            return true;
    return false;
}

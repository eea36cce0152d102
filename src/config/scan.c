/* A look at the text before libyaml makes a tree of it: a few lines of aliases of aliases can stand
 * for more nodes than there is memory, and libyaml takes time quadratic in the depth of brackets. */
#include <string.h>

#include "config/reader.h"

enum {
    DEEPEST = 32,   /* maps and lists inside of each other; a right file has 6 at the most */
    LARGEST = 5000, /* keys and words outside of lists; a right file has some hundreds */
};

/* Where the scan is. */
struct scan {
    int depth; /* in maps and lists */
    int lists; /* in lists */
    int words; /* so far, outside of lists */
};

/* The byte order mark at the start of `text`, as 3 bytes of UTF-8; 0 if there is none. */
size_t config_scan_mark(const char *text)
{
    static const char mark[] = "\xEF\xBB\xBF";
    return strncmp(text, mark, 3) == 0 ? 3 : 0;
}

/* Complains of one event that no sweep file may have. */
static void look(struct config_reader *reader, const yaml_event_t *event, const struct scan *scan)
{
    bool plain =
        event->type == YAML_SCALAR_EVENT && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (event->type == YAML_ALIAS_EVENT)
        config_reader_complain(reader, &event->start_mark,
                               "found the alias *%.60s, allowed: the value itself, written out",
                               (const char *)event->data.alias.anchor);
    else if (plain && strcmp((const char *)event->data.scalar.value, "<<") == 0)
        config_reader_complain(reader, &event->start_mark,
                               "found the merge key <<, allowed: the keys themselves, written out");
    else if (scan->depth > DEEPEST)
        config_reader_complain(reader, &event->start_mark,
                               "found more than %d maps or lists inside of each other, allowed: "
                               "sections with their parameters",
                               DEEPEST);
    else if (scan->words > LARGEST)
        config_reader_complain(reader, &event->start_mark,
                               "found more than %d keys and values, allowed: fewer", LARGEST);
}

static void step(struct scan *scan, const yaml_event_t *event)
{
    bool map = event->type == YAML_MAPPING_START_EVENT,
         list = event->type == YAML_SEQUENCE_START_EVENT;
    bool ends = event->type == YAML_SEQUENCE_END_EVENT;
    scan->depth += map || list;
    scan->depth -= ends || event->type == YAML_MAPPING_END_EVENT;
    scan->lists += list ? 1 : ends ? -1 : 0;
    scan->words += event->type == YAML_SCALAR_EVENT && scan->lists == 0;
}

/* What is not YAML ends the scan without a complaint: who loads it tells better. */
void config_scan(struct config_reader *reader, const char *text)
{
    yaml_parser_t parser;
    struct scan scan = {0};
    int before = reader->complaints;
    if (!yaml_parser_initialize(&parser)) {
        reader->out_of_memory = true;
        return;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, strlen(text));
    for (bool more = true; more && reader->complaints == before;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event))
            break;
        step(&scan, &event);
        look(reader, &event, &scan);
        more = event.type != YAML_STREAM_END_EVENT && event.type != YAML_NO_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
}

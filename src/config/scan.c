/* A look at the text before libyaml makes a tree of it: a few lines of aliases of aliases can stand
 * for more values than can be read in a lifetime, and libyaml takes time quadratic in the depth of
 * brackets. The values that aliases stand for are counted as if they were written out. */
#include <string.h>

#include "config/reader.h"

enum {
    DEEPEST = 32,     /* maps and lists inside of each other; a right file has 6 at the most */
    LARGEST = 5000,   /* keys and words outside of lists; a right file has some hundreds */
    WIDEST = 4 << 20, /* values with what aliases stand for; the largest axis has a million */
    ANCHORS = 100,
};

/* What an alias stands for. */
struct anchor {
    char name[SETTINGS_NAME];
    int depth, lists; /* of the scan where it begins */
    long nodes;       /* values in it, with what its own aliases stand for */
    int words;        /* of them outside of its lists */
    bool open;        /* its end is not yet reached */
};

/* Where the scan is. */
struct scan {
    int depth;  /* in maps and lists */
    int lists;  /* in lists */
    int words;  /* so far, outside of lists */
    long nodes; /* so far */
    int anchors;
    struct anchor anchor[ANCHORS];
};

/* The byte order mark at the start of `text`, as 3 bytes of UTF-8; 0 if there is none. */
size_t config_scan_mark(const char *text)
{
    static const char mark[] = "\xEF\xBB\xBF";
    return strncmp(text, mark, 3) == 0 ? 3 : 0;
}

/* The anchor that this alias means: the last one of its name. */
static struct anchor *find(struct scan *scan, const char *name)
{
    int a = scan->anchors - 1;
    while (a >= 0 && strncmp(scan->anchor[a].name, name, SETTINGS_NAME - 1) != 0)
        a--;
    return a < 0 ? NULL : &scan->anchor[a];
}

/* Complains of one event that no sweep file may have. */
static void look(struct config_reader *reader, const yaml_event_t *event, struct scan *scan)
{
    bool plain =
        event->type == YAML_SCALAR_EVENT && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    const char *alias =
        event->type == YAML_ALIAS_EVENT ? (const char *)event->data.alias.anchor : "";
    const struct anchor *anchor = find(scan, alias);
    if (*alias && anchor && anchor->open)
        config_reader_complain(reader, &event->start_mark,
                               "found the alias *%.60s in what it stands for, allowed: outside of "
                               "it",
                               alias);
    else if (plain && strcmp((const char *)event->data.scalar.value, "<<") == 0)
        config_reader_complain(reader, &event->start_mark,
                               "found the merge key <<, allowed: the keys themselves, written out");
    else if (scan->depth > DEEPEST)
        config_reader_complain(reader, &event->start_mark,
                               "found more than %d maps or lists inside of each other, allowed: "
                               "sections with their parameters",
                               DEEPEST);
    else if (scan->words > LARGEST || scan->nodes > WIDEST)
        config_reader_complain(reader, &event->start_mark,
                               "found more than %d keys and values, allowed: fewer",
                               scan->words > LARGEST ? LARGEST : WIDEST);
    else if (scan->anchors == ANCHORS)
        config_reader_complain(reader, &event->start_mark,
                               "found %d anchors (&name), allowed: fewer", ANCHORS);
}

/* Adds to what was found so far, and to the anchors around it. */
static void add(struct scan *scan, long nodes, int words)
{
    scan->nodes += nodes;
    scan->words += scan->lists == 0 ? words : 0;
    for (int a = 0; a < scan->anchors; a++) {
        struct anchor *anchor = &scan->anchor[a];
        anchor->nodes += anchor->open ? nodes : 0;
        anchor->words += anchor->open && scan->lists == anchor->lists ? words : 0;
    }
}

/* Notes the anchor of a value that begins here, of which 1 node is counted already. */
static void note(struct scan *scan, const yaml_event_t *event)
{
    bool scalar = event->type == YAML_SCALAR_EVENT;
    const yaml_char_t *name = scalar ? event->data.scalar.anchor
                              : event->type == YAML_MAPPING_START_EVENT
                                  ? event->data.mapping_start.anchor
                                  : event->data.sequence_start.anchor;
    if (!name)
        return;
    struct anchor *anchor = &scan->anchor[scan->anchors++];
    *anchor = (struct anchor){
        .depth = scan->depth, .lists = scan->lists, .nodes = 1, .words = scalar, .open = !scalar};
    strncpy(anchor->name, (const char *)name, SETTINGS_NAME - 1);
}

static void step(struct scan *scan, const yaml_event_t *event)
{
    bool map = event->type == YAML_MAPPING_START_EVENT,
         list = event->type == YAML_SEQUENCE_START_EVENT, scalar = event->type == YAML_SCALAR_EVENT;
    bool ends = event->type == YAML_SEQUENCE_END_EVENT;
    if (map || list || scalar) {
        add(scan, 1, scalar);
        note(scan, event);
    } else if (event->type == YAML_ALIAS_EVENT) {
        const struct anchor *anchor = find(scan, (const char *)event->data.alias.anchor);
        if (anchor)
            add(scan, anchor->nodes, anchor->words);
    }
    scan->depth += map || list;
    scan->lists += list ? 1 : ends ? -1 : 0;
    if (!ends && event->type != YAML_MAPPING_END_EVENT)
        return;
    scan->depth--;
    for (int a = 0; a < scan->anchors; a++)
        scan->anchor[a].open &= scan->anchor[a].depth < scan->depth;
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

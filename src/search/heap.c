#include <stdlib.h>

#include "search/heap.h"

/* Ties go to the smaller candidate and the earlier iteration, so that the order of jobs is the
 * same on every machine. */
static bool before(const struct search_node *a, const struct search_node *b)
{
    if (a->priority != b->priority)
        return a->priority > b->priority;
    if (a->candidate != b->candidate)
        return a->candidate < b->candidate;
    return a->iteration < b->iteration;
}

static void put(struct search_heap *heap, int64_t place, struct search_node *node)
{
    heap->node[place] = node;
    node->place = place;
}

void search_heap_rise(struct search_heap *heap, struct search_node *node)
{
    int64_t place = node->place;
    while (place > 0 && before(node, heap->node[(place - 1) / 2])) {
        put(heap, place, heap->node[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put(heap, place, node);
}

static void sink(struct search_heap *heap, struct search_node *node)
{
    int64_t place = node->place;
    for (;;) {
        int64_t child = 2 * place + 1;
        if (child + 1 < heap->count && before(heap->node[child + 1], heap->node[child]))
            child++;
        if (child >= heap->count || !before(heap->node[child], node))
            break;
        put(heap, place, heap->node[child]);
        place = child;
    }
    put(heap, place, node);
}

bool search_heap_add(struct search_heap *heap, struct search_node *node)
{
    if (heap->count == heap->capacity) {
        int64_t capacity = 2 * heap->capacity + 64;
        struct search_node **grown = realloc(heap->node, (size_t)capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        heap->node = grown;
        heap->capacity = capacity;
    }
    node->place = heap->count++;
    search_heap_rise(heap, node);
    return true;
}

void search_heap_remove(struct search_heap *heap, struct search_node *node)
{
    struct search_node *last = heap->node[--heap->count];
    if (last != node) {
        put(heap, node->place, last);
        search_heap_rise(heap, last);
        sink(heap, last);
    }
    node->place = -1;
}

void search_heap_free(struct search_heap *heap)
{
    free(heap->node);
    *heap = (struct search_heap){0};
}

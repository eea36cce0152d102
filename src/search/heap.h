/* The binary heap of rounds.c: who comes first. */
#ifndef SEARCH_HEAP_H
#define SEARCH_HEAP_H

#include <stdbool.h>
#include <stdint.h>

/* Embedded in what stands in the heap. */
struct search_node {
    double priority; /* largest first; ties by candidate, then by iteration, smallest first */
    int64_t candidate;
    int32_t iteration;
    int64_t place; /* in the heap; -1: not there */
};

/* Zero-initialise. */
struct search_heap {
    struct search_node **node; /* [count]; node[0] comes first */
    int64_t count, capacity;
};

/* Local. Adds a node that is not there; false when out of memory. */
bool search_heap_add(struct search_heap *heap, struct search_node *node);

/* Local. Takes out a node that is there. */
void search_heap_remove(struct search_heap *heap, struct search_node *node);

/* Local. The node's priority has grown. */
void search_heap_rise(struct search_heap *heap, struct search_node *node);

void search_heap_free(struct search_heap *heap);

#endif

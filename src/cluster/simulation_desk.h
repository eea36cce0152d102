/* The workers of a simulation: what stands on their desks, what becomes of it, and what their time went
 * to. Private to the simulation module. */
#ifndef SIMULATION_DESK_H
#define SIMULATION_DESK_H

#include "cluster/simulation.h"
#include "search/heap.h"

enum { SIMULATION_BINS = 200 };

struct stint {
    int64_t candidate;
    int32_t kind, iteration, seed, parameters;
    double before;  /* the worker had nothing to do since */
    double starved; /* and no job waited for so long */
    double start, end;
    bool stopped;
};

struct desk {
    struct search_node next; /* when rank 0 hears of it; first, so that a node is its desk */
    struct stint stint[SCHEDULER_HOLDS];
    int count;
    double free;  /* end of the last stint */
    double spoke; /* when it last sent something */
    double seen;  /* when rank 0 took its last outcome, or first heard of it; INFINITY: not yet */
    double died;  /* INFINITY: it lives */
};

struct world {
    const struct simulation *model;
    struct simulation_result *result;
    struct search *search;
    struct scheduler *scheduler;
    struct desk *desk;            /* [workers] */
    int workers, living, holding; /* of the living, those with a stint */
    struct search_heap heap;
    double now, turn;     /* of rank 0; its turn began */
    double traffic;       /* of rank 0: its last message */
    double speaks, ticks; /* of rank 0: when it does next */
    double full;          /* all had a stint for the last time */
    struct scheduler_limit limit;
    bool told;                          /* to stop */
    double failure;                     /* time of the next one */
    int64_t failures;                   /* planned */
    double bin[SIMULATION_BINS], width; /* useful seconds by time */
};

/* Local. Sets when rank 0 hears of the worker next; false when out of memory. */
bool simulation_desk_arm(struct world *world, struct desk *desk);

/* Local. Until it is armed again rank 0 hears nothing of the worker. */
void simulation_desk_disarm(struct world *world, struct desk *desk);

/* Local. When rank 0 hears of an armed desk. */
double simulation_desk_arrival(const struct desk *desk);

/* Local. When a rank that has waited since `since` sees what comes at `time`. */
double simulation_desk_notice(const struct world *world, double since, double time);

/* Local. A job is sent to the worker at the time of rank 0; false when out of memory. */
bool simulation_desk_give(struct world *world, struct desk *desk, const struct job *job);

/* Local. Takes the first stint off the desk and books its worker's time up to it; whether its own was
 * useful is the caller's to say. */
struct stint simulation_desk_take(struct world *world, struct desk *desk);

/* Local. The worker hears at `time` that all ends: what runs is stopped. False when out of memory. */
bool simulation_desk_stop(struct world *world, struct desk *desk, double time);

/* Local. Books what is left of the worker's time, up to the end of all. */
void simulation_desk_close(struct simulation_result *result, const struct desk *desk);

/* Local. Plans the first failure; lets nodes die up to `time`. */
void simulation_desk_plan_failure(struct world *world);
void simulation_desk_fail(struct world *world, double time);

#endif

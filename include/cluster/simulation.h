/* A run without its lifetimes: the real search and the real scheduler, driven by a model of ranks,
 * messages and failures in which time is a number. What the model leaves out: the start and end of MPI,
 * the archive, and that a worker looks for messages between two trials only. */
#ifndef SIMULATION_H
#define SIMULATION_H

#include "cluster/scheduler.h"

/* The model. Times are in seconds. */
struct simulation {
    int ranks;           /* 2 or more; rank 0 coordinates */
    double latency;      /* from the sending of a message until it is there */
    double service;      /* of rank 0, for each message that it takes or sends */
    double look;         /* of rank 0, for each worker in scheduler_tick() */
    double sign_of_life; /* between two signs; 0: none are given, and nobody is watched */
    bool naps;           /* ranks that wait sleep as wire_nap() says, as on several hosts */
    double failures;     /* nodes that die a second, at random; never that of rank 0. 0: none */
    int node;            /* ranks of a node */
    double deadline;     /* when running lifetimes are to end; 0: none */
    uint64_t seed;       /* of the failures */

    /* How long a job takes. It must be the same whenever it is asked. */
    double (*seconds)(void *context, const struct job *job);
    void *context;
};

enum { SIMULATION_PARTS = 10 };

/* Seconds of all workers together are useful + lost + starved + waiting + dead. */
struct simulation_result {
    double makespan; /* until rank 0 knows that all is done, or has stopped */
    double useful;   /* in jobs whose outcome counted */
    double lost;     /* in jobs that died with their worker, were run twice or were stopped */
    double starved;  /* without a job while none waited */
    double
        waiting; /* without a job while one waited or was under way, or rank 0 did not know yet */
    double dead; /* of workers that had died */
    double efficiency; /* useful, of the time of all ranks */
    double busy;       /* seconds of rank 0 */
    double delay;      /* the longest that a message waited for rank 0 */
    double tail;       /* since all live workers had a job for the last time */
    double computing
        [SIMULATION_PARTS]; /* share of the workers in useful jobs, by tenths of the time */
    int64_t messages;       /* that rank 0 took or sent */
    int64_t jobs, done;     /* that were to be done */
    int64_t nodes, workers; /* that died */
    bool overloaded;        /* rank 0 never came to the end of the messages */
};

/* Local. Runs the jobs that are left of `search`; every lifetime comes out the same. The run ends when
 * all jobs are done, at the deadline, when all workers are dead or when rank 0 is overloaded: then
 * done < jobs. STATUS_OK, or STATUS_FAILED (out of memory). */
enum status simulation_run(struct simulation_result *result, struct search *search,
                           const struct simulation *simulation, struct error *error);

/* Local. Seconds of a job drawn for it alone, on average `mean`, by `seed`: log-uniform, the longest
 * `spread` times as long as the shortest. Of JOB_SCALE 0. */
double simulation_draw(const struct job *job, double mean, double spread, uint64_t seed);

#endif

/* Everything that passes between ranks, and the only file besides the archive that includes mpi.h.
 * Messages are small (at most 2 KB), go between rank 0 and a worker only, and neither
 * sending nor receiving ever blocks. There are no collectives but at the start and the orderly end.
 *
 * MPI makes progress only inside its calls: whoever computes for long calls wire_receive() now and
 * then. */
#ifndef WIRE_H
#define WIRE_H

#include <mpi.h>

#include "search.h"

enum {
    WIRE_TEXT = 1024, /* bytes of a failure's text, with the final 0 */
};

enum wire_kind {
    WIRE_ALIVE,   /* worker: a sign of life; the first one says that it is ready */
    WIRE_OUTCOME, /* worker: a job has ended */
    WIRE_FAILURE, /* worker: the world failed; `text` says how */
    WIRE_JOB,     /* coordinator: run this */
    WIRE_STOP,    /* coordinator: end the lifetime at the next trial, drop waiting jobs */
    WIRE_END,     /* coordinator: leave the loop */
    WIRE_BROKEN,  /* coordinator: leave the loop, and no collectives: some rank is lost */
};

struct wire_message {
    int kind; /* enum wire_kind */
    int rank; /* the sender; filled in by wire_receive() */
    union {
        struct job job;
        struct outcome outcome;
        char text[WIRE_TEXT];
    } body;
};

struct wire; /* opaque */

/* Collective. Starts MPI. STATUS_OK or STATUS_FAILED. */
enum status wire_start(struct wire **wire, struct error *error);

/* Collective. Ends MPI and releases `wire`. On a broken wire it is local and does not return: a
 * collective would wait for the dead, so rank 0 has MPI kill all ranks with `status` once it is
 * here, and the others wait for that. Print and write everything before. */
void wire_end(struct wire *wire, enum status status);

/* Local. Says that some rank may be dead: no collectives from now on. */
void wire_break(struct wire *wire);
bool wire_broken(const struct wire *wire);

/* Local. */
int wire_rank(const struct wire *wire);
int wire_ranks(const struct wire *wire);
MPI_Comm wire_communicator(const struct wire *wire);

/* Local, also before wire_start(). Name and version of the MPI library. */
const char *wire_library(void);

/* Local. Seconds of a steady clock. */
double wire_time(void);

/* Collective. Rank 0's `status` becomes everyone's: the decision whether to start. */
enum status wire_decide(struct wire *wire, enum status status);

/* Collective. The gravest of all ranks' statuses (FAILED, then USAGE, INTERRUPTED, OK). */
enum status wire_agree(struct wire *wire, enum status status);

/* Collective. Gives rank 0's `*count` texts to everyone. On rank 0 `*texts` is read, on the others
 * it is set to memory that one free() releases. STATUS_OK or STATUS_FAILED, the same on all. */
enum status wire_share(struct wire *wire, int *count, const char ***texts, struct error *error);

/* Collective. The names of all hosts with their numbers of ranks, "n01 x 32, n02 x 32",
 * malloc'ed on rank 0, NULL on the others or when out of memory. */
char *wire_hosts(struct wire *wire);

/* Local. Sends a message to `rank`; it is copied. STATUS_FAILED when MPI reports that the other is
 * gone, or when it has long not taken what was sent before. */
enum status wire_send(struct wire *wire, int rank, const struct wire_message *message);

/* Local. Takes the next message that has come; false: none. */
bool wire_receive(struct wire *wire, struct wire_message *message);

/* Local. Called when there is nothing to do: yields the processor, or sleeps once a millisecond
 * has passed without a message. */
void wire_rest(struct wire *wire);

#endif

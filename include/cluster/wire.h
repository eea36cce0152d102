/* Everything that passes between ranks, and the only file besides the archive that includes mpi.h.
 * Messages are small (at most 2 KB), go between rank 0 and a worker only, and neither
 * sending nor receiving ever blocks. There are no collectives but at the start and the orderly end.
 * Only a measurement without archive (share.h) has more to send, by wire_send_bulk().
 *
 * MPI makes progress only inside its calls: whoever computes for long calls wire_receive() now and
 * then. */
#ifndef WIRE_H
#define WIRE_H

#include <mpi.h>

#include "search/search.h"

enum {
    WIRE_TEXT = 1024, /* bytes of a failure's text, with the final 0 */
};

enum wire_kind {
    WIRE_ALIVE,    /* a sign of life; a worker's first one says that it is ready */
    WIRE_OUTCOME,  /* worker: a job has ended */
    WIRE_FAILURE,  /* worker: the world failed; `text` says how */
    WIRE_NOTE,     /* worker: a lifetime could not be run; `text` says why; its outcome follows */
    WIRE_JOB,      /* coordinator: run this */
    WIRE_DETACHED, /* worker: my relay is silent, I speak without it; what was under way is lost */
    WIRE_PIECE,    /* of share.h. Rank 0: compute this; worker: it has ended, its result follows */
    WIRE_STOP,     /* coordinator: end the lifetime at the next trial, drop waiting jobs */
    WIRE_END,      /* coordinator: leave the loop */
    WIRE_BROKEN,   /* coordinator: leave the loop, and no collectives: some rank is lost */
};

struct wire_message {
    int kind; /* enum wire_kind */
    int rank; /* the sender; wire_send() fills in both */
    int to;   /* and who it is for */
    union {
        struct job job;
        struct outcome outcome;
        struct {
            int64_t index;
            int32_t status; /* enum status */
        } piece;
        char text[WIRE_TEXT];
    } body;
};

struct wire; /* opaque */

/* Collective. Starts MPI. STATUS_OK, STATUS_FAILED, or STATUS_USAGE under the launcher of another MPI,
 * which one of its processes says. MPI's own start waits for ever for a rank that dies in it: after
 * `patience` seconds (0: none) the process says so and ends with STATUS_FAILED. It is watched on, as
 * by wire_watch(). mpirun does not outlive rank 0 by more than three eightieths of `patience`, or 5 s,
 * and 5 ms a rank; in wire_end() rank 0 may be stopped for a twentieth of it, or 2 s, and 5 ms a rank, before it
 * counts as dead. */
enum status wire_start(struct wire **wire, double patience, struct error *error);

/* Collective. Ends MPI and releases `wire`. On a broken wire it is local and does not return: a
 * collective would wait for the dead, so rank 0 has MPI kill all ranks with `status` once it is
 * here, and the others wait for that. Print and write everything before. */
void wire_end(struct wire *wire, enum status status);

/* Local. Says that some rank may be dead, maybe rank 0 itself: no collectives from now on. */
void wire_break(struct wire *wire, bool rank_0);
bool wire_broken(const struct wire *wire);

/* Local. */
int wire_rank(const struct wire *wire);
int wire_ranks(const struct wire *wire);
MPI_Comm wire_communicator(const struct wire *wire);

/* Local, also before wire_start(). Name and version of the MPI library. */
const char *wire_library(void);

/* Local. Seconds of a steady clock. */
double wire_time(void);

/* Local. The same without the time in which this process did not look for messages for more than
 * WIRE_ABSENCE: it was suspended, or computed. For the silence of others, who may have spoken or
 * been suspended too. It goes on with every wire_receive(). */
double wire_attention(const struct wire *wire);
#define WIRE_ABSENCE 1.0

/* Local. A collective waits for ever for a rank that has died, where mpirun lets the others live.
 * From now on this process ends with `status`, like on a broken wire, unless wire_watch() is called
 * again or wire_end() has returned within `seconds`; 0: no more watching. Where mpirun lets them
 * live, rank 0 waits at most 20 s and 50 ms a rank: not while it works and waits for nobody. */
void wire_watch(struct wire *wire, double seconds, enum status status);

/* Collective. Rank 0's `decision` becomes everyone's. */
int wire_decide(struct wire *wire, int decision);

/* Collective. The gravest of all ranks' statuses (FAILED, then USAGE, INTERRUPTED, OK). */
enum status wire_agree(struct wire *wire, enum status status);

/* Collective. Gives rank 0's `*count` texts to everyone. On rank 0 `*texts` is read, on the others
 * it is set to memory that one free() releases. STATUS_OK or STATUS_FAILED, the same on all. */
enum status wire_share(struct wire *wire, int *count, const char ***texts, struct error *error);

/* Collective. The names of all hosts with their numbers of ranks and of the cores that those may use,
 * "n01 x 33 on 32 cores, n02 x 32 on 32 cores"; in `crowded` those with two ranks or more beyond their cores,
 * "" for none. Both are malloc'ed on rank 0, NULL on the others or when out of memory. */
char *wire_hosts(struct wire *wire, char **crowded);

/* Local. With more workers than rank 0 can have connections to, relays stand between: of every `group` +
 * 1 ranks from 1 on the first passes messages on between rank 0 and those behind it, whenever it calls
 * wire_receive(), and is no worker. All ranks call it with the same `group`, once, before there are
 * messages; 0: no relays. STATUS_OK or STATUS_FAILED (out of memory). */
enum status wire_relay(struct wire *wire, int group, struct error *error);

/* Local. Numbers of workers, from 0 on, and their ranks; -1: `rank` is no worker. */
int wire_workers(const struct wire *wire);
int wire_worker(const struct wire *wire, int rank);
int wire_worker_rank(const struct wire *wire, int worker);

/* Local, with each sign of life. A relay gives one to those behind it; a worker whose relay has been silent
 * for `patience` seconds speaks to rank 0 without it from now on, by WIRE_DETACHED first. */
void wire_keep_group(struct wire *wire, double patience);

/* Local. Sends a message to `rank`; it is copied. STATUS_FAILED when MPI reports that the other is
 * gone, or when it has long not taken what was sent before. */
enum status wire_send(struct wire *wire, int rank, const struct wire_message *message);

/* Local. Takes the next message that has come; false: none. */
bool wire_receive(struct wire *wire, struct wire_message *message);

/* Local. Gives `data` [bytes] to `rank`, which expects it: wire_take_bulk() has the other end. Both
 * wait for each other. */
void wire_send_bulk(struct wire *wire, int rank, const void *data, size_t bytes);
void wire_take_bulk(struct wire *wire, int rank, void *data, size_t bytes);

/* Local. Called when there is nothing to do: yields the processor, or sleeps once a millisecond
 * has passed without a message. One from this host ends the sleep. */
void wire_rest(struct wire *wire);

/* Local. How many seconds wire_rest() sleeps after that many without a message where ranks of other
 * hosts may send one; up to WIRE_YIELDS it does not. */
double wire_nap(double silence);
#define WIRE_YIELDS 1e-3

#endif

/* Messages travel as the bytes of their structures: all ranks run the same program on the same kind
 * of processor. One receive is always posted; what comes meanwhile waits inside MPI, and is little,
 * since a worker holds few jobs. All messages are below the eager limits of Open MPI's transports
 * (4 KB for shared memory), so that a send is over as soon as it is made.
 *
 * A coordinator that waits in MPI calls takes a whole core from the workers on its node, and one
 * that sleeps at once delays short jobs. So it yields for a millisecond, then sleeps for a tenth of
 * the silence so far: a job is delayed by little of its own length. Ranks of one host ring when they
 * send to one that may sleep. With no other host, and as long as no message comes without, naps are long. */

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cluster/wire.h"
#include "cluster/wire_bell.h"
#include "cluster/wire_guard.h"
#include "cluster/wire_launch.h"
#include "cluster/wire_routes.h"

enum {
    TAG = 1,
    TAG_BULK,
    BULK = 1 << 30,    /* bytes of one message in bulk: MPI counts in int */
    SLOTS_RANK = 4,    /* rank 0: messages under way to each worker: jobs, stop, end */
    SLOTS_WORKER = 16, /* messages under way to rank 0 */
    STARTING = -1,     /* the rank, as long as MPI has not told it */
};

static const double PATIENCE = 60; /* s for which a full outbox or a silent end is put up with */
/* How long the launcher may take to end after rank 0, of the patience at the start: at least, share of
 * it, and s for each rank. */
static const double GUARD_LEAST = 5, GUARD_SHARE = 3.0 / 80, GUARD_EACH = 5e-3;
/* How long MPI's own end may take, of the same patience: at least, and share of it; as much for each rank. */
static const double LAST_LEAST = 2, LAST_SHARE = 1.0 / 20;
static const double NAP_SHARE = 0.1, NAP_SHORTEST = 2e-4, NAP_LONGEST = 4e-3; /* s */
static const double NAP_RUNG = 50e-3; /* s, where whoever sends rings */

struct slot {
    MPI_Request request;
    struct wire_message message;
};

struct wire {
    MPI_Comm comm;
    int rank, ranks;
    struct wire_routes routes;
    bool one_host;         /* has all ranks */
    bool broken, headless; /* some rank is lost; rank 0 is */
    MPI_Request receive;
    struct wire_message inbox;
    struct slot *outbox;
    int slots, next; /* of the outbox, and where to look for a free one first */
    double traffic;  /* time of the last message, or ring */
    double *spoken;  /* [ranks] time of the last message to each */
    struct wire_bell bell;
    bool rung;     /* for the last message that came while this rank rested */
    double looked; /* time of the last look for messages */
    double absent; /* seconds without a look, beyond WIRE_ABSENCE each time */
    bool watched;
    pthread_t watcher;
    double patience; /* seconds that the watcher still waits */
    enum status watched_status;
};

static enum status complain(struct error *error, const char *call, int code)
{
    char text[MPI_MAX_ERROR_STRING] = "";
    int length;
    MPI_Error_string(code, text, &length);
    return error_add(error, STATUS_FAILED, "MPI: %s: %s", call, text);
}

double wire_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- start ---- */

static int post_receive(struct wire *wire)
{
    return MPI_Irecv(&wire->inbox, sizeof wire->inbox, MPI_BYTE, MPI_ANY_SOURCE, TAG, wire->comm,
                     &wire->receive);
}

static enum status open_outbox(struct wire *wire, int slots, struct error *error)
{
    wire->slots = slots;
    wire->outbox = error_calloc(error, (unsigned long)slots, sizeof *wire->outbox, "messages");
    if (wire->outbox == NULL)
        return STATUS_FAILED;
    for (int i = 0; i < slots; i++)
        wire->outbox[i].request = MPI_REQUEST_NULL;
    return STATUS_OK;
}

static enum status open_boxes(struct wire *wire, struct error *error)
{
    if (open_outbox(wire, wire->rank == 0 ? SLOTS_RANK * wire->ranks : SLOTS_WORKER, error))
        return STATUS_FAILED;
    wire->receive = MPI_REQUEST_NULL;
    wire->spoken =
        error_calloc(error, (unsigned long)wire->ranks, sizeof *wire->spoken, "messages");
    if (wire->spoken == NULL)
        return STATUS_FAILED;
    int code = wire->ranks > 1 ? post_receive(wire) : MPI_SUCCESS;
    return code == MPI_SUCCESS ? STATUS_OK : complain(error, "MPI_Irecv", code);
}

/* Collective. No other run has the same key. */
static void hang_bell(struct wire *wire)
{
    unsigned long long key = 0;
    if (wire->rank == 0 && getentropy(&key, sizeof key) != 0)
        key = (unsigned long long)getpid();
    MPI_Bcast(&key, 1, MPI_UNSIGNED_LONG_LONG, 0, wire->comm);
    wire_bell_hang(&wire->bell, key, wire->rank);
}

/* How long `rank` waits for the others, of `seconds`. Where they live on when one dies, nobody tells
 * rank 0, nor anyone that MPI does not start. */
static double shorten(double seconds, int rank)
{
    const double least = 20, each = 0.05;
    return wire_launch_outlives() && rank <= 0 ? fmin(seconds, least + each * wire_launch_ranks())
                                               : seconds;
}

/* Ends all ranks. MPI_Abort waits for the launcher, which may itself be stopped or cut off. */
static _Noreturn void end_all(enum status status)
{
    const unsigned patience_abort = 5;
    signal(SIGALRM, SIG_DFL);
    alarm(patience_abort);
    MPI_Abort(MPI_COMM_WORLD, (int)status);
    _exit((int)status);
}

/* In a thread of its own, since the others' silence is found out inside a call of MPI. It counts
 * its own steps: a suspended process grows no impatience. */
static void *watch(void *context)
{
    static const char text[] =
        "MPI does not start: a rank has died or is stopped, or was never started\n";
    const struct wire *wire = context;
    const double step = 0.1;
    for (double left = wire->patience; left > 0; left -= step)
        nanosleep(&(struct timespec){.tv_nsec = (long)(1e9 * step)}, NULL);
    if (wire->rank == STARTING && write(STDERR_FILENO, text, sizeof text - 1) < 0)
        _exit((int)wire->watched_status);
    if (wire->rank == 0 && wire_launch_outlives() && wire->watched_status)
        wire_guard_end(); /* after MPI_Abort mpirun would say 0 */
    if (wire->rank == 0)
        end_all(wire->watched_status);
    sleep(1);         /* rank 0 first: mpirun may wait for it */
    wire_guard_end(); /* there is no MPI_Abort yet, or rank 0 is stopped */
    _exit((int)wire->watched_status);
}

void wire_watch(struct wire *wire, double seconds, enum status status)
{
    if (wire->watched) {
        pthread_cancel(wire->watcher);
        pthread_join(wire->watcher, NULL);
    }
    wire->watched = false;
    if (seconds <= 0 || wire->ranks == 1)
        return;
    wire->patience = shorten(seconds, wire->rank);
    wire->watched_status = status;
    wire->watched = pthread_create(&wire->watcher, NULL, watch, wire) == 0;
}

const char *wire_library(void)
{
    static char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int length;
    if (MPI_Get_library_version(text, &length) != MPI_SUCCESS)
        return "unknown";
    text[strcspn(text, ",\n")] = 0; /* Open MPI goes on with package and host */
    return text;
}

/* Each of them would run the whole sweep by itself, and all but one find the archive locked. */
static enum status refuse_foreign(struct wire *wire, struct error *error)
{
    const char *rank = getenv("PMI_RANK");
    if (!rank || strcmp(rank, "0") == 0)
        error_add(
            error, STATUS_USAGE,
            "found %ld processes that the launcher of another MPI has started (PMI_SIZE), each of "
            "which would run alone, allowed: the mpirun of %s; for single processes 'env -u "
            "PMI_SIZE thetasweep ...'",
            wire_launch_foreign(), wire_library());
    MPI_Comm_free(&wire->comm);
    MPI_Finalize();
    free(wire);
    return STATUS_USAGE;
}

enum status wire_start(struct wire **out, double patience, struct error *error)
{
    struct wire *wire = error_calloc(error, 1, sizeof *wire, "wire");
    if (wire == NULL)
        return STATUS_FAILED;
    wire_launch_advise();
    double each = GUARD_EACH * wire_launch_ranks();
    if (patience > 0)
        wire_guard(fmax(GUARD_LEAST, GUARD_SHARE * patience) + each,
                   fmax(LAST_LEAST, LAST_SHARE * patience) + each);
    wire->rank = STARTING;
    wire_watch(wire, patience, STATUS_FAILED);
    int provided, code = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    if (code != MPI_SUCCESS) {
        wire_watch(wire, 0, STATUS_OK);
        free(wire);
        return error_add(error, STATUS_FAILED, "MPI cannot start");
    }
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    code = MPI_Comm_dup(MPI_COMM_WORLD, &wire->comm);
    if (code != MPI_SUCCESS) {
        wire_watch(wire, 0, STATUS_OK);
        free(wire);
        return complain(error, "MPI_Comm_dup", code);
    }
    MPI_Comm_rank(wire->comm, &wire->rank);
    MPI_Comm_size(wire->comm, &wire->ranks);
    wire_watch(wire, patience, STATUS_FAILED);
    if (wire->ranks == 1 && wire_launch_foreign())
        return refuse_foreign(wire, error);
    wire->traffic = wire->looked = wire_time();
    wire->one_host = wire_launch_local() == wire->ranks;
    hang_bell(wire);
    *out = wire;
    return open_boxes(wire, error);
}

static void wait_for_outbox(struct wire *wire)
{
    for (int i = 0; i < wire->slots; i++)
        MPI_Wait(&wire->outbox[i].request, MPI_STATUS_IGNORE);
}

enum status wire_relay(struct wire *wire, int group, struct error *error)
{
    enum status status = wire_routes_create(&wire->routes, group, wire->ranks, error);
    wire->routes.heard = wire_attention(wire);
    if (status || !wire_routes_relays(&wire->routes, wire->rank))
        return status;
    wait_for_outbox(wire);
    free(wire->outbox);
    return open_outbox(wire, SLOTS_RANK * group + SLOTS_WORKER, error);
}

int wire_workers(const struct wire *wire)
{
    return wire_routes_workers(&wire->routes, wire->ranks);
}

int wire_worker(const struct wire *wire, int rank)
{
    return wire_routes_worker(&wire->routes, rank);
}

int wire_worker_rank(const struct wire *wire, int worker)
{
    return wire_routes_rank(&wire->routes, worker);
}

void wire_keep_group(struct wire *wire, double patience)
{
    const struct wire_message alive = {.kind = WIRE_ALIVE}, detached = {.kind = WIRE_DETACHED};
    int last = wire_routes_last(&wire->routes, wire->rank, wire->ranks);
    for (int rank = wire->rank + 1; rank <= last; rank++)
        wire_send(wire, rank, &alive);
    if (wire_attention(wire) - wire->routes.heard > patience &&
        wire_routes_detach(&wire->routes, wire->rank))
        wire_send(wire, 0, &detached);
}

void wire_break(struct wire *wire, bool rank_0)
{
    wire->broken = true;
    wire->headless = wire->headless || rank_0;
}

bool wire_broken(const struct wire *wire)
{
    return wire->broken;
}

int wire_rank(const struct wire *wire)
{
    return wire->rank;
}

int wire_ranks(const struct wire *wire)
{
    return wire->ranks;
}

MPI_Comm wire_communicator(const struct wire *wire)
{
    return wire->comm;
}

/* ---- messages ---- */

static int message_bytes(const struct wire_message *message)
{
    size_t body = 0;
    if (message->kind == WIRE_JOB)
        body = sizeof message->body.job;
    else if (message->kind == WIRE_OUTCOME)
        body = sizeof message->body.outcome;
    else if (message->kind == WIRE_PIECE)
        body = sizeof message->body.piece;
    else if (message->kind == WIRE_FAILURE || message->kind == WIRE_NOTE)
        body = sizeof message->body.text;
    return (int)(offsetof(struct wire_message, body) + body);
}

/* A place whose message has gone, or NULL. */
static struct slot *find_slot(struct wire *wire)
{
    for (int i = 0; i < wire->slots; i++) {
        struct slot *slot = &wire->outbox[wire->next];
        wire->next = (wire->next + 1) % wire->slots;
        int gone = 1;
        MPI_Test(&slot->request, &gone, MPI_STATUS_IGNORE);
        if (gone)
            return slot;
    }
    return NULL;
}

/* Sends it towards `to`, as a message of the rank `from`. */
static enum status pass_on(struct wire *wire, int from, int to, const struct wire_message *message)
{
    struct slot *slot = find_slot(wire);
    if (slot == NULL && message->kind == WIRE_ALIVE)
        return STATUS_OK; /* those under way say the same */
    for (double start = wire_time(); slot == NULL; slot = find_slot(wire)) {
        if (wire_time() - start > PATIENCE)
            return STATUS_FAILED;
        wire_rest(wire);
    }
    int bytes = message_bytes(message);
    memcpy(&slot->message, message, (size_t)bytes);
    slot->message.rank = from;
    slot->message.to = to;
    int next = wire_routes_next(&wire->routes, wire->rank, to);
    int code = MPI_Isend(&slot->message, bytes, MPI_BYTE, next, TAG, wire->comm, &slot->request);
    wire->traffic = wire_time();
    if (wire->traffic - wire->spoken[next] > WIRE_YIELDS / 2) // else it has not gone to sleep yet
        wire_bell_ring(&wire->bell, next);
    wire->spoken[next] = wire->traffic;
    return code == MPI_SUCCESS ? STATUS_OK : STATUS_FAILED;
}

enum status wire_send(struct wire *wire, int rank, const struct wire_message *message)
{
    return pass_on(wire, wire->rank, rank, message);
}

double wire_attention(const struct wire *wire)
{
    return wire->looked - wire->absent;
}

/* Takes what has come, for whomever. */
static bool take(struct wire *wire, struct wire_message *message)
{
    int here = 0;
    if (MPI_Test(&wire->receive, &here, MPI_STATUS_IGNORE) != MPI_SUCCESS) {
        post_receive(wire); /* a rank has gone; the others still speak */
        return false;
    }
    if (!here)
        return false;
    memcpy(message, &wire->inbox, (size_t)message_bytes(&wire->inbox));
    post_receive(wire);
    double silence = wire_time() - wire->traffic;
    wire->rung = wire->rung && silence < WIRE_YIELDS;
    wire->traffic += silence;
    wire->routes.heard = wire_attention(wire);
    return true;
}

bool wire_receive(struct wire *wire, struct wire_message *message)
{
    double now = wire_time();
    wire->absent += fmax(now - wire->looked - WIRE_ABSENCE, 0);
    wire->looked = now;
    if (wire->ranks == 1)
        return false;
    while (take(wire, message)) {
        if (message->to == wire->rank) {
            if (message->kind == WIRE_DETACHED)
                wire_routes_detach(&wire->routes, message->rank);
            return true;
        }
        pass_on(wire, message->rank, message->to, message); // this rank is a relay
    }
    return false;
}

void wire_send_bulk(struct wire *wire, int rank, const void *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += BULK)
        MPI_Send((const char *)data + i, (int)(bytes - i < BULK ? bytes - i : BULK), MPI_BYTE, rank,
                 TAG_BULK, wire->comm);
}

void wire_take_bulk(struct wire *wire, int rank, void *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += BULK)
        MPI_Recv((char *)data + i, (int)(bytes - i < BULK ? bytes - i : BULK), MPI_BYTE, rank,
                 TAG_BULK, wire->comm, MPI_STATUS_IGNORE);
}

double wire_nap(double silence)
{
    return silence < WIRE_YIELDS ? 0 : fmin(fmax(NAP_SHARE * silence, NAP_SHORTEST), NAP_LONGEST);
}

void wire_rest(struct wire *wire)
{
    double nap = wire_nap(wire_time() - wire->traffic);
    if (nap == 0) {
        sched_yield();
        return;
    }
    if (wire_bell_sleep(&wire->bell, wire->rung && wire->one_host ? NAP_RUNG : nap)) {
        wire->rung = true;
        wire->traffic = wire_time();
    }
}

/* ---- end ---- */

/* MPI_Finalize would wait for the lost ranks. Without --enable-recovery MPI_Abort ends all ranks;
 * with it, rank 0 alone, and mpirun waits for the others: so they go by themselves, once rank 0
 * says that it has nothing left to do. */
static _Noreturn void end_broken(struct wire *wire, enum status status)
{
    struct wire_message message = {.kind = WIRE_BROKEN};
    wire_routes_free(&wire->routes); // a relay may have gone first
    if (wire->rank == 0) {
        for (int rank = 1; rank < wire->ranks; rank++)
            wire_send(wire, rank, &message);
        end_all(status);
    }
    for (double start = wire_time(); !wire->headless && wire_time() - start < PATIENCE;
         wire_rest(wire))
        if (wire_receive(wire, &message) && message.kind == WIRE_BROKEN)
            break;
    if (wire->headless) /* rank 0 may be stopped */
        wire_guard_end();
    _exit((int)status);
}

void wire_end(struct wire *wire, enum status status)
{
    if (wire->broken)
        end_broken(wire, status);
    if (wire->rank == 0)
        wire_watch(wire, PATIENCE, status);
    wait_for_outbox(wire);
    if (wire->receive != MPI_REQUEST_NULL) {
        MPI_Cancel(&wire->receive);
        MPI_Wait(&wire->receive, MPI_STATUS_IGNORE);
    }
    MPI_Comm_free(&wire->comm);
    wire_guard_last();
    MPI_Finalize();
    wire_watch(wire, 0, status);
    wire_routes_free(&wire->routes);
    wire_bell_drop(&wire->bell);
    free(wire->spoken);
    free(wire->outbox);
    free(wire);
}

/* A worker holds one piece at a time and asks for the next with its result: pieces last much longer
 * than the way there and back. A dead rank is noticed by its silence, where that is asked for; else
 * mpirun ends the others. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/coordinator.h"
#include "cluster/share.h"

/* Rank 0. */
struct desk {
    const struct share *share;
    char *results;
    struct error *error;
    int64_t next, done;
    int working;   /* workers that hold a piece */
    double *heard; /* when each rank gave its last sign of life; INFINITY: it holds no piece */
    bool told;     /* the workers were told to stop */
    bool failed;
};

/* Of this process, while it shares. */
static struct {
    double interval;     /* 0: none are given */
    double spoke, heard; /* a worker's last message to rank 0, and the last one from there */
} signs;

/* Intervals: far more than a piece is silent between two of its looks. */
static const double PATIENCE = 12;

/* Seconds that rank 0 waits for all to begin. */
static const double START = 600;

/* A worker gives a sign of life if one is due, and ends if rank 0 has long given none. */
static void keep_contact(struct wire *wire)
{
    const struct wire_message alive = {.kind = WIRE_ALIVE};
    if (signs.interval <= 0 || wire_rank(wire) == 0)
        return;
    if (wire_time() - signs.spoke > signs.interval / 2) {
        wire_send(wire, 0, &alive);
        signs.spoke = wire_time();
    }
    if (wire_attention(wire) - signs.heard > PATIENCE * signs.interval) {
        wire_watch(wire, 0.1, STATUS_FAILED); // once: each call begins to wait anew
        signs.heard = INFINITY;
    }
}

bool share_stopping(struct wire *wire)
{
    struct wire_message message;
    while (wire_receive(wire, &message)) {
        signs.heard = wire_attention(wire);
        if (message.kind == WIRE_STOP)
            coordinator_stop();
    }
    keep_contact(wire);
    return coordinator_stopping();
}

static void take_done(struct desk *desk)
{
    const struct share *share = desk->share;
    desk->done++;
    if (share->progress)
        share->progress(share->context, desk->done, share->count);
}

static enum status conclude(const struct desk *desk)
{
    if (desk->failed)
        return STATUS_FAILED;
    return desk->done == desk->share->count ? STATUS_OK : STATUS_INTERRUPTED;
}

static enum status run_alone(struct desk *desk)
{
    const struct share *share = desk->share;
    while (desk->next < share->count && !share_stopping(share->wire)) {
        char *result = desk->results + (size_t)desk->next * share->bytes;
        enum status status = share->compute(share->context, result, desk->next, desk->error);
        desk->failed = status == STATUS_FAILED;
        if (status)
            break;
        desk->next++;
        take_done(desk);
    }
    return conclude(desk);
}

/* ---- rank 0 with workers ---- */

static void hand_out(struct desk *desk, int rank)
{
    struct wire_message message = {.kind = WIRE_PIECE, .body.piece.index = desk->next};
    if (desk->next == desk->share->count || coordinator_stopping())
        return;
    if (wire_send(desk->share->wire, rank, &message) != STATUS_OK) {
        desk->failed = true;
        coordinator_stop();
        error_add(desk->error, STATUS_FAILED, "rank %d cannot be reached", rank);
        return;
    }
    desk->next++;
    desk->working++;
    desk->heard[rank] = wire_attention(desk->share->wire);
}

static void take_piece(struct desk *desk, const struct wire_message *message)
{
    const struct share *share = desk->share;
    char *result = desk->results + (size_t)message->body.piece.index * share->bytes;
    desk->working--;
    if (message->body.piece.status == STATUS_OK) {
        wire_take_bulk(share->wire, message->rank, result, share->bytes);
        take_done(desk);
        return;
    }
    desk->failed |= message->body.piece.status == STATUS_FAILED;
    coordinator_stop();
}

static void tell_all(struct wire *wire, int kind)
{
    struct wire_message message = {.kind = kind};
    for (int rank = 1; rank < wire_ranks(wire); rank++)
        wire_send(wire, rank, &message);
}

/* Rank 0 does not come back from here if a worker is dead. */
static void look_for_dead(const struct desk *desk)
{
    struct wire *wire = desk->share->wire;
    if (signs.interval <= 0)
        return;
    coordinator_speak(wire, signs.interval);
    for (int rank = 1; rank < wire_ranks(wire); rank++)
        if (wire_attention(wire) - desk->heard[rank] > PATIENCE * signs.interval) {
            fprintf(stderr, "thetasweep: rank %d gives no sign of life, and all ranks end\n", rank);
            wire_watch(wire, 0.1, STATUS_FAILED);
            desk->heard[rank] = INFINITY;
        }
}

static void take_message(struct desk *desk, const struct wire_message *message)
{
    if (message->kind == WIRE_ALIVE) {
        if (isfinite(desk->heard[message->rank]))
            desk->heard[message->rank] = wire_attention(desk->share->wire);
        return;
    }
    if (message->kind == WIRE_FAILURE) { /* the piece's own message follows */
        error_add(desk->error, STATUS_FAILED, "rank %d: %s", message->rank, message->body.text);
        return;
    }
    desk->heard[message->rank] = INFINITY;
    take_piece(desk, message);
    hand_out(desk, message->rank);
}

static enum status run_with_workers(struct desk *desk)
{
    struct wire *wire = desk->share->wire;
    struct wire_message message;
    for (int rank = 1; rank < wire_ranks(wire); rank++)
        hand_out(desk, rank);
    while (desk->working > 0) {
        bool any = wire_receive(wire, &message);
        if (any)
            take_message(desk, &message);
        if (coordinator_stopping() && !desk->told) {
            tell_all(wire, WIRE_STOP);
            desk->told = true;
        }
        look_for_dead(desk);
        if (!any)
            wire_rest(wire);
    }
    tell_all(wire, WIRE_END);
    return conclude(desk);
}

/* ---- workers ---- */

static void send_text(struct wire *wire, const struct error *error)
{
    struct wire_message message = {.kind = WIRE_FAILURE};
    const char *text = error->text ? error->text : "failed";
    size_t length = strcspn(text, "\n");
    memcpy(message.body.text, text, length < WIRE_TEXT ? length : WIRE_TEXT - 1);
    wire_send(wire, 0, &message);
}

static void serve(const struct share *share, void *result, int64_t piece)
{
    struct error error = {0};
    struct wire_message answer = {.kind = WIRE_PIECE, .body.piece.index = piece};
    memset(result, 0, share->bytes);
    answer.body.piece.status = (int32_t)share->compute(share->context, result, piece, &error);
    if (answer.body.piece.status == STATUS_FAILED)
        send_text(share->wire, &error);
    wire_send(share->wire, 0, &answer);
    if (answer.body.piece.status == STATUS_OK)
        wire_send_bulk(share->wire, 0, result, share->bytes);
    error_free(&error);
}

static void work(const struct share *share, void *result)
{
    struct wire_message message;
    for (;;) {
        keep_contact(share->wire);
        bool any = wire_receive(share->wire, &message);
        if (any)
            signs.heard = wire_attention(share->wire);
        if (!any)
            wire_rest(share->wire);
        else if (message.kind == WIRE_END)
            return;
        else if (message.kind == WIRE_STOP)
            coordinator_stop();
        else if (message.kind == WIRE_PIECE)
            serve(share, result, message.body.piece.index);
    }
}

enum status share_run(void *results, const struct share *share, struct error *error)
{
    struct wire *wire = share->wire;
    struct desk desk = {.share = share, .results = results, .error = error};
    if (wire_ranks(wire) == 1) {
        memset(results, 0, (size_t)share->count * share->bytes);
        return run_alone(&desk);
    }
    bool first = wire_rank(wire) == 0;
    size_t ranks = (size_t)wire_ranks(wire);
    void *result = first ? NULL : error_calloc(error, 1, share->bytes, "results");
    desk.heard = error_calloc(error, ranks, sizeof *desk.heard, "results");
    bool all = (first || result) && desk.heard;
    wire_watch(wire, first ? START : 0, STATUS_FAILED); // the others may be here much earlier
    enum status status = wire_agree(wire, all ? STATUS_OK : STATUS_FAILED);
    wire_watch(wire, 0, STATUS_OK);
    for (size_t rank = 0; desk.heard && rank < ranks; rank++)
        desk.heard[rank] = INFINITY;
    signs.interval = share->sign_of_life;
    signs.heard = wire_attention(wire);
    if (!status && first) {
        memset(results, 0, (size_t)share->count * share->bytes);
        status = run_with_workers(&desk);
    } else if (!status)
        work(share, result);
    free(result);
    free(desk.heard);
    return wire_decide(wire, (int)status);
}

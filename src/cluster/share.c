/* A worker holds one piece at a time and asks for the next with its result: pieces last much longer
 * than the way there and back. A dead rank is not noticed here: mpirun ends the others. */

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
    int working; /* workers that hold a piece */
    bool told;   /* the workers were told to stop */
    bool failed;
};

bool share_stopping(struct wire *wire)
{
    struct wire_message message;
    while (wire_receive(wire, &message))
        if (message.kind == WIRE_STOP)
            coordinator_stop();
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

static void take_message(struct desk *desk, const struct wire_message *message)
{
    if (message->kind == WIRE_FAILURE) { /* the piece's own message follows */
        error_add(desk->error, STATUS_FAILED, "rank %d: %s", message->rank, message->body.text);
        return;
    }
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
        if (!wire_receive(share->wire, &message))
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
    void *result = first ? NULL : error_calloc(error, 1, share->bytes, "results");
    enum status status = wire_agree(wire, first || result ? STATUS_OK : STATUS_FAILED);
    if (!status && first) {
        memset(results, 0, (size_t)share->count * share->bytes);
        status = run_with_workers(&desk);
    } else if (!status)
        work(share, result);
    free(result);
    return wire_decide(wire, (int)status);
}

/* Pieces of work that take unlike times, shared out over the ranks.
 *
 *     mpirun -n RANKS pieces COUNT BYTES MILLISECONDS [STOP [FAIL]]
 *
 * Piece i takes 0 to twice MILLISECONDS and fills its result with bytes that follow from i. Rank 0
 * prints {"status": ..., "seconds": ..., "told": ..., "right": ...}: the calls of progress, and how
 * many results are the right ones. The piece STOP asks for a soft end, the piece FAIL fails; -1: none.
 * The exit status is the status. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cluster/coordinator.h"
#include "cluster/share.h"

struct pieces {
    struct share share;
    double seconds;
    int64_t stop, fail, told;
};

static uint64_t number(int64_t piece, uint64_t place)
{
    return ((uint64_t)piece + 1) * 0x9e3779b97f4a7c15u + place * 0xbf58476d1ce4e5b9u;
}

static void fill(unsigned char *result, int64_t piece, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        result[i] = (unsigned char)(number(piece, i) >> 56);
}

static enum status compute(void *context, void *result, int64_t piece, struct error *error)
{
    const struct pieces *pieces = context;
    double seconds = 2 * pieces->seconds * (double)(number(piece, 0) >> 40) / (1 << 24);
    if (piece == pieces->stop)
        coordinator_stop();
    if (piece == pieces->fail)
        return error_add(error, STATUS_FAILED, "piece %lld fails", (long long)piece);
    for (double start = wire_time(); wire_time() - start < seconds;) {
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
        if (share_stopping(pieces->share.wire))
            return STATUS_INTERRUPTED;
    }
    fill(result, piece, pieces->share.bytes);
    return STATUS_OK;
}

static void progress(void *context, int64_t done, int64_t count)
{
    struct pieces *pieces = context;
    (void)count;
    pieces->told += done == pieces->told + 1;
}

static int64_t count_right(const unsigned char *results, const struct share *share)
{
    unsigned char *wanted = malloc(share->bytes + 1);
    int64_t right = 0;
    for (int64_t i = 0; wanted && i < share->count; i++) {
        fill(wanted, i, share->bytes);
        right += memcmp(wanted, results + (size_t)i * share->bytes, share->bytes) == 0;
    }
    free(wanted);
    return right;
}

int main(int argc, char **argv)
{
    struct error error = {0};
    struct wire *wire;
    if (argc < 4 || wire_start(&wire, 60, &error))
        return STATUS_FAILED;
    struct pieces pieces = {.share = {.wire = wire,
                                      .count = atoll(argv[1]),
                                      .bytes = (size_t)atoll(argv[2]),
                                      .compute = compute,
                                      .progress = progress,
                                      .context = &pieces},
                            .seconds = 1e-3 * atof(argv[3]),
                            .stop = argc > 4 ? atoll(argv[4]) : -1,
                            .fail = argc > 5 ? atoll(argv[5]) : -1};
    bool first = wire_rank(wire) == 0;
    unsigned char *results =
        first ? malloc((size_t)pieces.share.count * pieces.share.bytes + 1) : NULL;
    double start = wire_time();
    enum status status = share_run(results, &pieces.share, &error);
    if (first) {
        printf("{\"status\": %d, \"seconds\": %g, \"told\": %lld, \"right\": %lld}\n", (int)status,
               wire_time() - start, (long long)pieces.told,
               (long long)count_right(results, &pieces.share));
        error_tell(&error, status);
    }
    error_free(&error);
    free(results);
    wire_end(wire, status);
    return (int)status;
}

/* What becomes of HDF5 files: 1 to 8 bytes or numbers are changed where they stand, since one byte more or
 * less shifts all others. Metadata have checksums, which are mostly made right again: else HDF5 would look
 * at them and at nothing else. */
#ifndef DAMAGED_H
#define DAMAGED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
uint32_t H5_checksum_metadata(const void *data, size_t size, uint32_t start); /* HDF5's own */

enum { DAMAGED_BLOCK = 1024 /* the largest block of metadata whose checksum is mended */ };

/* A block of metadata: [start, end) and a checksum behind it; start = end: there is none. */
struct damaged_block {
    uint8_t *start, *end;
};

static uint64_t damaged_dice(uint64_t *state)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15; // splitmix64
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

/* Whether a block begins here; those behind `SUMS` have no checksum. */
static bool damaged_begins(const uint8_t *at, bool with_sum)
{
    enum { SUMS = 13 };
    static const char signatures[][5] = {"OHDR",    "OCHK", "BTHD", "BTLF", "BTIN", "FRHP",
                                         "FHIB",    "FHDB", "FSHD", "FSSE", "FAHD", "FADB",
                                         "\211HDF", "TREE", "HEAP", "SNOD", "GCOL"};
    static const bool first[256] = {['O'] = true, ['B'] = true, ['F'] = true, [0211] = true,
                                    ['T'] = true, ['H'] = true, ['S'] = true, ['G'] = true};
    if (!first[*at])
        return false;
    for (size_t s = 0; s < (with_sum ? SUMS : sizeof signatures / sizeof *signatures); s++)
        if (memcmp(at, signatures[s], 4) == 0)
            return true;
    return false;
}

static bool damaged_fits(const uint8_t *start, const uint8_t *end, const uint8_t *last)
{
    if (end <= start || end - start > DAMAGED_BLOCK || last - end < 4)
        return false;
    uint32_t sum = H5_checksum_metadata(start, (size_t)(end - start), 0);
    return memcmp(end, &sum, sizeof sum) == 0;
}

/* The end of an object's header, as it says itself: most blocks are one. */
static uint8_t *damaged_header_end(uint8_t *start, const uint8_t *last)
{
    enum { FLAGS = 5, TIMES = 16, PHASES = 4, LONGEST = 6 + TIMES + PHASES + 8 };
    uint64_t size = 0;
    if (last - start < LONGEST)
        return start;
    uint8_t flags = start[FLAGS];
    uint8_t *at = start + FLAGS + 1 + (flags & 0x20 ? TIMES : 0) + (flags & 0x10 ? PHASES : 0);
    memcpy(&size, at, (size_t)1 << (flags & 3));
    at += 1 << (flags & 3);
    return size < DAMAGED_BLOCK ? at + size : start;
}

/* The block around `at` whose checksum is right: each end of it is tried, the one before the next block
 * first, where it is not known. */
static struct damaged_block damaged_find(uint8_t *data, size_t size, uint8_t *at)
{
    uint8_t *start = at, *last = data + size, *next = at + 1;
    while (start > data && at - start < DAMAGED_BLOCK &&
           (last - start < 4 || !damaged_begins(start, false)))
        start--;
    if (last - start < 4 || !damaged_begins(start, true))
        return (struct damaged_block){0};
    if (memcmp(start, "OHDR", 4) == 0) {
        uint8_t *end = damaged_header_end(start, last);
        return at < end && damaged_fits(start, end, last) ? (struct damaged_block){start, end}
                                                          : (struct damaged_block){0};
    }
    while (next + 4 < last && next - start < DAMAGED_BLOCK && !damaged_begins(next, false))
        next++;
    for (uint8_t *end = next - 4; end > at; end--)
        if (damaged_fits(start, end, last))
            return (struct damaged_block){start, end};
    return (struct damaged_block){0};
}

/* A place near the begin of a block, or anywhere, in the first part rather than in the last. */
static size_t damaged_place(const uint8_t *data, size_t size, uint64_t *state)
{
    const size_t part[] = {2000, 20000, size, size};
    size_t reach = part[damaged_dice(state) % 4];
    size_t place = damaged_dice(state) % (reach < size ? reach : size);
    if (damaged_dice(state) % 4 == 0)
        return place;
    for (size_t at = place; at + 4 <= size && at < place + (1 << 16); at++)
        if (damaged_begins(data + at, false)) {
            at += damaged_dice(state) % 128;
            return at < size ? at : place;
        }
    return place;
}

static void damaged_change(uint8_t *at, size_t room, uint64_t *state)
{
    const uint64_t number[] = {0, 1, 2, 0xff, 0xffff, 0x7fffffff, 0xffffffff, UINT64_MAX, 1 << 20};
    const size_t bytes[] = {1, 1, 1, 2, 4, 8};
    uint64_t value = damaged_dice(state), to = number[damaged_dice(state) % 9];
    size_t width = bytes[damaged_dice(state) % 6];
    if (width > room)
        width = 1;
    if (damaged_dice(state) % 2)
        memcpy(at, &to, width);
    else if (damaged_dice(state) % 2)
        *at ^= (uint8_t)(1 << value % 8);
    else
        *at = (uint8_t)value;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    uint64_t state = seed;
    if (size < 64 || damaged_dice(&state) % 32 == 0)
        return LLVMFuzzerMutate(data, size, most);
    bool mended = damaged_dice(&state) % 8 > 0;
    for (int changes = 1 << damaged_dice(&state) % 4; changes > 0; changes--) {
        uint8_t *at = data + damaged_place(data, size, &state);
        struct damaged_block block = {0};
        if (mended)
            block = damaged_find(data, size, at);
        damaged_change(at, (size_t)((block.end ? block.end : data + size) - at), &state);
        if (block.end) {
            uint32_t sum = H5_checksum_metadata(block.start, (size_t)(block.end - block.start), 0);
            memcpy(block.end, &sum, sizeof sum);
        }
    }
    return damaged_dice(&state) % 64 ? size : 1 + damaged_dice(&state) % size;
}

#endif

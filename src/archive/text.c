/* Texts are UTF-8 strings of variable length, since every reader takes those for texts: the netCDF
 * library up to 4.9.0, with which xarray reads by default, is overrun by arrays of strings of fixed
 * length. These stand in older archives, which are read and written as they are.
 *
 * HDF5 holds strings of variable length in heaps, and to replace one is to change metadata, which a
 * killed process would tear. So each row that is written while a run goes on is made once, as long
 * as it may ever be, and then only its bytes are written over: the text, then zeros, where every
 * reader ends a text. Where they lie the format says (HDF5 File Format Specification 3.0, III.E,
 * global heap): an element of the dataset holds length, address of a collection and index of an
 * object in it. HDF5 has read them at the most, and nothing of the heap is ever dirty in its caches. */
#include "archive/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/attribute.h"
#include "archive/guard.h"
#include "archive/sound.h"

enum {
    ELEMENT = 16, /* bytes of an element: length, address, index */
    HEAD = 16, /* of a collection: "GCOL", version, its size; and of an object: index, its size */
};

/* One collection of the heap, as it lies in the file. */
struct heap {
    int file;
    uint64_t address, size;
    unsigned char *image;
};

/* Where the bytes of a text are. */
struct place {
    uint64_t at, room;
};

static uint64_t number(const unsigned char *byte, int bytes)
{
    uint64_t value = 0;
    while (bytes-- > 0)
        value = value << 8 | byte[bytes];
    return value;
}

static bool get(int file, void *out, size_t bytes, uint64_t at)
{
    return pread(file, out, bytes, (off_t)at) == (ssize_t)bytes;
}

/* Takes the collection at `address` into memory, unless it is there. */
static bool load(struct heap *heap, uint64_t address)
{
    unsigned char head[HEAD];
    struct stat file;
    if (heap->image && heap->address == address)
        return true;
    free(heap->image);
    heap->image = NULL;
    if (fstat(heap->file, &file) != 0 || !get(heap->file, head, HEAD, address) ||
        memcmp(head, "GCOL\1", 5) != 0)
        return false;
    heap->address = address;
    heap->size = number(head + 8, 8);
    if (heap->size < HEAD || heap->size > (uint64_t)file.st_size)
        return false;
    heap->image = malloc(heap->size);
    if (heap->image && get(heap->file, heap->image, heap->size, address))
        return true;
    free(heap->image);
    heap->image = NULL;
    return false;
}

/* The place of the object that `element` names; an empty text has none, and no room. */
static bool find(struct place *place, struct heap *heap, const unsigned char element[ELEMENT])
{
    uint64_t length = number(element, 4), index = number(element + 12, 4);
    *place = (struct place){0, 0};
    if (length == 0)
        return true;
    if (!load(heap, number(element + 4, 8)))
        return false;
    for (uint64_t at = HEAD; at + HEAD <= heap->size;) {
        uint64_t own = number(heap->image + at, 2), size = number(heap->image + at + 8, 8);
        if (own == 0 || size > heap->size - at - HEAD)
            return false;
        if (own == index) {
            *place = (struct place){heap->address + at + HEAD, size};
            return size == length;
        }
        at += HEAD + (size + 7) / 8 * 8;
    }
    return false;
}

bool archive_fill_texts(hid_t dataset, const char *text, size_t stride, hsize_t count)
{
    const char **each = malloc((count + 1) * sizeof *each);
    for (hsize_t i = 0; each && i < count; i++)
        each[i] = text + i * stride;
    hid_t type = attribute_text_type(H5T_VARIABLE);
    bool filled = each && H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, each) >= 0;
    H5Tclose(type);
    free(each);
    return filled;
}

/* HDF5 1.10 believes what an element says of its object; in a damaged file that may be anything. */
static bool sound(const struct archive *archive, hid_t dataset, size_t count)
{
    struct heap heap = {.file = archive->disk};
    haddr_t elements = H5Dget_offset(dataset);
    bool whole = count == 0 || elements != HADDR_UNDEF;
    for (size_t i = 0; whole && i < count; i++) {
        unsigned char element[ELEMENT];
        struct place place;
        whole = get(heap.file, element, ELEMENT, elements + i * ELEMENT) &&
                find(&place, &heap, element);
    }
    free(heap.image);
    return whole;
}

/* Pointers and texts in one piece. */
static char **pack(char *const *text, size_t count)
{
    size_t bytes = (count + 1) * sizeof *text;
    for (size_t i = 0; i < count; i++)
        bytes += 1 + (text[i] ? strlen(text[i]) : 0);
    char **packed = malloc(bytes), *end = (char *)(packed + count + 1);
    for (size_t i = 0; packed && i < count; i++) {
        packed[i] = end;
        end = stpcpy(end, text[i] ? text[i] : "") + 1;
    }
    return packed;
}

static char **read_variable(hid_t dataset, hid_t space, size_t count)
{
    hid_t type = attribute_text_type(H5T_VARIABLE);
    char **text = calloc(count + 1, sizeof *text), **packed = NULL;
    if (text && H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) >= 0) {
        packed = pack(text, count);
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, text);
    }
    free(text);
    H5Tclose(type);
    return packed;
}

static char **read_fixed(hid_t dataset, size_t count, size_t length)
{
    hid_t type = attribute_text_type(length + 1); // filled up with zeros
    char **text = calloc(count + 1, sizeof *text), **packed = NULL;
    char *block = calloc(count + 1, length + 1);
    if (text && block && H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, block) >= 0) {
        for (size_t i = 0; i < count; i++)
            text[i] = block + i * (length + 1);
        packed = pack(text, count);
    }
    free(block);
    free(text);
    H5Tclose(type);
    return packed;
}

/* All texts of an open dataset; NULL: it is none of texts, or damaged. */
static char **read_all(size_t *count, const struct archive *archive, hid_t dataset)
{
    char **text = NULL;
    hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
    hssize_t points = H5Sget_simple_extent_npoints(space);
    size_t size = H5Tget_size(type);
    *count = (size_t)points;
    if (H5Tget_class(type) == H5T_STRING && points >= 0 &&
        guard_fits(dataset, (hsize_t)points, size)) {
        if (H5Tis_variable_str(type) <= 0)
            text = read_fixed(dataset, *count, size);
        else if (sound(archive, dataset, *count))
            text = read_variable(dataset, space, *count);
    }
    H5Sclose(space);
    H5Tclose(type);
    return text;
}

char **archive_read_texts(size_t *count, struct archive *archive, const char *path,
                          struct error *error)
{
    archive_guard(archive, 0);
    hid_t dataset = H5Dopen2(archive->file, path, H5P_DEFAULT);
    char **text = dataset < 0 ? NULL : read_all(count, archive, dataset);
    if (dataset >= 0)
        H5Dclose(dataset);
    guard_end();
    if (!text)
        error_add(error, STATUS_FAILED, "%s: %s: cannot read these texts", archive->path, path);
    return text;
}

/* Bytes of `text` that fit in `room` with a zero behind them, in whole characters of UTF-8. */
static size_t cut(const char *text, size_t room)
{
    size_t length = 0;
    for (size_t i = 0; i < room; i++) {
        if ((text[i] & 0xC0) != 0x80) // not within a character
            length = i;
        if (!text[i])
            break;
    }
    return length;
}

/* Writes over the bytes of one row. */
static bool put(struct heap *heap, haddr_t elements, int64_t row, const char *text)
{
    unsigned char element[ELEMENT];
    struct place place;
    if (elements == HADDR_UNDEF ||
        !get(heap->file, element, ELEMENT, elements + (haddr_t)row * ELEMENT) ||
        !find(&place, heap, element))
        return false;
    char *bytes = calloc(1, place.room + 1);
    bool written = false;
    if (bytes) {
        memcpy(bytes, text, cut(text, place.room));
        written = pwrite(heap->file, bytes, place.room, (off_t)place.at) == (ssize_t)place.room;
    }
    free(bytes);
    return written;
}

bool archive_put_text(const struct archive *archive, hid_t dataset, int64_t row, const char *text)
{
    struct heap heap = {.file = archive->disk};
    bool written = put(&heap, H5Dget_offset(dataset), row, text);
    free(heap.image);
    return written;
}

/* A row of an older archive. */
static bool put_fixed(struct archive *archive, int field, int64_t row, const char *text)
{
    hid_t type = H5Dget_type(archive->dataset[field]), memory = H5Screate(H5S_SCALAR);
    size_t length = H5Tget_size(type);
    hsize_t start = (hsize_t)row, count = 1;
    char *bytes = calloc(1, length + 1);
    bool written = false;
    if (bytes) {
        memcpy(bytes, text, cut(text, length));
        written = H5Sselect_hyperslab(archive->space[field], H5S_SELECT_SET, &start, NULL, &count,
                                      NULL) >= 0 &&
                  H5Dwrite(archive->dataset[field], type, memory, archive->space[field],
                           H5P_DEFAULT, bytes) >= 0;
    }
    free(bytes);
    H5Sclose(memory);
    H5Tclose(type);
    return written;
}

enum status archive_write_text(struct archive *archive, int field, int64_t row, const char *text,
                               struct error *error)
{
    archive_guard(archive, 0);
    hid_t type = H5Dget_type(archive->dataset[field]);
    bool variable = H5Tis_variable_str(type) > 0, written;
    H5Tclose(type);
    archive->dirty = true;
    written = variable ? archive_put_text(archive, archive->dataset[field], row, text)
                       : put_fixed(archive, field, row, text);
    guard_end();
    return written ? STATUS_OK
                   : archive_complain(error, archive->path, archive_table[field].path,
                                      "cannot write a text");
}

enum status archive_clear_texts(struct archive *archive, struct error *error)
{
    struct heap heap = {.file = archive->disk};
    bool cleared = true;
    for (int f = 0; f < FIELD_COUNT; f++) {
        hsize_t rows = 0;
        if (archive_table[f].type == TYPE_TEXT)
            H5Sget_simple_extent_dims(archive->space[f], &rows, NULL);
        haddr_t elements = rows > 0 ? H5Dget_offset(archive->dataset[f]) : HADDR_UNDEF;
        for (hsize_t row = 0; cleared && row < rows; row++)
            cleared = put(&heap, elements, (int64_t)row, "");
    }
    free(heap.image);
    return cleared ? STATUS_OK
                   : archive_complain(error, archive->path, "texts", "cannot be emptied");
}

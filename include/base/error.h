/* Statuses and messages for trouble that comes from the world: files, memory, MPI, HDF5,
 * configuration. A bug is an assertion; a lifetime that diverges is a result, not an error. */
#ifndef ERROR_H
#define ERROR_H

#include <stdbool.h>

/* What a function returns, and with which status the program ends. */
enum status {
    STATUS_OK = 0,
    STATUS_FAILED = 1,       /* the world failed: memory, file system, MPI */
    STATUS_USAGE = 2,        /* bad command line or configuration; nothing was touched */
    STATUS_INTERRUPTED = 75, /* stopped early and resumable */
};

/* The messages of one call, each a line (or lines) ending in a newline. Zero-initialise;
 * owned by the caller, released with error_free(). */
struct error {
    int count;   /* messages so far */
    char *text;  /* all of them, or NULL */
    long length; /* bytes in text, without the final 0 */
};

/* Local. Appends one message (a newline is added) and returns `status`, so that a failing
 * function can end with `return error_add(...)`. `error` may be NULL: then only the status counts.
 */
enum status error_add(struct error *error, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Local. The same, with ": " and the text of errno at the end. */
enum status error_add_errno(struct error *error, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Local. Releases the text; the structure can be used again. */
void error_free(struct error *error);

/* Local. The end of a program: prints the messages to the standard error, releases them, and returns
 * the exit status. Output that could not be written, on a full disk say, is a failure; that a pipe's
 * reader has left is not. Called again, it tells only what is new. */
enum status error_tell(struct error *error, enum status status);

/* Local. calloc that reports: NULL and a message "out of memory: <what>, <bytes>" when there is
 * none. `count` * `size` is checked for overflow. The memory is aligned to 64 bytes; free() it. */
void *error_calloc(struct error *error, unsigned long count, unsigned long size, const char *what);

#endif

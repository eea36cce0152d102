#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Appends the formatted message, `tail` and a newline. A message that finds no memory is lost; the
 * count still tells that there was one. */
static void append(struct error *error, const char *format, va_list arguments, const char *tail)
{
    va_list again;
    va_copy(again, arguments);
    long body = vsnprintf(NULL, 0, format, again);
    va_end(again);

    error->count++;
    long length = error->length + body + (long)strlen(tail) + 1;
    char *text = body < 0 ? NULL : realloc(error->text, (size_t)length + 1);
    if (text == NULL) {
        return;
    }
    vsnprintf(text + error->length, (size_t)body + 1, format, arguments);
    strcpy(text + error->length + body, tail);
    strcpy(text + length - 1, "\n");
    error->text = text;
    error->length = length;
}

enum status error_add(struct error *error, enum status status, const char *format, ...)
{
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        append(error, format, arguments, "");
        va_end(arguments);
    }
    return status;
}

enum status error_add_errno(struct error *error, enum status status, const char *format, ...)
{
    if (error != NULL) {
        char tail[256];
        snprintf(tail, sizeof tail, ": %s", strerror(errno));
        va_list arguments;
        va_start(arguments, format);
        append(error, format, arguments, tail);
        va_end(arguments);
    }
    return status;
}

void error_free(struct error *error)
{
    free(error->text);
    *error = (struct error){0};
}

/* Whether all of the standard output has arrived, as far as anybody waits for it. */
static bool is_written(void)
{
    struct stat output;
    bool flushed = fflush(stdout) == 0 && !ferror(stdout);
    return flushed || (fstat(STDOUT_FILENO, &output) == 0 &&
                       (S_ISFIFO(output.st_mode) || S_ISSOCK(output.st_mode)));
}

enum status error_tell(struct error *error, enum status status)
{
    errno = 0;
    if (!is_written()) {
        status = status ? status : STATUS_FAILED;
        if (errno)
            error_add_errno(error, status, "standard output: cannot write");
        else
            error_add(error, status, "standard output: cannot write all of it");
        if (!freopen("/dev/null", "w", stdout)) /* what is lost is told once */
            clearerr(stdout);
    }
    if (error->text)
        fputs(error->text, stderr);
    error_free(error);
    return status;
}

/* Large arrays are walked across, a row of some kilobytes a step: with pages of 4 kB nearly every
 * access to another row looks its page up anew. A wish that the system may refuse. */
static void ask_for_large_pages(void *memory, size_t bytes)
{
#ifdef MADV_HUGEPAGE
    enum { PAGE = 2 << 20 };
    if (bytes < PAGE)
        return;
    uintptr_t small = (uintptr_t)sysconf(_SC_PAGESIZE), start = (uintptr_t)memory / small * small;
    madvise((void *)start, (uintptr_t)memory + bytes - start, MADV_HUGEPAGE);
#endif
}

void *error_calloc(struct error *error, unsigned long count, unsigned long size, const char *what)
{
    enum { ALIGNMENT = 64 }; /* a cache line, and one AVX-512 register */

    if (size != 0 && count > (SIZE_MAX - ALIGNMENT) / size) {
        error_add(error, STATUS_FAILED, "out of memory: %s, %lu times %lu bytes", what, count,
                  size);
        return NULL;
    }
    size_t bytes = count * size;
    size_t padded = (bytes / ALIGNMENT + 1) * ALIGNMENT;
    void *memory = aligned_alloc(ALIGNMENT, padded);
    if (memory == NULL) {
        error_add(error, STATUS_FAILED, "out of memory: %s, %zu bytes", what, bytes);
        return NULL;
    }
    ask_for_large_pages(memory, padded);
    return memset(memory, 0, padded);
}

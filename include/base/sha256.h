/* SHA-256 (FIPS 180-4), by which others know a file. */
#ifndef SHA256_H
#define SHA256_H

#include <stdbool.h>

enum { SHA256_TEXT = 65 /* bytes of the sum in hexadecimal digits, with the final 0 */ };

/* Local. The sum of a whole file; false with errno: it cannot be read. */
bool sha256_file(char text[SHA256_TEXT], const char *path);

#endif

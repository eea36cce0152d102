/* Ranks of one host wake each other. Private to wire.c. */
#ifndef WIRE_BELL_H
#define WIRE_BELL_H

#include <stdbool.h>

/* Local. Hangs up the bell of `rank` in the run `key`, which no other run of this host has. Without one
 * wire_bell_sleep() only sleeps. */
struct wire_bell {
    unsigned long long key;
    int socket; /* below 0: there is none */
};
void wire_bell_hang(struct wire_bell *bell, unsigned long long key, int rank);
void wire_bell_drop(struct wire_bell *bell);

/* Local. Wakes `rank` if it is on this host and sleeps, now or the next time; never waits. */
void wire_bell_ring(const struct wire_bell *bell, int rank);

/* Local. Sleeps for `seconds`, or until a signal comes or the bell rings: then true. */
bool wire_bell_sleep(const struct wire_bell *bell, double seconds);

#endif

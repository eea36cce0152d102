/* Open MPI has nothing that sleeps until a message comes. So whoever sends one rings: by a byte to a
 * socket whose name is no file, so that nothing is left of it, whoever is killed. */
#include "cluster/wire_bell.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* The address of a rank's bell; returns its length. The name begins with a 0: Linux' abstract names. */
static socklen_t name_bell(struct sockaddr_un *address, const struct wire_bell *bell, int rank)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    int length = snprintf(address->sun_path + 1, sizeof address->sun_path - 1, "thetasweep %llx %d",
                          bell->key, rank);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
}

void wire_bell_hang(struct wire_bell *bell, unsigned long long key, int rank)
{
    struct sockaddr_un address;
    *bell = (struct wire_bell){key, socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    socklen_t length = name_bell(&address, bell, rank);
    if (bell->socket >= 0 && bind(bell->socket, (struct sockaddr *)&address, length) != 0)
        wire_bell_drop(bell);
}

void wire_bell_drop(struct wire_bell *bell)
{
    if (bell->socket >= 0)
        close(bell->socket);
    bell->socket = -1;
}

/* That it fails (the other is on another host, dead, or has been rung for often) means nothing. */
void wire_bell_ring(const struct wire_bell *bell, int rank)
{
    struct sockaddr_un address;
    socklen_t length = name_bell(&address, bell, rank);
    if (bell->socket >= 0)
        sendto(bell->socket, "", 1, MSG_NOSIGNAL, (struct sockaddr *)&address, length);
}

bool wire_bell_sleep(const struct wire_bell *bell, double seconds)
{
    struct pollfd bells = {.fd = bell->socket, .events = POLLIN};
    struct timespec time = {.tv_nsec = (long)(1e9 * seconds)};
    char byte;
    if (ppoll(&bells, 1, &time, NULL) <= 0)
        return false;
    while (recv(bell->socket, &byte, 1, 0) > 0) // all that have rung meanwhile
        ;
    return true;
}

#include "cluster/wire.h"

#include <string.h>

const char *wire_library(void)
{
    static char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int length;
    if (MPI_Get_library_version(text, &length) != MPI_SUCCESS)
        return "unknown";
    text[strcspn(text, ",\n")] = 0; /* Open MPI goes on with package and host */
    return text;
}

/* The program: errors are printed here and nowhere else. */
#include <unistd.h>

#include "base/processor.h"
#include "program/command.h"
#include "search/search.h"

int main(int argc, char **argv)
{
    struct error error = {0};
    enum status status = processor_start(argv, &error);
    if (status)
        _exit(error_tell(&error, status));
    search_register();
    status = command_main(argc, argv, &error);
    return error_tell(&error, status);
}

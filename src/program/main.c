/* The program: errors are printed here and nowhere else. */
#include <signal.h>
#include <unistd.h>

#include "base/linalg.h"
#include "base/processor.h"
#include "program/command.h"
#include "search/search.h"

int main(int argc, char **argv)
{
    signal(SIGXFSZ, SIG_IGN); // a write beyond the limit fails with a message
    linalg_fit(argv);
    linalg_start();
    search_register();
    struct error error = {0};
    enum status status = processor_check(&error);
    if (status)
        _exit(error_tell(&error, status)); // libraries without memory may never end by themselves
    status = command_main(argc, argv, &error);
    return error_tell(&error, status);
}

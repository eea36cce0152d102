/* The program: errors are printed here and nowhere else. */
#include <stdio.h>

#include "base/linalg.h"
#include "model/task.h"
#include "program/command.h"

int main(int argc, char **argv)
{
    linalg_fit(argv);
    linalg_start();
    task_register();
    struct error error = {0};
    enum status status = linalg_check(&error);
    if (!status)
        status = command_main(argc, argv, &error);
    if (error.text)
        fputs(error.text, stderr);
    error_free(&error);
    return status;
}

/* version: which build this is. */
#include <stdio.h>

#include "archive/archive.h"
#include "base/linalg.h"
#include "base/vector.h"
#include "base/version.h"
#include "cluster/wire.h"
#include "program/command.h"

static enum status run(const struct command_line *line, struct error *error)
{
    (void)line;
    (void)error;
    printf("thetasweep %s (%s)\n", version_string(), version_git());
    printf("compiler   %s\n", version_compiler());
    printf("flags      ");
    command_wrap(version_flags(), 11, 11);
    printf("MPI        %s\n", wire_library());
    printf("HDF5       %s\n", archive_library());
    printf("BLAS       ");
    command_wrap(linalg_library(), 11, 11);
    printf("core type  %s\n", linalg_core());
    printf("vectors    %s\n", vector_instructions());
    return STATUS_OK;
}

static const struct command_option options[] = {{0}};

const struct command command_version = {
    .name = "version",
    .words = "",
    .sentence = "Tells which build this is: version, revision, compiler, MPI, HDF5 and BLAS.",
    .options = options,
    .run = run,
};

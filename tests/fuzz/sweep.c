/* Sweep files: what `check` does with the text, but for the files that it names. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "archive/import.h"
#include "program/command.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHECKS = 16, MOST = 500 /* candidates that are resolved: more take their time */ };
static settings_check checks[CHECKS];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    search_register();
    for (int c = 0, own = 0; command_checks[c]; c++)
        if (command_checks[c] != import_check)
            checks[own++] = command_checks[c];
    return 0;
}

static void plan(struct config *config, struct error *error)
{
    struct space space;
    struct search_plan plan;
    if (sweep_candidates(&config->sweep) <= MOST &&
        !search_plan_create(&plan, &space, config, checks, error))
        search_plan_free(&plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config config;
    struct error error = {0};
    char *text = strndup((const char *)data, size);
    if (text && !config_parse(&config, "sweep.yaml", text, 0, NULL, &error)) {
        plan(&config, &error);
        config_free(&config);
    }
    error_free(&error);
    free(text);
    return 0;
}

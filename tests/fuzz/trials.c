/* Files that a sweep file names: one input is read as trials, then as weights. */
#include "archive/import.h"
#include "fuzz/forked.h"
#include "search/search.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    search_register();
    forked_start();
    return 0;
}

static enum status look(struct error *error)
{
    struct settings settings;
    struct settings_problems problems = {0};
    char reason[SETTINGS_VALUE];
    settings_defaults(&settings);
    if (settings_set(&settings, "task.name", "file", reason) ||
        settings_set(&settings, "task.path", path, reason) ||
        settings_set(&settings, "network.weights", path, reason))
        abort();
    import_check(&settings, &problems);
    return problems.count > 0 ? error_add(error, STATUS_USAGE, "%s", problems.problem[0].text)
                              : STATUS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    forked(data, size, look);
    return 0;
}

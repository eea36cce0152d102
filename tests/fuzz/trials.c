/* Files that a sweep file names: one input is read as trials, then as weights. */
#include "archive/import.h"
#include "fuzz/damaged.h"
#include "fuzz/served.h"
#include "search/search.h"

static struct settings trials, weights; // which name no file yet

static void prepare(struct settings *settings, const char *task)
{
    char reason[SETTINGS_VALUE];
    settings_defaults(settings);
    if (settings_set(settings, "task.name", task, reason) ||
        settings_set(settings, "network.dt", "10 ms", reason))
        abort();
}

static enum status look(struct error *error)
{
    struct settings_problems found = {0}, others = {0};
    snprintf(trials.path, sizeof trials.path, "%s", path);
    snprintf(weights.network.weights, sizeof weights.network.weights, "%s", path);
    import_check(&trials, &found);
    import_check(&weights, &others);
    return found.count > 0 && others.count > 0
               ? error_add(error, STATUS_USAGE, "%s", found.problem[0].text)
               : STATUS_OK;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    search_register();
    prepare(&trials, "file");
    prepare(&weights, "dnms");
    served_start(look);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    served_input(data, size);
    return 0;
}

/* The sweep file can choose what the lists of these two floors have. */
#include "search/estimator.h"
#include "search/search.h"

void search_register(void)
{
    task_register();
    learner_register();
    optimizer_register();
    estimator_register();
}

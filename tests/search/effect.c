/* Parameters without effect; that they truly have none is tested with the whole program. */
#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

#include "model/learner.h"
#include "search/effect.h"
#include "search/estimator.h"
#include "search/optimizer.h"
#include "specimen.h"

static void expect_parameters(const char *const *reads)
{
    for (; reads && *reads; reads++) {
        const struct parameter *row = settings_find(*reads);
        CU_ASSERT_PTR_NOT_NULL(row);
        if (!row)
            printf("\n    %s", *reads);
    }
}

static void what_variants_read_are_parameters(void)
{
    for (int k = 0; learner_list[k]; k++)
        expect_parameters(learner_list[k]->reads);
    for (int k = 0; estimator_list[k]; k++)
        expect_parameters(estimator_list[k]->reads);
    for (int k = 0; optimizer_list[k]; k++)
        expect_parameters(optimizer_list[k]->reads);
}

static void blockers_are_named(void)
{
    static const struct {
        const char *options, *name, *blocker;
    } cases[] = {
        {"seed=1", "meta.discount", NULL},
        {"seed=1", "rule.start.r3 d3", NULL},
        {"seed=1", "exploration.sd", "exploration.kind"},
        {"seed=1", "meta.optimizer.momentum", "meta.optimizer.name"},
        {"seed=1", "bptt.rate", "rule.family"},
        {"meta.estimator=pathwise", "meta.discount", "meta.estimator"},
        {"meta.estimator=pathwise", "meta.gradient", NULL},
        {"meta.estimator=es", "meta.gradient", "meta.estimator"},
        {"meta.optimizer=sgd", "meta.optimizer.beta1", "meta.optimizer.name"},
        {"meta.optimizer=sgd", "meta.optimizer.rate", NULL},
        {"meta.optimizer=cmaes", "meta.optimizer.rate", "meta.optimizer.name"},
        {"meta.optimizer=cmaes", "meta.discount", "meta.optimizer.name"},
        {"meta.optimizer=sgd", "meta.optimizer.longest", NULL},
        {"meta.optimizer=race", "meta.optimizer.longest", "meta.optimizer.name"},
        {"meta.optimizer=race", "meta.fresh_seeds", "meta.optimizer.name"},
        {"meta.optimizer=race", "meta.optimizer.population", NULL},
        {"meta.optimizer=cmaes", "meta.optimizer.alpha", "meta.optimizer.name"},
        {"meta.optimizer=cmaes", "meta.relative_steps", NULL},
        {"meta.optimizer=race", "meta.relative_steps", "meta.optimizer.name"},
        {"meta.estimator=es", "meta.relative_steps", NULL},
        {"meta.estimator=guided", "meta.discount", NULL},
        {"meta.estimator=es", "meta.guides", "meta.estimator"},
        {"seed=1", "meta.relative_steps", "meta.estimator"},
        {"exploration.kind=gaussian", "exploration.probability", "exploration.kind"},
        {"exploration.kind=none", "exploration.start", "exploration.kind"},
        {"rule.family=bptt", "rule.start.r3 d3", "rule.family"},
        {"rule.family=bptt", "rule.family", NULL},
        {"rule.family=bptt", "learning.rate", "rule.family"},
        {"rule.family=bptt", "meta.estimator", "rule.family"},
        {"rule.family=bptt", "meta.iterations", "rule.family"},
        {"rule.family=eprop", "learning.rate", NULL},
        {"rule.family=eprop", "rule.tau_w", NULL},
        {"rule.family=full_force", "force.every", NULL},
        {"meta.iterations=0", "meta.seeds", "meta.iterations"},
        {"meta.iterations=0", "meta.objective", NULL},
        {"rule.learn=[]", "meta.optimizer.rate", "rule.learn"},
        {"meta.held_out_seeds=0", "record.weights", "meta.held_out_seeds"},
        {"record.representations=[]", "record.interval", "record.representations"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct settings settings;
        specimen_assign(&settings, NULL, 0, cases[i].options);
        const char *blocker = search_blocker(&settings, cases[i].name);
        bool right = cases[i].blocker ? blocker && !strcmp(blocker, cases[i].blocker) : !blocker;
        CU_ASSERT(right);
        if (!right)
            printf("\n    %s: %s by %s", cases[i].options, cases[i].name, blocker);
    }
}

/* The row's parameter at one of its ends changes no other one's blocker. */
static int count_changes(const struct settings *settings, const struct parameter *row, double end)
{
    int rows, changes = 0;
    const struct parameter *other = settings_parameters(&rows);
    struct settings changed = *settings;
    settings_put(&changed, row, end);
    for (int i = 0; i < rows; i++)
        changes +=
            search_blocker(settings, other[i].name) != search_blocker(&changed, other[i].name);
    return changes;
}

static void numbers_that_are_not_whole_decide_nothing(void)
{
    static const char *const options[] = {"seed=1", "meta.estimator=es", "meta.optimizer=race",
                                          "rule.family=bptt", "exploration.kind=gaussian"};
    int rows, decide = 0;
    const struct parameter *row = settings_parameters(&rows);
    for (size_t o = 0; o < sizeof options / sizeof *options; o++) {
        struct settings settings;
        specimen_assign(&settings, NULL, 0, options[o]);
        for (int i = 0; i < rows; i++) {
            decide += search_decides(&row[i]);
            if (search_decides(&row[i]))
                continue;
            CU_ASSERT_EQUAL(count_changes(&settings, &row[i], row[i].minimum), 0);
            CU_ASSERT_EQUAL(count_changes(&settings, &row[i], row[i].maximum), 0);
        }
    }
    CU_ASSERT(decide > 0 && search_decides(NULL));
}

void test_effect(void)
{
    CU_pSuite suite = CU_add_suite("effect", NULL, NULL);
    CU_ADD_TEST(suite, what_variants_read_are_parameters);
    CU_ADD_TEST(suite, blockers_are_named);
    CU_ADD_TEST(suite, numbers_that_are_not_whole_decide_nothing);
}

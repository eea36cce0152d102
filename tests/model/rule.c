/* The rule's terms: their names, order and planes, and what a mistake is told. */
#include "model/rule.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "specimen.h"

void test_rule(void);

/* What a sweep file says and what the term is called then; NULL: it is none. */
static void names_are_read_and_written(void)
{
    static const struct {
        const char *said, *called;
    } cases[] = {
        {"r3 d3", "r3 d3"},
        {"r3", "r3 d0"},
        {"d1", "r0 d1"},
        {"r0 d0", "r0 d0"},
        {"p0", "r0 d0"},
        {"r1 p2", "r1 p2"},
        {"r1 d0 p2", "r1 p2"},
        {"r0 d0 p2 w1", "p2 w1"},
        {"w5", "w5"},
        {"r1 d3 p2", "r1 d3 p2"},
        {"p1 r1", NULL},
        {"r1 r2", NULL},
        {"r6", NULL},
        {"q1", NULL},
        {"", NULL},
        {"r", NULL},
        {"r1p2", NULL},
        {"r1 ", NULL},
        {"r10", NULL},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct rule_term term;
        char name[RULE_NAME] = "";
        bool good = rule_term_read(&term, cases[c].said);
        if (good)
            rule_term_write(name, &term);
        CU_ASSERT_EQUAL(good, cases[c].called != NULL);
        CU_ASSERT_STRING_EQUAL(name, cases[c].called ? cases[c].called : "");
    }
}

static void make(struct rule *rule, struct settings_problems *problems, const char *options)
{
    struct settings settings;
    specimen_assign(&settings, NULL, 0, options);
    *problems = (struct settings_problems){0};
    rule_check(&settings, problems);
    rule_create(rule, &settings);
}

/* Those of r and d by l, then k; then by w, by p, by d, by r. */
static void parameters_have_one_order(void)
{
    static const char *const names[] = {"r1 d0", "r0 d1",    "p1",       "r1 p1",
                                        "p2",    "r1 d1 w1", "log_tau_e"};
    struct rule rule;
    struct settings_problems problems;
    make(&rule, &problems,
         "rule.terms=[r1 d1 w1, p2, r1 p1, p1, d1, r1]; rule.start={p2: 3, r1 p1: 2}; "
         "rule.tau_e=50 ms; rule.learn=[theta, tau_e]");
    CU_ASSERT_EQUAL(problems.count, 0);
    CU_ASSERT_EQUAL_FATAL(rule.parameters, 7);
    CU_ASSERT(rule_place(&rule, RULE_TAU_E) == 6 && rule_place(&rule, RULE_CLIP) == -1);
    double theta[RULE_PARAMETERS];
    rule_get(&rule, theta);
    for (int p = 0; p < rule.parameters; p++) {
        char name[RULE_NAME];
        rule_name(&rule, p, name);
        CU_ASSERT_STRING_EQUAL(name, names[p]);
        CU_ASSERT(p >= rule.terms ||
                  theta[p] == 3 * (strcmp(name, "p2") == 0) + 2 * (strcmp(name, "r1 p1") == 0));
    }
}

/* 1e-15: a logarithm and back. */
static void constants_follow_the_coefficients(void)
{
    static const char *const names[] = {"r1 d1", "log_tau_w", "log_clip", "log_beta"};
    struct rule rule;
    struct settings_problems problems;
    double theta[RULE_PARAMETERS];
    make(&rule, &problems,
         "rule.terms=[r1 d1]; rule.start={}; rule.tau_w=20; learning.clip=0.01; "
         "learning.baseline_rate=0.5; rule.learn=[baseline_rate, clip, tau_w, theta]");
    CU_ASSERT_EQUAL(problems.count, 0);
    CU_ASSERT_EQUAL_FATAL(rule.parameters, 4);
    rule_get(&rule, theta);
    for (int p = 0; p < 4; p++) {
        char name[RULE_NAME];
        rule_name(&rule, p, name);
        CU_ASSERT_STRING_EQUAL(name, names[p]);
        theta[p] += log(3);
    }
    rule_bound(theta, &rule, 1);
    rule_set(&rule, theta);
    CU_ASSERT_DOUBLE_EQUAL(rule.tau_w, 60, 60e-15);
    CU_ASSERT_DOUBLE_EQUAL(rule.clip, 0.03, 0.03e-15);
    CU_ASSERT_EQUAL(rule.baseline_rate, 1); // no more than the reward itself
}

static void terms_of_a_kind_share_a_plane(void)
{
    struct rule rule;
    struct settings_problems problems;
    make(&rule, &problems, "rule.degree=2; rule.start={r1 d1: 1, r1 p1: 2, r2 d1 p1: 3, p2 w1: 4}");
    CU_ASSERT_EQUAL(rule.terms, 9 + 3);
    CU_ASSERT_EQUAL(rule.planes, 3);
    CU_ASSERT_EQUAL(rule_theta(&rule, 1, 1), 1);
    CU_ASSERT_EQUAL(rule.groups[RULE_PRESYNAPTIC], 2); // without and with w
    CU_ASSERT_EQUAL(rule.groups[RULE_POSTSYNAPTIC], 3);
    CU_ASSERT(rule.uses[RULE_P] && rule.uses[RULE_W] && rule_weighs(&rule));
    CU_ASSERT_EQUAL_FATAL(rule.pairs, 4); // r^0, r^1, r^2, and w
    for (int s = 0; s < 4; s++) {
        CU_ASSERT_EQUAL(rule.pair[s].rates, s % 3);
        CU_ASSERT_EQUAL(rule.pair[s].has[RULE_PRESYNAPTIC], s == 1 || s == 2);
        CU_ASSERT(rule.pair[s].has[RULE_POSTSYNAPTIC]);
    }
    make(&rule, &problems, "rule.terms=[r1 p1]; rule.start={}");
    CU_ASSERT(!rule_is_plain(&rule) && !rule.uses[RULE_D] && !rule_weighs(&rule));
}

static void joined_rules_have_the_terms_of_both(void)
{
    static const char *const names[] = {"r1 d1", "r1 p1", "p2 w1", "log_tau_w"};
    struct rule all = {0}, one;
    struct settings_problems problems;
    make(&one, &problems, "rule.terms=[r1 p1, p2 w1]; rule.start={}");
    CU_ASSERT(rule_join(&all, &one));
    make(&one, &problems, "rule.terms=[p2 w1, r1 d1]; rule.start={}; rule.learn=[theta, tau_w]");
    CU_ASSERT(rule_join(&all, &one));
    CU_ASSERT_EQUAL_FATAL(all.parameters, 4);
    for (int p = 0; p < 4; p++) {
        char name[RULE_NAME];
        rule_name(&all, p, name);
        CU_ASSERT_STRING_EQUAL(name, names[p]);
    }
}

static void too_many_others_are_refused(void)
{
    char options[SETTINGS_VALUE] = "rule.terms=[r1 d1";
    struct rule rule, all = {0};
    struct settings_problems problems;
    for (int n = 0; n <= RULE_OTHERS; n++)
        sprintf(options + strlen(options), ", r%d w%d", n % 6, 1 + n / 6);
    strcat(options, "]; rule.start={}; rule.degree=5");
    make(&rule, &problems, options);
    CU_ASSERT_EQUAL(problems.count, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(problems.problem[0].text, "allowed: 28"));
    CU_ASSERT_EQUAL(rule.terms, 1 + RULE_OTHERS);
    CU_ASSERT(rule_join(&all, &rule));
    make(&rule, &problems, "rule.terms=[p5]; rule.start={}");
    CU_ASSERT(!rule_join(&all, &rule));
}

static void mistakes_are_told(void)
{
    static const struct {
        const char *options, *told;
    } cases[] = {
        {"rule.terms=[r1 q1]", "found 'r1 q1', allowed: all, or powers of r, d, p, w"},
        {"rule.terms=[r4 p1]; rule.start={}", "from 0 to rule.degree = 3"},
        {"rule.terms=[p1, r0 d0 p1]; rule.start={}",
         "found 'p1' and 'r0 d0 p1', allowed: a term once"},
        {"rule.start={r1 p1: 1, r1 d0 p1: 2}", "found 'r1 p1' and 'r1 d0 p1'"},
        {"rule.terms=[r1 p1]; rule.start={p1: 1}",
         "found 'p1', allowed: terms that rule.terms has"},
        {"rule.start={p6: 1}", "of others from 0 to 5"},
        {"rule.learn=[theta, clip]; learning.clip=inf", "since rule.learn names clip"},
        {"rule.learn=[baseline_rate]; learning.baseline_rate=0", "found 0, allowed: above 0"},
        {"rule.learn=[baseline_rate]; meta.rpe_gradient=stopped", "found stopped, allowed: full"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct rule rule;
        struct settings_problems problems;
        make(&rule, &problems, cases[c].options);
        bool found = false;
        for (int p = 0; p < problems.count; p++)
            found |= strstr(problems.problem[p].text, cases[c].told) != NULL;
        if (!found)
            fprintf(stderr, "%s: not told: %s\n", cases[c].options, cases[c].told);
        CU_ASSERT(found);
    }
}

void test_rule(void)
{
    CU_pSuite suite = CU_add_suite("rule", NULL, NULL);
#define TEST(name) CU_add_test(suite, #name, name)
    TEST(names_are_read_and_written);
    TEST(parameters_have_one_order);
    TEST(constants_follow_the_coefficients);
    TEST(terms_of_a_kind_share_a_plane);
    TEST(joined_rules_have_the_terms_of_both);
    TEST(too_many_others_are_refused);
    TEST(mistakes_are_told);
#undef TEST
}

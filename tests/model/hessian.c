/* Second derivatives of a trial's loss, against central differences of the adjoint's gradient and of
 * the loss. */
#include <CUnit/Basic.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "model/hessian.h"
#include "world.h"

void test_hessian(void);

enum { N = 8, SQUARE = N * N, DIRECTIONS = 3, FORMS = DIRECTIONS * DIRECTIONS };

static const char *const cases[] = {
    "learning.reward=square",
    "learning.reward=absolute",
    "learning.reward=absolute; meta.objective=square; network.dt=0.8 ms", // more than one block
    "network.clamped={1: 1, 4: -1}; rule.carry_trace=true; network.readout=unit",
    "network.density=0.6; exploration.kind=gaussian; exploration.sd=0.3; meta.objective=absolute",
    "meta.objective=wrong",
    "network.phi=relu; network.gain=0.8",
    "task.name=dnms; task.cue=20 ms; task.delay=20 ms; task.wait=20 ms; task.response=40 ms",
    "task.name=flipflop; task.slot=20 ms; task.pulse=10 ms", // three outputs
    "learning.reward=binary; meta.objective=square",
};
enum { CASES = sizeof cases / sizeof *cases };

struct bench {
    struct world world;
    struct adjoint adjoint;
    struct hessian hessian;
    struct rule bare;
    double direction[DIRECTIONS * SQUARE], weight[SQUARE];
};

/* Fifth trial, so that a trace is carried, at weights moved by `step` along direction l. */
static void run(struct bench *b, int l, double step)
{
    struct lifetime *lifetime = &b->world.lifetime;
    for (int s = 0; s < SQUARE; s++)
        lifetime->network.recurrent[s] = b->weight[s] + step * b->direction[l * SQUARE + s];
    trial_start(&lifetime->trial);
    for (uint64_t h = 0; h < 5; h++) {
        trial_draw(&lifetime->trial, &lifetime->network, &lifetime->rule, lifetime->settings, 3, h);
        trial_run(&lifetime->trial, &lifetime->network, &lifetime->rule, lifetime->settings);
    }
}

static const double *gradient(struct bench *b, int l, double step)
{
    const struct adjoint_step one = {.loss_weight = 1, .reset = true};
    run(b, l, step);
    adjoint_start(&b->adjoint, &b->bare, &b->world.lifetime.shape);
    adjoint_trial(&b->adjoint, &b->world.lifetime.trial, &b->world.lifetime.network, &b->bare,
                  &one);
    return b->adjoint.weight;
}

static void start(struct bench *b, const char *options)
{
    struct lifetime *lifetime = &b->world.lifetime;
    world_create(&b->world, options, (struct lifetime_gradient){0});
    b->bare = (struct rule){.trace_alpha = lifetime->rule.trace_alpha,
                            .carry_trace = lifetime->rule.carry_trace};
    memcpy(b->weight, lifetime->network.recurrent, sizeof b->weight);
    if (adjoint_create(&b->adjoint, &b->bare, &lifetime->shape, N, lifetime->trial.in_single,
                       NULL) ||
        hessian_create(&b->hessian, &lifetime->shape, N, DIRECTIONS, NULL))
        abort();
    srand(5);
    for (int s = 0; s < DIRECTIONS * SQUARE; s++) {
        const unsigned char *mask = lifetime->network.mask;
        double draw = (double)rand() / RAND_MAX - 0.5;
        b->direction[s] = mask && !mask[s % SQUARE] ? 0 : draw;
    }
}

static void find_forms(double *out, struct bench *b, double width)
{
    gradient(b, 0, 0);
    hessian_forms(out, &b->hessian, &b->world.lifetime.trial, &b->world.lifetime.network,
                  &b->adjoint, &b->world.settings, b->direction, width);
}

static void stop(struct bench *b)
{
    lifetime_free(&b->world.lifetime);
    adjoint_free(&b->adjoint);
    hessian_free(&b->hessian);
}

static void find_differences(double *out, struct bench *b, double step)
{
    double above[SQUARE];
    for (int l = 0; l < DIRECTIONS; l++) {
        memcpy(above, gradient(b, l, step), sizeof above);
        const double *below = gradient(b, l, -step);
        for (int k = 0; k < DIRECTIONS; k++) {
            const double *v = b->direction + k * SQUARE;
            out[k * DIRECTIONS + l] =
                (linalg_dot(v, above, SQUARE) - linalg_dot(v, below, SQUARE)) / (2 * step);
        }
    }
}

/* 1e-8: central differences with a step of 1e-5, whose third order is 1e-10 times a factor that grows
 * with the steps of a trial. */
static void forms_are_differences_of_gradients(void)
{
    for (int c = 0; c < CASES; c++) {
        struct bench b;
        double forms[FORMS], differences[FORMS];
        start(&b, cases[c]);
        find_forms(forms, &b, 0);
        find_differences(differences, &b, 1e-5);
        double worst = world_deviation(forms, differences, FORMS);
        if (!(worst < 1e-8))
            fprintf(stderr, "%s: %g\n", cases[c], worst);
        CU_ASSERT(worst < 1e-8);
        for (int k = 0; k < FORMS; k++)
            CU_ASSERT_EQUAL(forms[k], forms[k % DIRECTIONS * DIRECTIONS + k / DIRECTIONS]);
        stop(&b);
    }
}

/* The same trial in single precision. */
static void single_precision_is_near(void)
{
    struct bench b;
    double forms[FORMS], expected[FORMS];
    start(&b, cases[0]);
    find_forms(expected, &b, 0);
    stop(&b);
    start(&b, "precision=single");
    find_forms(forms, &b, 0);
    stop(&b);
    CU_ASSERT(world_deviation(forms, expected, FORMS) < 1e-5);
}

/* Over targets spread evenly the mean of |y - y*| bends where no single one does. */
static void kink_counts_in_the_mean(void)
{
    enum { TARGETS = 400 };
    struct bench b;
    double mean[2] = {0}, forms[FORMS], loss[3] = {0}, step = 0.05;
    for (int i = 0; i < TARGETS; i++) {
        struct lifetime *lifetime = &b.world.lifetime;
        char text[256];
        snprintf(text, sizeof text,
                 "task.name=dnms; task.cue=20 ms; task.delay=20 ms; task.wait=20 ms; "
                 "task.response=40 ms; learning.reward=absolute; task.target=%g",
                 2 * (i + 0.5) / TARGETS - 1);
        start(&b, text);
        for (int w = 0; w < 2; w++) {
            find_forms(forms, &b, w ? 0.1 : 0);
            mean[w] += forms[0] / TARGETS;
        }
        for (int d = -1; d <= 1; d++) {
            run(&b, 0, d * step);
            loss[d + 1] -= lifetime->trial.objective / TARGETS;
        }
        stop(&b);
    }
    double expected = (loss[0] - 2 * loss[1] + loss[2]) / (step * step);
    CU_ASSERT_DOUBLE_EQUAL(mean[1] / expected, 1, 0.05);
    CU_ASSERT(fabs(mean[0] / expected - 1) > 0.2);
}

void test_hessian(void)
{
    CU_pSuite suite = CU_add_suite("hessian", NULL, NULL);
    CU_ADD_TEST(suite, forms_are_differences_of_gradients);
    CU_ADD_TEST(suite, single_precision_is_near);
    CU_ADD_TEST(suite, kink_counts_in_the_mean);
}

/* Learning by least squares while the trial runs. N units, O outputs. */
#include "model/learners/online.h"

#include "base/linalg.h"

static int stride_of(const struct settings *settings)
{
    int stride = task_steps(settings->force.every, settings->network.dt);
    return stride > 1 ? stride : 1;
}

void learner_online_layout(struct learner_online *online, struct learner_block *block,
                           const struct settings *settings, const struct task_shape *shape)
{
    size_t n = (size_t)settings->network.units, outputs = (size_t)shape->outputs;
    learner_hints_layout(&online->hints, block, settings, shape);
    size_t hints = (size_t)online->hints.count, most = outputs > hints ? outputs : hints;
    learner_rls_layout(&online->outputs, block, settings);
    online->output_feedback = learner_piece(block, n * outputs);
    online->hint_feedback = learner_piece(block, n * hints);
    online->error = learner_piece(block, n > most ? n : most);
    online->stride = stride_of(settings);
}

void learner_online_start(struct learner_online *online, const struct learner_site *site)
{
    const struct settings *settings = site->settings;
    long n = site->network->units;
    learner_rls_start(&online->outputs);
    learner_hints_start(&online->hints, site);
    learner_draw(online->output_feedback, site, RANDOM_FEEDBACK, n * site->network->outputs,
                 settings->force.feedback);
    learner_draw(online->hint_feedback, site, RANDOM_HINTS, n * online->hints.count,
                 settings->force.hint_gain);
}

void learner_online_run(struct learner_online *online, const struct learner_site *site,
                        bool (*after_step)(void *context, int n))
{
    struct learner_site copy = *site;
    learner_hints_fill(&online->hints, site->trial);
    site->trial->after_step = after_step;
    site->trial->context = &copy;
    trial_run(site->trial, site->network, site->rule, site->settings);
    site->trial->after_step = NULL;
}

static const double *rate_after(const struct learner_site *site, int n)
{
    return site->trial->rate + (long)(n + 1) * site->network->units;
}

void learner_online_answer(const struct learner_site *site, int n)
{
    int units = site->network->units, outputs = site->network->outputs;
    linalg_gemv(site->trial->output + (long)n * outputs, site->network->readout, units,
                rate_after(site, n), outputs, units, 1, 0, 0); // (7)
}

bool learner_online_correct(struct learner_online *online, const struct learner_site *site, int n)
{
    int units = site->network->units, outputs = site->network->outputs;
    long at = (long)n * outputs;
    if (site->trial->task.window[n] <= 0)
        return false;
    for (int o = 0; o < outputs; o++)
        online->error[o] = site->trial->output[at + o] - site->trial->task.target[at + o];
    learner_rls_take(&online->outputs, rate_after(site, n));
    learner_add_rows(site->network->readout, online->error, online->outputs.gain, -1, outputs,
                     units);
    return true;
}

double learner_online_flops(const struct settings *settings, const struct task_shape *shape,
                            double always, double update)
{
    double n = (double)settings->network.units, stride = stride_of(settings);
    return (always * stride + update) * n * n * shape->steps / stride;
}

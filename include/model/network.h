/* The rate network: sizes, weights and fixed properties. Equations (1), (2) and (7). */
#ifndef NETWORK_H
#define NETWORK_H

#include <stdint.h>

#include "config/settings.h"

struct network {
    int units;    /* N */
    int inputs;   /* I */
    int outputs;  /* O */
    int phi;      /* PHI_TANH or PHI_RELU */
    double dt;    /* ms */
    double alpha; /* dt / tau */
    double initial_state;
    double *recurrent;     /* W [N, N], row = postsynaptic */
    double *input;         /* W_in [N, I] */
    double *readout;       /* W_out [O, N] */
    double *bias;          /* b [N] */
    unsigned char *mask;   /* [N, N], 1 where a synapse exists; NULL when all do */
    int excitatory;        /* by Dale's law units 0 .. excitatory - 1; -1: there is no law */
    int clamped;           /* units with a fixed state */
    int *clamped_unit;     /* [clamped] */
    double *clamped_state; /* [clamped] x */
};

/* Weights made elsewhere, for settings->network.weights; NULL: drawn as ever. */
struct network_table {
    struct network_table *next;
    char path[SETTINGS_PATH];   /* as in settings->network.weights */
    int units, inputs, outputs; /* N, I, O; 0 where no array tells */
    double *recurrent;          /* W [N, N] */
    double *input;              /* W_in [N, I] */
    double *readout;            /* W_out [O, N] */
    double *bias;               /* b [N] */
    unsigned char *mask;        /* [N, N]; instead of density and self_connections */
};

/* Local. Makes a table known under its path; it lives as long as the program. Before any network.
 */
void network_add_table(struct network_table *table);

/* Local. The table of this path, or NULL. */
const struct network_table *network_table(const char *path);

/* Local. Takes the memory of a network; owned by it, released by network_free().
 * Returns STATUS_OK or STATUS_FAILED (out of memory; nothing is held then). */
enum status network_create(struct network *network, const struct settings *settings, int inputs,
                           int outputs, struct error *error);

/* Local. Draws all weights as functions of (`run_seed`, `task_seed`) and the settings; with
 * network.fixed not of `task_seed`. */
void network_draw(struct network *network, const struct settings *settings, uint64_t run_seed,
                  uint64_t task_seed);

/* Local. Sets the clamped units of the state `x` [N]. */
void network_clamp(const struct network *network, double *x);

/* Local. Sets recurrent weights whose sign is against Dale's law to 0; nothing without the law. */
void network_obey(struct network *network);

/* Local. Copies W [N, N], W_in [N, I] and W_out [O, N], one after the other, to `out` unless it is
 * NULL; returns how many numbers they are. */
long network_copy_weights(double *out, const struct network *network);

/* Local. (1): rate[i] = phi(x[i]) and slope[i] = phi'(x[i]), both [N]. */
void network_rate(const struct network *network, double *rate, double *slope, const double *x);
void network_rate_single(const struct network *network, float *rate, float *slope, const float *x);

/* Local. The same slope [count] from the rates. */
void network_slope(const struct network *network, double *slope, const double *rate, long count);
void network_slope_single(const struct network *network, float *slope, const float *rate,
                          long count);

/* Local. Checks settings.network against itself, for space_create(). */
void network_check(const struct settings *settings, struct settings_problems *problems);

void network_free(struct network *network);

/* Local. Bytes that network_create() takes. */
double network_bytes(const struct settings *settings, int inputs, int outputs);

#endif

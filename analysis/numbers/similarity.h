/* Distances between the activity of two networks in the same trials. x [samples, units], samples
 * being (condition, time); the numbers of units may differ. All distances are 0 for equal activity
 * and, but for rsa, between 0 and pi/2. */
#ifndef SIMILARITY_H
#define SIMILARITY_H

#include <stdbool.h>

/* What is kept of one network, so that a pair costs little. */
struct similarity {
    int samples, rank;
    double *ranks;  /* standardised ranks of the dissimilarities of all pairs of samples
                       [samples (samples - 1) / 2] */
    double *gram;   /* X X^T of centred columns, divided by its norm [samples, samples] */
    double *scores; /* U S of X = U S V^T, divided by ||X||: X up to a rotation [samples, rank] */
    bool flat;      /* no activity to speak of: distances from it are NaN */
};

/* Local. x [samples, units] is centred in place. False when memory runs out or x is not finite;
 * nothing is held then. */
bool similarity_create(struct similarity *similarity, double *x, int samples, int units);
void similarity_free(struct similarity *similarity);

/* Local. 1 - Spearman correlation of the dissimilarities 1 - corr(x_a, x_b) of all pairs of
 * samples: 0 to 2 (Kriegeskorte et al. 2008, Front. Syst. Neurosci. 2:4). */
double similarity_rsa(const struct similarity *a, const struct similarity *b);

/* Local. arccos of linear CKA, ||Y^T X||^2 / (||X^T X|| ||Y^T Y||) (Kornblith et al. 2019,
 * arXiv 1905.00414; as an angle: Williams et al. 2021, arXiv 2110.14739). */
double similarity_cka(const struct similarity *a, const struct similarity *b);

/* Local. Angular Procrustes distance arccos(||X^T Y||_* / (||X|| ||Y||)), the smaller network
 * filled up with zeros (Williams et al. 2021). NaN when memory runs out. */
double similarity_procrustes(const struct similarity *a, const struct similarity *b);

#endif

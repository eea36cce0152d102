/* What a table of distances says: do groups differ, who is near whom. distance [n, n] is symmetric
 * with a zero diagonal and has no NaN. */
#ifndef GROUPS_H
#define GROUPS_H

#include <stdbool.h>
#include <stdint.h>

/* Pairs of one block (one seed: the same start weights and trials) are not counted in `within` and
 * `between`: they would make different rules look alike. */
struct groups_means {
    double within, between; /* mean distance over pairs of different blocks; NaN: no such pair */
    double same_block;      /* between groups, the same block */
};

/* Local. label [n] and block [n] are any numbers >= 0. */
struct groups_means groups_means(const double *distance, const int *label, const int *block, int n);

/* Local. Chance that labels shuffled among the items of each stratum give as large a between -
 * within as the given ones: (1 + as large) / (1 + permutations) (Phipson and Smyth 2010). Items of
 * one stratum must differ in nothing but what the labels say. NaN when no shuffle changes anything.
 * stratum [n] are any numbers >= 0; `seed` chooses the permutations. */
double groups_p_value(const double *distance, const int *label, const int *block,
                      const int *stratum, int n, int permutations, uint64_t seed);

/* How much of the distances the labels explain: PERMANOVA (Anderson 2001, Austral Ecology 26:32).
 * All pairs count, those of one block too; the shuffles keep to the strata. */
struct groups_effect {
    double f, r_squared; /* pseudo-F; share of the sum of squared distances. NaN: one group only */
    double low, high; /* 95 % of r_squared when blocks are drawn again, with replacement, pairs of
                            two copies of a block left out, moved so that its mean is r_squared.
                            NaN: fewer than 3 blocks */
    double chance;    /* mean of r_squared over the shuffles; NaN: none changes anything */
    double p_value;   /* share of the shuffles with as large an f, as in groups_p_value() */
};

/* Local. NaN everywhere when memory runs out. */
struct groups_effect groups_effect(const double *distance, const int *label, const int *block,
                                   const int *stratum, int n, int permutations, int resamples,
                                   uint64_t seed);

/* Local. Holm's correction for `count` tests, NaN ones left out: out [count], p [count]. */
void groups_holm(double *out, const double *p, int count);

/* Local. Classical multidimensional scaling (Torgerson 1952): out [n, axes], variance [axes] the
 * share of each axis in the sum of the positive eigenvalues. False when memory runs out. */
bool groups_scaling(double *out, double *variance, const double *distance, int n, int axes);

/* Local. Silhouette of every item (Rousseeuw 1987), 0 in a group of one; returns their mean, NaN
 * when there is one group only. out [n] may be NULL. */
double groups_silhouette(double *out, const double *distance, const int *label, int n);

/* Local. Average linkage (UPGMA): out [n - 1, 4] in scipy's format: the two clusters, their
 * distance, the size; cluster n + i is made by row i. False when memory runs out. */
bool groups_linkage(double *out, const double *distance, int n);

/* Local. Cuts a linkage into `clusters` clusters: label [n], numbered by their first item. */
void groups_cut(int *label, const double *linkage, int n, int clusters);

#endif

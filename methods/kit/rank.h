/* How two rankings of a few hundred things agree; what a search puts on record of its surrogate. */
#ifndef NASBED_METHODS_KIT_RANK_H
#define NASBED_METHODS_KIT_RANK_H

/* Kendall's tau-b of x [n] and y [n], in O(n^2); NaN if either is all ties. (The reports have one
 * for whole spaces.) */
double rank_tau_b(const double *x, const double *y, int n);

#endif

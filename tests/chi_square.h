/* How far counts are from uniform. */
#ifndef NASBED_TESTS_CHI_SQUARE_H
#define NASBED_TESTS_CHI_SQUARE_H

/* Pearson's statistic of `n` counts against equal expectations. */
static inline double chi_square(const int *count, int n, int total)
{
    double expected = (double)total / n, sum = 0;
    for (int i = 0; i < n; i++)
        sum += (count[i] - expected) * (count[i] - expected) / expected;
    return sum;
}

#endif

#include "methods/kit/rank.h"

#include <math.h>

static int sign(double difference)
{
    return (difference > 0) - (difference < 0);
}

double rank_tau_b(const double *x, const double *y, int n)
{
    double agree = 0, untied_x = 0, untied_y = 0; /* pairs */
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++) {
            int a = sign(x[i] - x[j]), b = sign(y[i] - y[j]);
            agree += a * b;
            untied_x += a * a;
            untied_y += b * b;
        }
    return agree / sqrt(untied_x * untied_y);
}

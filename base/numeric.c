#include "base/numeric.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static const double LN2_HIGH = 6.93147180369123816490e-01; /* 33 bits: k * LN2_HIGH is exact */
static const double LN2_LOW = 1.90821492927058770002e-10;

/* 2^k * x by exponent arithmetic, k in [-1100, 1100]; two steps keep the factors normal. */
static double scale(double x, int k)
{
    int half = k / 2;
    for (int i = 0; i < 2; i++) {
        int part = i == 0 ? half : k - half;
        uint64_t bits = (uint64_t)(part + 1023) << 52;
        double factor;
        memcpy(&factor, &bits, sizeof factor);
        x *= factor;
    }
    return x;
}

double numeric_exp(double x)
{
    if (x != x)
        return x;
    if (x > 709.78271289338397)
        return (double)INFINITY;
    if (x < -745.2)
        return 0.0;
    double scaled = x * 1.44269504088896338700;
    int k = (int)(scaled + (scaled >= 0 ? 0.5 : -0.5));
    double r = (x - k * LN2_HIGH) - k * LN2_LOW; /* |r| <= ln 2 / 2 */
    /* Taylor to degree 13: the remainder is below 2^-60 on this interval. */
    static const double inverse_factorial[] = {1.0,
                                               1.0,
                                               1.0 / 2,
                                               1.0 / 6,
                                               1.0 / 24,
                                               1.0 / 120,
                                               1.0 / 720,
                                               1.0 / 5040,
                                               1.0 / 40320,
                                               1.0 / 362880,
                                               1.0 / 3628800,
                                               1.0 / 39916800,
                                               1.0 / 479001600,
                                               1.0 / 6227020800.0};
    double sum = inverse_factorial[13];
    for (int i = 12; i >= 0; i--)
        sum = sum * r + inverse_factorial[i];
    return scale(sum, k);
}

double numeric_log(double x)
{
    if (x == 0.0)
        return -(double)INFINITY;
    if (!(x > 0.0) || x > 1.7976931348623157e308)
        return x > 0.0 ? x : (double)NAN;
    int k = 0;
    if (x < 2.2250738585072014e-308) {
        x *= 0x1p54;
        k = -54;
    }
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    k += (int)(bits >> 52) - 1023;
    bits = (bits & 0xfffffffffffffu) | (uint64_t)1023 << 52;
    double m;
    memcpy(&m, &bits, sizeof m);
    if (m > 1.41421356237309504880) {
        m *= 0.5;
        k++;
    }
    /* log m = 2 atanh s, s = (m - 1) / (m + 1), |s| <= 0.1716: 12 odd terms reach 2^-60. */
    double s = (m - 1.0) / (m + 1.0), z = s * s, sum = 0.0;
    for (int i = 23; i >= 3; i -= 2)
        sum = (sum + 1.0 / i) * z;
    return k * LN2_HIGH + (2.0 * s + (2.0 * s * sum + k * LN2_LOW));
}

double numeric_cos(double x)
{
    static const double PIO2_1 = 1.57079632673412561417e+00; /* 33 bits of pi / 2 */
    static const double PIO2_2 = 6.07710050630396597660e-11; /* the next 33 */
    static const double PIO2_3 = 2.02226624879595063154e-21; /* the rest */
    x = fabs(x);
    double n = floor(x * 0.636619772367581343076 + 0.5);
    double r = ((x - n * PIO2_1) - n * PIO2_2) - n * PIO2_3, z = r * r, sum = 0.0;
    int quadrant = (int)((int64_t)n & 3);
    if (quadrant & 1) { /* cos(r + pi/2) = -sin r, cos(r + 3 pi/2) = sin r */
        for (int i = 17; i >= 3; i -= 2)
            sum = (sum + 1.0) * (-z / (i * (i - 1)));
        double sine = r + r * sum;
        return quadrant == 1 ? -sine : sine;
    }
    for (int i = 18; i >= 2; i -= 2)
        sum = (sum + 1.0) * (-z / (i * (i - 1)));
    return quadrant == 0 ? 1.0 + sum : -(1.0 + sum);
}

double numeric_tanh(double x)
{
    double a = fabs(x), t;
    if (a > 22.0)
        t = 1.0;
    else if (a < 0.125) { /* continued fraction: exp(2a) - 1 would cancel */
        double z = a * a;
        t = a / (1 + z / (3 + z / (5 + z / (7 + z / (9 + z / (11 + z / 13))))));
    } else {
        double e = numeric_exp(2.0 * a);
        t = 1.0 - 2.0 / (e + 1.0);
    }
    return x < 0 ? -t : t;
}

double numeric_sigmoid(double x)
{
    double e = numeric_exp(x < 0 ? x : -x); /* at most 1: no overflow */
    return x < 0 ? e / (1 + e) : 1 / (1 + e);
}

/* Elementary functions with the same bits on every machine: only +, -, *, / and IEEE sqrt inside. */
#ifndef NASBED_BASE_NUMERIC_H
#define NASBED_BASE_NUMERIC_H

#define NUMERIC_PI 3.14159265358979323846

/* exp(x); relative error below 1e-15 for |x| < 700; 0 below -745, infinity above 709.78. */
double numeric_exp(double x);

/* Natural logarithm of x > 0, finite; relative error below 1e-15. log(0) = -infinity. */
double numeric_log(double x);

/* cos(x) for |x| < 1e6; absolute error below 1e-15 (times |x| for large x). */
double numeric_cos(double x);

/* tanh(x); relative error below 1e-14. */
double numeric_tanh(double x);

/* 1 / (1 + exp(-x)); relative error below 1e-14; 0 below -745, 1 from 37 on. */
double numeric_sigmoid(double x);

#endif

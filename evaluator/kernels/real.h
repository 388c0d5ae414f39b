/* The number type of the engine, and how many images lie side by side. */
#ifndef NASBED_EVALUATOR_KERNELS_REAL_H
#define NASBED_EVALUATOR_KERNELS_REAL_H

#define LANES 16 /* images in a vector */

#ifdef NASBED_DOUBLE
typedef double real; /* reference engine, for gradient checks */
#else
typedef float real;
#endif

#endif

/* The machine's fused multiply-add peak, measured: what every share of peak is a share of. */
#ifndef NASBED_EVALUATOR_PEAK_H
#define NASBED_EVALUATOR_PEAK_H

/* GFLOP/s of one thread over about `seconds`: independent chains of fused multiply-adds in the widest
 * registers this machine and the program's kernels (NASBED_KERNELS) use. */
double peak_gflops(double seconds);

#endif

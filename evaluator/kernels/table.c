/* This instruction set's table of kernels. */
#include "evaluator/kernels/isa.h"

#define KERNEL_TEXT2(isa) #isa
#define KERNEL_TEXT(isa)  KERNEL_TEXT2(isa)

extern const struct kernels KERNEL(kernels);
const struct kernels KERNEL(kernels) = {
    .name = KERNEL_TEXT(NASBED_ISA),
    .conv_forward = KERNEL(conv_forward),
    .conv_data = KERNEL(conv_data),
    .conv_weight = KERNEL(conv_weight),
    .combine = KERNEL(combine),
    .norm_sums = KERNEL(norm_sums),
    .norm_data = KERNEL(norm_data),
    .statistics = KERNEL(statistics),
    .add = KERNEL(add),
    .drop = KERNEL(drop),
    .avg_forward = KERNEL(avg_forward),
    .avg_data = KERNEL(avg_data),
    .max_forward = KERNEL(max_forward),
    .max_data = KERNEL(max_data),
    .global_forward = KERNEL(global_forward),
    .global_data = KERNEL(global_data),
    .nesterov = KERNEL(nesterov),
    .pack = KERNEL(pack),
};

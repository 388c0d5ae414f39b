/* The kernel of OpenBLAS, on which the bits of methods that use it depend. */
#ifndef NASBED_CLI_KERNEL_H
#define NASBED_CLI_KERNEL_H

/* OpenBLAS chooses its kernel when it is loaded, by the machine or by OPENBLAS_CORETYPE: to pin it, the
 * program (`argv`, its name first) starts anew with that set. What the user has set stays. Comes back only
 * where nothing is to be pinned, or where the program cannot be found; traces name the kernel either
 * way. */
void kernel_pin(char **argv);

#endif

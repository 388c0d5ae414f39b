#include "cli/kernel.h"

#include "methods/kit/blas.h"

#include <stdlib.h>
#include <unistd.h>

void kernel_pin(char **argv)
{
    const char *kernel = blas_kernel_pinned();
    if (!kernel || getenv("OPENBLAS_CORETYPE") || setenv("OPENBLAS_CORETYPE", kernel, 1))
        return;
    (void)setenv("OPENBLAS_NUM_THREADS", "1", 1); /* start none that would only idle */
    (void)execv("/proc/self/exe", argv);
}

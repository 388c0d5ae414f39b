#include "base/block.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20) /* bytes; where they are of another size it is only alignment */

void *block_allocate(size_t *bytes)
{
    if (*bytes > SIZE_MAX - HUGE_PAGE)
        return NULL;
    *bytes = (*bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    void *block = aligned_alloc(HUGE_PAGE, *bytes);
    if (block)
        (void)madvise(block, *bytes, MADV_HUGEPAGE); /* only advice */
    return block;
}

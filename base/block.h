/* Blocks: large memory that is written once from end to end or read at random. Asked for in huge
 * pages, of which the first touch of a megabyte, and a look-up far away, cost a fraction. */
#ifndef NASBED_BASE_BLOCK_H
#define NASBED_BASE_BLOCK_H

#include <stddef.h>

/* Memory of at least *bytes, not cleared, aligned to a huge page; the caller frees it with free().
 * *bytes becomes what it holds, rounded up to whole huge pages: not for what is much smaller. NULL:
 * out of memory. */
void *block_allocate(size_t *bytes);

#endif

/* Released tables: the .h5 files that lie in this folder of the sources, or are installed. */
#ifndef NASBED_TABLES_RELEASED_H
#define NASBED_TABLES_RELEASED_H

#include "tables/table.h"

/* Visit the tables of one folder in the order of their names; files that are none are passed over. Stops at what
 * is not 0 and returns it. */
int released_each(const char *folder, released_visit *visit, void *context);

/* The table of (space, protocol) in one folder: the first by name of those whose seal says so. NULL
 * if there is none; the caller frees. */
char *released_find(const char *folder, const char *space, const char *protocol);

#endif

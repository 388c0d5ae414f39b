/* The keys of a protocol file as option rows: one table for [training], one a skeleton section. */
#ifndef NASBED_PROTOCOLS_ROWS_H
#define NASBED_PROTOCOLS_ROWS_H

#include "base/options.h"

#define ROWS_MAX 32 /* no table has more rows */

/* The rows of [training], into struct training. None has a default: a protocol says everything. */
extern const struct option_row training_rows[];

/* The rows of [skeleton.SPACE], into struct skeleton: the keys that the space has a use for; NULL if
 * the space is unknown. */
const struct option_row *skeleton_rows(const char *space);

/* Spaces that skeleton_rows knows, in order; NULL past the end. */
const char *skeleton_space(int i);

#endif

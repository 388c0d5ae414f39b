/* Reading the text of a protocol file: syntax, keys, ranges, and what must fit together. */
#ifndef NASBED_PROTOCOLS_PARSE_H
#define NASBED_PROTOCOLS_PARSE_H

#include "protocols/protocol.h"
#include "protocols/rows.h"

/* Lines where the keys of [training] stand, in the order of training_rows; 0: not there. */
struct parse_lines {
    int line[ROWS_MAX];
};

/* Fill training and skeletons of `protocol` from `text`; every key once, none unknown, none missing.
 * Errors: ERROR_FORMAT, "line 12: ...". */
int parse_protocol(const char *text, struct protocol *protocol, struct parse_lines *lines,
                   struct error *error);

/* Check what ranges cannot: words, multiples, sums against the data set; fill the skeletons' input
 * and classes from its shape. Errors: ERROR_FORMAT, "line 12: batch = 60: ...". */
int check_protocol(struct protocol *protocol, const struct parse_lines *lines, struct error *error);

#endif

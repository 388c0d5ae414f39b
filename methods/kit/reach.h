/* How far a growing search can get: the strings of `chain` that EAS's actors can make of the smallest
 * network within one episode. Every result of such a search is one of these. */
#ifndef NASBED_METHODS_KIT_REACH_H
#define NASBED_METHODS_KIT_REACH_H

#include "methods/nasbed.h"

struct reach {
    int wider,
        deeper;    /* steps an episode; those of grower and skipper are as many as the wider's */
    bool stops;    /* the deeper may stop before its steps are used up */
    bool extended; /* there are a grower and a skipper */
};

/* Their number, the smallest network among them; 0 when memory runs out. */
size_t reach_count(const struct nasbed_trial *trial, const struct reach *reach);

#endif

/* The classes that the survey sorts search methods into: traces name one, reports keep their order. */
#ifndef NASBED_PROTOCOLS_CLASSES_H
#define NASBED_PROTOCOLS_CLASSES_H

/* Place of a class in the survey's order (RL, EA, GO, RS, SMBO), from 0; -1 if there is none of that
 * name (which may be NULL). */
int class_find(const char *name);

#endif

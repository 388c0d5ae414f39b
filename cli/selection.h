/* The methods that a command line selects, with the options it sets. */
#ifndef NASBED_CLI_SELECTION_H
#define NASBED_CLI_SELECTION_H

#include "base/error.h"
#include "methods/trial/registry.h"

#define SELECTION_MOST 64 /* methods */

struct selection {
    struct method_settings settings[SELECTION_MOST];
    int n;
};

/* `names`: methods with commas between, or "all" for every method that is defined on `space`.
 * `assignments`: "method.option=value,...", of selected methods, in their order; "method.preset=NAME" sets
 * what the preset names. Errors: ERROR_ARGUMENT naming what
 * is unknown, undefined on the space (and why), named twice or out of range. Close it in any case.
 */
int selection_open(struct selection *selection, const char *names, const char *space,
                   const char *assignments, struct error *error);
void selection_close(struct selection *selection);

#endif

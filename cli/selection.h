/* The methods that a command line selects, with the options it sets. */
#ifndef NASBED_CLI_SELECTION_H
#define NASBED_CLI_SELECTION_H

#include "base/error.h"
#include "methods/trial/foreign.h"
#include "methods/trial/registry.h"

#define SELECTION_MOST 64 /* methods */

struct selection {
    struct method_settings settings[SELECTION_MOST];
    struct foreign *foreign[SELECTION_MOST]; /* NULL: built in */
    int n;
};

/* `names`: methods with commas between, built-in ones by name, plug-ins by path (foreign_is_path), or
 * "all" for every built-in method that is defined on `space`; "" with a command. `command`: a method over
 * pipes besides; NULL: none.
 * `assignments`: "method.option=value,...", of selected methods, in their order; "method.preset=NAME" sets
 * what the preset names. Errors: ERROR_ARGUMENT naming what
 * is unknown, undefined on the space (and why), named twice or out of range. Close it in any case.
 */
int selection_open(struct selection *selection, const char *names,
                   const struct foreign_card *command, const char *space, const char *assignments,
                   struct error *error);

/* Whether `method` trains what no table has: networks of its own, or a supernet. */
bool selection_trains(const struct nasbed_method *method);
/* Leave out the built-in methods that do; their names, with commas between, go to the end of `names`. */
void selection_leave_trainers(struct selection *selection, struct text *names);

void selection_close(struct selection *selection);

#endif

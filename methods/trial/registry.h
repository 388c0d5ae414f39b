/* The registry of methods (methods.def), and their options as rows of base/options.h. */
#ifndef NASBED_METHODS_TRIAL_REGISTRY_H
#define NASBED_METHODS_TRIAL_REGISTRY_H

#include "base/error.h"
#include "base/options.h"
#include "methods/nasbed.h"

/* In the order of the registry; NULL past the end. */
const struct nasbed_method *method_at(int i);

/* By name. NULL and ERROR_ARGUMENT naming the nearest known, or all. */
const struct nasbed_method *method_find(const char *name, struct error *error);

/* What a method says of a space; NULL if it says nothing, which means undefined. */
const struct nasbed_space *method_space(const struct nasbed_method *method, const char *space);

/* "native", "extension" or "undefined". */
const char *method_kind(enum nasbed_kind kind);

struct method_origin;

/* A method with its options filled in. */
struct method_settings {
    const struct nasbed_method *method;
    struct option_row row[NASBED_OPTIONS + 1]; /* ends with a row whose name is NULL */
    void *values;                              /* the method's option struct; owned */
    const struct method_origin *origin;        /* foreign.h; borrowed; NULL: built in */
};

/* All options at their defaults. Errors: ERROR_MEMORY. */
int method_settings_init(struct method_settings *settings, const struct nasbed_method *method,
                         struct error *error);
void method_settings_free(struct method_settings *settings);

#endif

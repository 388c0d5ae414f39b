/* Sources: all that already knows rows of a table - the logs of some folders, and the table itself
 * where an earlier pass wrote it. */
#ifndef NASBED_TABLES_SOURCES_H
#define NASBED_TABLES_SOURCES_H

#include "base/error.h"
#include "tables/log.h"
#include "tables/parts.h"
#include "tables/table.h"

#include <stdbool.h>

struct sources {
    struct table_identity identity;
    struct parts *parts; /* [folders] */
    int folders;
    bool has_table;
    struct table table;  /* open if has_table */
    const char *current; /* path of the source that is being visited */
};

/* List the logs of `n` folders and open the table at `path`, if it is there. A table that was cut
 * or changed is named through `say` (may be NULL) and not used; what is there but is no table, or
 * is another one, is an error (ERROR_FORMAT, ERROR_MISMATCH). ERROR_MISSING: no such folder. */
int sources_open(struct sources *sources, const struct table_identity *identity, const char *path,
                 const char *const *folders, int n, void (*say)(const char *line),
                 struct error *error);

/* Visit every row of every source; rows that several know come as often. */
int sources_visit(struct sources *sources, log_visit *visit, void *context,
                  void (*say)(const char *line), struct error *error);

void sources_close(struct sources *sources);

#endif

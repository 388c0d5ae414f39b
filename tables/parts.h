/* The folder of a table's logs, one a shard: PATH without .h5, with .parts. */
#ifndef NASBED_TABLES_PARTS_H
#define NASBED_TABLES_PARTS_H

#include "base/error.h"
#include "tables/table.h"

/* PATH without its .h5, with `ending` in its place (".parts", ".timing.csv"). The caller frees;
 * NULL: out of memory. */
char *parts_beside(const char *path, const char *ending);

/* The log of one shard in `folder`: SHARD-of-SHARDS.log. The caller frees; NULL: out of memory. */
char *parts_log(const char *folder, int shard, int shards);

/* The logs (*.log) of a folder in the order of their names, as paths. */
struct parts {
    char **path;
    int n;
};
/* ERROR_MISSING if there is no such folder; a folder without logs gives n = 0. */
int parts_list(struct parts *parts, const char *folder, struct error *error);
void parts_free(struct parts *parts);

/* Which table the logs of a folder belong to, as its first log says. ERROR_MISSING: it has none. */
int parts_identity(const char *folder, struct table_identity *identity, struct error *error);

#endif

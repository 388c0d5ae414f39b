#include "tables/sources.h"

#include "base/file.h"
#include "base/text.h"
#include "tables/identity.h"
#include "tables/record.h"

#include <stdlib.h>

static void say_replaced(const struct error *reason, void (*say)(const char *line))
{
    struct text line = {0};
    if (!say)
        return;
    text_append(&line, "%s; it is written anew", reason->text);
    if (!line.failed)
        say(line.data);
    text_free(&line);
}

static int open_table(struct sources *sources, const char *path, void (*say)(const char *line),
                      struct error *error)
{
    struct error reason;
    if (!file_exists(path))
        return 0;
    int status = table_open(&sources->table, path, &reason);
    if (status == ERROR_DIGEST) {
        say_replaced(&reason, say);
        return 0;
    }
    if (status)
        return error_set(error, status, "will not be replaced: %s", reason.text);
    sources->has_table = true;
    status = identity_check(&sources->table.identity, &sources->identity, error);
    return status ? error_context(error, "table %s", path) : 0;
}

int sources_open(struct sources *sources, const struct table_identity *identity, const char *path,
                 const char *const *folders, int n, void (*say)(const char *line),
                 struct error *error)
{
    int status = 0;
    *sources = (struct sources){.identity = *identity};
    sources->parts = calloc((size_t)n + 1, sizeof *sources->parts);
    if (!sources->parts)
        status = error_set(error, ERROR_MEMORY, "out of memory");
    for (int i = 0; i < n && !status; i++) {
        status = parts_list(&sources->parts[i], folders[i], error);
        sources->folders += status ? 0 : 1;
    }
    if (!status)
        status = open_table(sources, path, say, error);
    if (status)
        sources_close(sources);
    return status;
}

static int visit_table(const struct sources *sources, log_visit *visit, void *context,
                       struct error *error)
{
    const struct table *table = &sources->table;
    for (uint32_t seed = 0; seed < (uint32_t)table->seeds; seed++)
        for (uint32_t network = 0; network < table->identity.distinct; network++) {
            struct table_record record;
            if (!table_has(table, network, seed))
                continue;
            record_from_table(table, network, seed, &record);
            int status = visit(context, &record, error);
            if (status)
                return error_context(error, "table %s", table->path);
        }
    return 0;
}

int sources_visit(struct sources *sources, log_visit *visit, void *context,
                  void (*say)(const char *line), struct error *error)
{
    for (int i = 0; i < sources->folders; i++)
        for (int j = 0; j < sources->parts[i].n; j++) {
            sources->current = sources->parts[i].path[j];
            int status = log_read(sources->current, &sources->identity, visit, context, say, error);
            if (status)
                return status;
        }
    if (!sources->has_table)
        return 0;
    sources->current = sources->table.path;
    return visit_table(sources, visit, context, error);
}

void sources_close(struct sources *sources)
{
    for (int i = 0; i < sources->folders; i++)
        parts_free(&sources->parts[i]);
    free(sources->parts);
    if (sources->has_table)
        table_close(&sources->table);
    *sources = (struct sources){0};
}

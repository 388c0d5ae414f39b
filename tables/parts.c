#include "tables/parts.h"

#include "base/text.h"
#include "tables/log.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

char *parts_beside(const char *path, const char *ending)
{
    size_t length = strlen(path);
    struct text out = {0};
    if (length >= 3 && strcmp(path + length - 3, ".h5") == 0)
        length -= 3;
    text_append(&out, "%.*s%s", (int)length, path, ending);
    if (!out.failed)
        return out.data;
    text_free(&out);
    return NULL;
}

char *parts_log(const char *folder, int shard, int shards)
{
    struct text out = {0};
    text_append(&out, "%s/%d-of-%d.log", folder, shard, shards);
    if (!out.failed)
        return out.data;
    text_free(&out);
    return NULL;
}

static int is_log(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > 4 && strcmp(entry->d_name + length - 4, ".log") == 0;
}

int parts_list(struct parts *parts, const char *folder, struct error *error)
{
    struct dirent **entry;
    *parts = (struct parts){0};
    int n = scandir(folder, &entry, is_log, alphasort);
    if (n < 0)
        return error_set(error, errno == ENOENT ? ERROR_MISSING : ERROR_IO, "%s: %s", folder,
                         strerror(errno));
    bool failed = false;
    parts->path = calloc((size_t)n + 1, sizeof *parts->path);
    for (int i = 0; i < n; i++) {
        struct text path = {0};
        text_append(&path, "%s/%s", folder, entry[i]->d_name);
        free(entry[i]);
        failed = failed || path.failed || !parts->path;
        if (parts->path && !path.failed)
            parts->path[parts->n++] = path.data;
        else
            text_free(&path);
    }
    free(entry);
    if (!failed)
        return 0;
    parts_free(parts);
    return error_set(error, ERROR_MEMORY, "%s: out of memory", folder);
}

void parts_free(struct parts *parts)
{
    for (int i = 0; i < parts->n; i++)
        free(parts->path[i]);
    free(parts->path);
    *parts = (struct parts){0};
}

int parts_identity(const char *folder, struct table_identity *identity, struct error *error)
{
    struct parts parts;
    int status = parts_list(&parts, folder, error);
    if (status)
        return status;
    status = parts.n ? log_identity(parts.path[0], identity, error)
                     : error_set(error, ERROR_MISSING, "%s: no log (*.log) is in it", folder);
    parts_free(&parts);
    return status;
}

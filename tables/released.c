#include "tables/released.h"

#include "base/text.h"
#include "tables/seal.h"
#include "tables/table.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static int is_table(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > 3 && strcmp(entry->d_name + length - 3, ".h5") == 0;
}

int released_each(const char *folder, released_visit *visit, void *context)
{
    struct dirent **entry;
    int status = 0, n = scandir(folder, &entry, is_table, alphasort);
    if (n < 0)
        return 0;
    for (int i = 0; i < n; i++) {
        struct table_identity identity;
        struct text path = {0};
        if (!status)
            text_append(&path, "%s/%s", folder, entry[i]->d_name);
        if (path.data && !path.failed && seal_peek(path.data, &identity, NULL) == 0)
            status = visit(context, path.data, &identity);
        text_free(&path);
        free(entry[i]);
    }
    free(entry);
    return status;
}

/* What is looked for, and the path of what was found. */
struct wanted {
    const char *space, *protocol;
    char *found;
};

static int compare(void *context, const char *path, const struct table_identity *identity)
{
    struct wanted *wanted = context;
    if (strcmp(identity->space, wanted->space) != 0 ||
        strcmp(identity->protocol, wanted->protocol) != 0)
        return 0;
    wanted->found = strdup(path);
    return 1;
}

char *released_find(const char *folder, const char *space, const char *protocol)
{
    struct wanted wanted = {.space = space, .protocol = protocol};
    (void)released_each(folder, compare, &wanted);
    return wanted.found;
}

static const char *const folders[] = {NASBED_SOURCE_TABLES, NASBED_INSTALLED_TABLES};

enum { FOLDERS = sizeof folders / sizeof *folders };

char *table_released(const char *space, const char *protocol)
{
    char *found = NULL;
    for (int i = 0; i < FOLDERS && !found; i++)
        found = released_find(folders[i], space, protocol);
    return found;
}

int table_released_each(released_visit *visit, void *context)
{
    int status = 0;
    for (int i = 0; i < FOLDERS && !status; i++)
        status = released_each(folders[i], visit, context);
    return status;
}

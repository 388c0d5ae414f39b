#include "tables/released.h"

#include "base/text.h"
#include "tables/seal.h"
#include "tables/table.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int is_table(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > 3 && strcmp(entry->d_name + length - 3, ".h5") == 0;
}

/* True if the file says that it is a table of this space and protocol. */
static bool matches(const char *path, const char *space, const char *protocol)
{
    struct table_identity identity;
    return seal_peek(path, &identity, NULL) == 0 && strcmp(identity.space, space) == 0 &&
           strcmp(identity.protocol, protocol) == 0;
}

char *released_find(const char *folder, const char *space, const char *protocol)
{
    struct dirent **entry;
    char *found = NULL;
    int n = scandir(folder, &entry, is_table, alphasort);
    if (n < 0)
        return NULL;
    for (int i = 0; i < n; i++) {
        struct text path = {0};
        if (!found)
            text_append(&path, "%s/%s", folder, entry[i]->d_name);
        if (path.data && !path.failed && matches(path.data, space, protocol))
            found = path.data;
        else
            text_free(&path);
        free(entry[i]);
    }
    free(entry);
    return found;
}

char *table_released(const char *space, const char *protocol)
{
    char *found = released_find(NASBED_SOURCE_TABLES, space, protocol);
    return found ? found : released_find(NASBED_INSTALLED_TABLES, space, protocol);
}

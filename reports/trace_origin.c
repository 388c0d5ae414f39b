/* Where a method from outside came from: the member "origin" of a trace's first line. */
#include "reports/fields.h"
#include "reports/trace_parts.h"

#include <stdlib.h>
#include <string.h>

static int compare_files(const void *left, const void *right)
{
    const struct origin_file *a = left, *b = right;
    int order = strcmp(a->digest, b->digest);
    return order ? order : strcmp(a->name, b->name);
}

static int read_files(json_t *files, struct trace_origin *origin, struct error *error)
{
    const char *name;
    json_t *digest;
    size_t n = json_object_size(files);
    origin->files = calloc(n ? n : 1, sizeof *origin->files);
    if (!origin->files)
        return error_set(error, ERROR_MEMORY, "out of memory");
    json_object_foreach(files, name, digest)
    {
        struct origin_file *file = &origin->files[origin->n_files++];
        int status = field_digest(files, name, false, file->digest, error);
        if (status)
            return status;
        file->name = strdup(name);
        if (!file->name)
            return error_set(error, ERROR_MEMORY, "out of memory");
    }
    qsort(origin->files, n, sizeof *origin->files, compare_files);
    return 0;
}

/* One digest for all: which files they are does not depend on where they lie, nor on the words around
 * them. A command none of whose words is a file is known by its words alone. */
static void sum_up(struct trace_origin *origin)
{
    struct digest digest = digest_bytes(origin->what, origin->n_files ? 0 : strlen(origin->what));
    for (size_t i = 0; i < origin->n_files; i++)
        digest = digest_chain(digest, origin->files[i].digest, strlen(origin->files[i].digest));
    digest_print(digest, origin->digest);
    if (origin->n_files == 1)
        memcpy(origin->digest, origin->files[0].digest, sizeof origin->digest);
}

int trace_origin_read(json_t *object, struct trace_origin *origin, struct error *error)
{
    json_t *member, *files;
    if (!json_object_get(object, "origin"))
        return 0;
    int status = field_object(object, "origin", &member, error);
    if (status)
        return status;
    origin->command = json_object_get(member, "command") != NULL;
    status = field_text(member, origin->command ? "command" : "plugin", origin->what,
                        sizeof origin->what, error);
    if (!status)
        status = field_object(member, "files", &files, error);
    if (!status)
        status = read_files(files, origin, error);
    if (status)
        return error_context(error, "\"origin\"");
    sum_up(origin);
    return 0;
}

void trace_origin_free(struct trace_origin *origin)
{
    for (size_t i = 0; i < origin->n_files; i++)
        free(origin->files[i].name);
    free(origin->files);
}

#include "reports/collection.h"

#include "base/text.h"
#include "protocols/classes.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- Order ----------------------------------------------------------------------------------- */

static int compare_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int class_rank(const struct trace_header *header)
{
    return strcmp(header->method, COLLECTION_BASELINE) == 0 ? -1 : class_find(header->class);
}

static int compare_settings(const struct trace_header *a, const struct trace_header *b)
{
    int order = 0;
    for (size_t i = 0; !order && i < a->n_options && i < b->n_options; i++) {
        order = strcmp(a->options[i].name, b->options[i].name);
        if (!order)
            order = strcmp(a->options[i].value, b->options[i].value);
    }
    return order ? order : compare_u64(a->n_options, b->n_options);
}

int collection_compare_methods(const struct trace_header *a, const struct trace_header *b)
{
    int order;
    if ((order = class_rank(a) - class_rank(b)) || (order = strcmp(a->method, b->method)) ||
        (order = compare_settings(a, b)))
        return order;
    return strcmp(a->origin.digest, b->origin.digest);
}

/* Order by everything down to `level`; 0: they belong together there. */
static int compare_down_to(const struct trace_header *a, const struct trace_header *b,
                           enum collection_level level)
{
    int order;
    if ((order = strcmp(a->space, b->space)) || (order = strcmp(a->protocol, b->protocol)) ||
        (order = strcmp(a->table, b->table)) || (order = a->numerics - b->numerics) ||
        level == COLLECTION_SECTION)
        return order;
    if ((order = a->gpu_seconds - b->gpu_seconds) ||
        (order = compare_u64(a->budget_flops, b->budget_flops)) || level == COLLECTION_BLOCK)
        return order;
    return collection_compare_methods(a, b);
}

static int compare_trials(const struct trace *a, const struct trace *b)
{
    int order = compare_down_to(&a->header, &b->header, COLLECTION_GROUP);
    return order ? order : compare_u64(a->header.seed, b->header.seed);
}

static int compare_traces(const void *left, const void *right)
{
    const struct trace *a = left, *b = right;
    int order = compare_trials(a, b);
    return order ? order : strcmp(a->path, b->path);
}

size_t collection_end(const struct collection *collection, size_t start,
                      enum collection_level level)
{
    const struct trace *traces = collection->traces;
    size_t end = start + 1;
    while (end < collection->n &&
           !compare_down_to(&traces[start].header, &traces[end].header, level))
        end++;
    return end;
}

/* ---- What does not belong together ----------------------------------------------------------- */

static int mixture(const struct trace *a, const struct trace *b, const char *what, const char *of_a,
                   const char *of_b, struct error *error)
{
    return error_set(
        error, ERROR_MISMATCH,
        "%s, %s: traces with different %s do not belong in one section: %s in %s, %s in "
        "%s",
        a->header.space, a->header.protocol, what, of_a, a->path, of_b, b->path);
}

/* A section is named by space and protocol: what lies behind the names must be the same. */
static int check_sections(const struct collection *collection, struct error *error)
{
    for (size_t i = 1; i < collection->n; i++) {
        const struct trace *a = &collection->traces[i - 1], *b = &collection->traces[i];
        const struct trace_header *first = &a->header, *second = &b->header;
        if (compare_down_to(first, second, COLLECTION_SECTION))
            continue;
        if (strcmp(first->protocol_hash, second->protocol_hash) != 0)
            return mixture(a, b, "protocol hashes", first->protocol_hash, second->protocol_hash,
                           error);
        if (strcmp(first->dataset_digest, second->dataset_digest) != 0)
            return mixture(a, b, "dataset digests", first->dataset_digest, second->dataset_digest,
                           error);
        bool other_unit =
            first->gpu_seconds == second->gpu_seconds && first->unit_flops != second->unit_flops;
        if (other_unit || first->points != second->points)
            return error_set(
                error, ERROR_MISMATCH,
                "%s and %s: the same protocol hash, but another full training (%" PRIu64
                " and %" PRIu64 " FLOPs, %d and %d points)",
                a->path, b->path, first->unit_flops, second->unit_flops, first->points,
                second->points);
    }
    return 0;
}

/* Keep one of identical trials; refuse those that differ. */
static int merge_trials(struct collection *collection, struct error *error)
{
    size_t kept = 0;
    for (size_t i = 0; i < collection->n; i++) {
        struct trace *trace = &collection->traces[i];
        struct trace *before = kept ? &collection->traces[kept - 1] : NULL;
        if (!before || compare_trials(before, trace)) {
            collection->traces[kept++] = *trace;
            continue;
        }
        if (before->checksum != trace->checksum || before->lines != trace->lines) {
            int status = error_set(error, ERROR_MISMATCH,
                                   "%s and %s: the same trial (method, budget, options, seed) with "
                                   "different contents",
                                   before->path, trace->path);
            /* Close the gap, so that each trace is closed once. */
            memmove(collection->traces + kept, trace, (collection->n - i) * sizeof *trace);
            collection->n -= i - kept;
            return status;
        }
        if (!before->times.known)
            before->times = trace->times;
        trace_close(trace);
        collection->merged++;
    }
    collection->n = kept;
    return 0;
}

/* ---- Finding and reading --------------------------------------------------------------------- */

/* Append an item of `size` bytes to the array *items of *n; doubles the room at powers of two. */
static int append(void **items, size_t *n, const void *item, size_t size, struct error *error)
{
    if ((*n & (*n - 1)) == 0) { /* 0 or a power of two: full */
        void *grown = realloc(*items, (*n ? 2 * *n : 1) * size);
        if (!grown)
            return error_set(error, ERROR_MEMORY, "traces: out of memory");
        *items = grown;
    }
    memcpy((char *)*items + *n * size, item, size);
    ++*n;
    return 0;
}

static int add_damage(struct collection *collection, const char *message, struct error *error)
{
    char *copy = strdup(message);
    if (!copy)
        return error_set(error, ERROR_MEMORY, "traces: out of memory");
    void *items = collection->damages;
    int status = append(&items, &collection->n_damages, &copy, sizeof copy, error);
    collection->damages = items;
    if (status)
        free(copy);
    return status;
}

static int add_trace(struct collection *collection, const char *path, struct error *error)
{
    struct trace trace;
    struct error damage;
    int status = trace_open(&trace, path, &damage);
    if (status == ERROR_MEMORY)
        return error_set(error, ERROR_MEMORY, "%s", damage.text);
    if (status)
        return add_damage(collection, damage.text, error);
    void *items = collection->traces;
    status = append(&items, &collection->n, &trace, sizeof trace, error);
    collection->traces = items;
    if (status)
        trace_close(&trace);
    return status;
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int visit(struct collection *collection, const char *path, struct error *error);

static int visit_folder(struct collection *collection, const char *path, struct error *error)
{
    struct dirent **entries;
    int n = scandir(path, &entries, visible, alphasort), status = ERROR_NONE;
    if (n < 0)
        return errno == ENOMEM ? error_set(error, ERROR_MEMORY, "%s: traces: out of memory", path)
                               : error_set(error, ERROR_IO, "%s: %s", path, strerror(errno));
    for (int i = 0; i < n; i++) {
        struct text inner = {0};
        text_append(&inner, "%s/%s", path, entries[i]->d_name);
        if (!status)
            status = inner.failed ? error_set(error, ERROR_MEMORY, "traces: out of memory")
                                  : visit(collection, inner.data, error);
        text_free(&inner);
        free(entries[i]);
    }
    free(entries);
    return status;
}

/* A folder, a trace, or something else. Links to folders are not followed, so that none leads in a
 * circle. */
static int visit(struct collection *collection, const char *path, struct error *error)
{
    struct stat info, link;
    size_t length = strlen(path);
    if (lstat(path, &link) || stat(path, &info)) /* a file may go away, a link lead nowhere */
        return 0;
    if (S_ISDIR(info.st_mode))
        return S_ISLNK(link.st_mode) ? 0 : visit_folder(collection, path, error);
    return length > 6 && strcmp(path + length - 6, ".trace") == 0
               ? add_trace(collection, path, error)
               : 0;
}

static int find_traces(struct collection *collection, const char *const *folders, size_t n,
                       struct error *error)
{
    int status = ERROR_NONE;
    for (size_t i = 0; !status && i < n; i++) {
        struct stat info;
        if (stat(folders[i], &info))
            status = error_set(error, errno == ENOENT ? ERROR_MISSING : ERROR_IO, "%s: %s",
                               folders[i], strerror(errno));
        else if (S_ISDIR(info.st_mode)) /* what was named is entered, be it a link */
            status = visit_folder(collection, folders[i], error);
        else
            status = visit(collection, folders[i], error);
    }
    return status;
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static void sort_damages(struct collection *collection)
{
    if (collection->n_damages)
        qsort(collection->damages, collection->n_damages, sizeof *collection->damages,
              compare_texts);
}

int collection_open(struct collection *collection, const char *const *folders, size_t n,
                    struct error *error)
{
    *collection = (struct collection){0};
    int status = find_traces(collection, folders, n, error);
    if (!status && !collection->n && !collection->n_damages)
        status =
            error_set(error, ERROR_MISSING, "%s%s: there is no *.trace (`nasbed run` writes them)",
                      folders[0], n > 1 ? " and the others" : "");
    if (collection->n)
        qsort(collection->traces, collection->n, sizeof *collection->traces, compare_traces);
    sort_damages(collection);
    if (!status)
        status = check_sections(collection, error);
    if (!status)
        status = merge_trials(collection, error);
    if (status)
        collection_close(collection);
    return status;
}

int collection_leave_out(struct collection *collection, size_t i, const char *why,
                         struct error *error)
{
    struct trace *trace = &collection->traces[i];
    int status = add_damage(collection, why, error);
    if (status)
        return status;
    sort_damages(collection);
    trace_close(trace);
    collection->n--;
    memmove(trace, trace + 1, (collection->n - i) * sizeof *trace);
    return 0;
}

void collection_close(struct collection *collection)
{
    for (size_t i = 0; i < collection->n; i++)
        trace_close(&collection->traces[i]);
    for (size_t i = 0; i < collection->n_damages; i++)
        free(collection->damages[i]);
    free(collection->traces);
    free(collection->damages);
    *collection = (struct collection){0};
}

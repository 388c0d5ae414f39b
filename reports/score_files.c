#include "reports/score_files.h"

#include <errno.h>
#include <fts.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- One path -------------------------------------------------------------------------------- */

/* Where the last `n` parts of `path` begin; NULL if there are fewer. */
static const char *last_parts(const char *path, int n)
{
    const char *at = path + strlen(path);
    while (at > path) {
        at--;
        if (*at == '/' && --n == 0)
            return at + 1;
    }
    return n == 1 ? path : NULL;
}

/* Copy up to `mark` into out[size]; what follows the mark, or NULL if that does not fit. */
static const char *take(const char *from, char mark, char *out, size_t size)
{
    const char *end = strchr(from, mark);
    if (!end || end == from || (size_t)(end - from) >= size)
        return NULL;
    memcpy(out, from, (size_t)(end - from));
    out[end - from] = '\0';
    return end + 1;
}

static bool is_digits(const char *text)
{
    return *text && text[strspn(text, "0123456789")] == '\0';
}

/* Read SPACE/METHOD/bBUDGET/sSEED.csv off the end of a path. */
static bool parse(const char *path, struct score_file *file)
{
    char seed[24];
    const char *parts = last_parts(path, 4), *at = parts;
    at = at ? take(at, '/', file->space, sizeof file->space) : NULL;
    at = at ? take(at, '/', file->method, sizeof file->method) : NULL;
    at = at && *at == 'b' ? take(at + 1, '/', file->budget, sizeof file->budget) : NULL;
    if (!at || *at != 's')
        return false;
    const char *ending = take(at + 1, '.', seed, sizeof seed);
    if (!ending || strcmp(ending, "csv") != 0 || !is_digits(seed))
        return false;
    file->path = strdup(path);
    file->group = strndup(parts, (size_t)(at - 1 - parts));
    return true;
}

static void free_file(struct score_file *file)
{
    free(file->path);
    free(file->group);
}

/* ---- All of them ----------------------------------------------------------------------------- */

static int add(struct score_files *files, const char *path, struct error *error)
{
    struct score_file file = {0};
    if (!parse(path, &file))
        return 0;
    struct score_file *grown = realloc(files->files, (files->n + 1) * sizeof *grown);
    files->files = grown ? grown : files->files;
    if (!grown || !file.path || !file.group) {
        free_file(&file);
        return error_set(error, ERROR_MEMORY, "score files: out of memory");
    }
    grown[files->n++] = file;
    return 0;
}

static int say_stopped(const char *folder, int reason, struct error *error)
{
    return reason == ENOMEM
               ? error_set(error, ERROR_MEMORY, "%s: score files: out of memory", folder)
               : error_set(error, ERROR_IO, "%s: %s", folder, strerror(reason));
}

static int walk(struct score_files *files, const char *folder, struct error *error)
{
    int status = ERROR_NONE;
    char *copy = strdup(folder), *paths[] = {copy, NULL};
    FTS *tree = copy ? fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL) : NULL;
    if (!tree)
        status = say_stopped(folder, copy ? errno : ENOMEM, error);
    for (FTSENT *entry; !status && (errno = 0, entry = fts_read(tree));)
        if (entry->fts_info == FTS_F)
            status = add(files, entry->fts_path, error);
    if (!status && errno) /* it ended before the tree did */
        status = say_stopped(folder, errno, error);
    if (tree)
        (void)fts_close(tree);
    free(copy);
    return status;
}

static int compare_files(const void *left, const void *right)
{
    const struct score_file *a = left, *b = right;
    int order = strcmp(a->group, b->group);
    return order ? order : strcmp(a->path, b->path);
}

static void drop_doubles(struct score_files *files)
{
    size_t kept = 0;
    for (size_t i = 0; i < files->n; i++)
        if (kept && strcmp(files->files[kept - 1].path, files->files[i].path) == 0)
            free_file(&files->files[i]);
        else
            files->files[kept++] = files->files[i];
    files->n = kept;
}

int score_files_open(struct score_files *files, const char *const *folders, size_t n,
                     struct error *error)
{
    int status = ERROR_NONE;
    *files = (struct score_files){0};
    for (size_t i = 0; !status && i < n; i++)
        status = walk(files, folders[i], error);
    if (files->n)
        qsort(files->files, files->n, sizeof *files->files, compare_files);
    drop_doubles(files);
    if (status)
        score_files_close(files);
    return status;
}

void score_files_close(struct score_files *files)
{
    for (size_t i = 0; i < files->n; i++)
        free_file(&files->files[i]);
    free(files->files);
    *files = (struct score_files){0};
}

size_t score_files_end(const struct score_files *files, size_t start)
{
    size_t end = start + 1;
    while (end < files->n && strcmp(files->files[end].group, files->files[start].group) == 0)
        end++;
    return end;
}

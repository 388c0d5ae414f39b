/* Fetching: whatever is unfinished lies in FOLDER/.fetch until it has been checked whole; only then it
 * is renamed into FOLDER. So a kill leaves nothing that could pass for data. */
#include "evaluator/dataset.h"

#include "base/file.h"
#include "base/text.h"
#include "evaluator/layout.h"
#include "evaluator/source.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

struct fetch {
    const struct layout *layout;
    char *folder, *work, *source; /* absolute: FOLDER, FOLDER/.fetch, FOLDER/.fetch/source */
    int lock;                     /* FOLDER/.lock: one fetch at a time */
    void (*say)(const char *line);
    struct text reasons; /* why each source failed */
};

static void say(const struct fetch *fetch, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(const struct fetch *fetch, const char *format, ...)
{
    if (!fetch->say)
        return;
    char line[1200];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    fetch->say(line);
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *place)
{
    (void)info;
    (void)type;
    (void)place;
    return remove(path);
}

/* Remove the work folder and all in it; that it is not there is no failure. */
static void remove_work(const struct fetch *fetch)
{
    (void)nftw(fetch->work, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* Read and check file `i` at `path`; *bytes, if not NULL, receives it, freed by the caller. */
static int check_file(const struct layout *layout, int i, const char *path, uint8_t **bytes,
                      struct error *error)
{
    uint8_t *read = malloc(layout->file[i].size);
    if (!read || !path) {
        free(read);
        return error_set(error, ERROR_MEMORY, "out of memory");
    }
    int status = layout_read(layout, i, path, read, error);
    if (!status)
        status = layout_check(layout, i, path, read, error);
    if (bytes && !status)
        *bytes = read;
    else
        free(read);
    return status;
}

/* Check every file as it would be found from `folder`. */
static int check_whole(const struct layout *layout, const char *folder, struct error *error)
{
    int status = 0;
    for (int i = 0; i < layout->files && !status; i++) {
        char *path = layout_path(layout, i, folder);
        status = check_file(layout, i, path, NULL, error);
        free(path);
    }
    return status;
}

static bool is_compressed(const char *path)
{
    size_t length = strlen(path);
    return length > 3 && strcmp(path + length - 3, ".gz") == 0;
}

/* Check file `i` of the source's folder and put it, uncompressed, into FOLDER. */
static int settle_file(const struct fetch *fetch, int i, struct error *error)
{
    uint8_t *bytes = NULL;
    char *from = layout_path(fetch->layout, i, fetch->source);
    struct text plain = {0}, to = {0};
    text_append(&plain, "%s/%s", fetch->work, fetch->layout->file[i].name);
    text_append(&to, "%s/%s", fetch->folder, fetch->layout->file[i].name);
    int status = check_file(fetch->layout, i, from, &bytes, error);
    if (!status && (plain.failed || to.failed))
        status = error_set(error, ERROR_MEMORY, "out of memory");
    if (!status && is_compressed(from))
        status = file_write(plain.data, bytes, fetch->layout->file[i].size, error);
    if (!status && rename(is_compressed(from) ? plain.data : from, to.data))
        status = error_set(error, ERROR_IO, "%s: cannot be renamed into place: %s", to.data,
                           strerror(errno));
    text_free(&to);
    text_free(&plain);
    free(from);
    free(bytes);
    return status;
}

/* Try one source in a clean work folder. */
static int try_source(const struct fetch *fetch, const struct source *source, struct error *error)
{
    remove_work(fetch);
    int status = folder_make(fetch->source, error);
    if (!status)
        status = source->get(fetch->source, error);
    for (int i = 0; i < fetch->layout->files && !status; i++)
        status = settle_file(fetch, i, error);
    remove_work(fetch);
    return status;
}

static int try_sources(struct fetch *fetch, struct error *error)
{
    struct error reason;
    const char *name = fetch->layout->dataset;
    for (int i = 0; source_at(i); i++) {
        const struct source *source = source_at(i);
        if (strcmp(source->dataset, name) != 0)
            continue;
        say(fetch, "%s: trying %s", name, source->title);
        if (!try_source(fetch, source, &reason)) {
            say(fetch, "%s: fetched into %s", name, fetch->folder);
            return 0;
        }
        say(fetch, "%s: that failed: %s", name, reason.text);
        text_append(&fetch->reasons, "%s%s: %.220s", fetch->reasons.size ? "; " : "", source->title,
                    reason.text);
    }
    return error_set(error, ERROR_IO,
                     "none of its sources served (%s); put the official binaries into %s by hand",
                     fetch->reasons.data ? fetch->reasons.data : "", fetch->folder);
}

/* Make the folder and wait until no other process fetches into it. */
static int enter(struct fetch *fetch, const char *folder, struct error *error)
{
    int status = folder_make(folder, error);
    if (status)
        return status;
    fetch->folder = realpath(folder, NULL);
    if (!fetch->folder)
        return error_set(error, ERROR_IO, "%s: cannot be used: %s", folder, strerror(errno));
    struct text work = {0}, source = {0}, lock = {0};
    text_append(&work, "%s/.fetch", fetch->folder);
    text_append(&source, "%s/.fetch/source", fetch->folder);
    text_append(&lock, "%s/.lock", fetch->folder);
    fetch->work = work.data;
    fetch->source = source.data;
    if (work.failed || source.failed || lock.failed) {
        status = error_set(error, ERROR_MEMORY, "out of memory");
        goto out;
    }
    fetch->lock = open(lock.data, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fetch->lock < 0 || flock(fetch->lock, LOCK_EX))
        status =
            error_set(error, ERROR_IO, "%s: cannot be written: %s", lock.data, strerror(errno));
out:
    text_free(&lock);
    return status;
}

static void leave(struct fetch *fetch)
{
    if (fetch->lock >= 0)
        (void)close(fetch->lock);
    text_free(&fetch->reasons);
    free(fetch->source);
    free(fetch->work);
    free(fetch->folder);
}

static int fetch_into(struct fetch *fetch, const char *folder, struct error *error)
{
    const char *name = fetch->layout->dataset;
    struct error reason;
    if (!check_whole(fetch->layout, folder, &reason)) {
        say(fetch, "%s: found in %s, digest ok", name, folder);
        return 0;
    }
    int status = enter(fetch, folder, error);
    if (status)
        return status;
    /* Another process may have fetched it while this one waited. */
    if (check_whole(fetch->layout, fetch->folder, &reason)) {
        if (reason.code != ERROR_MISSING)
            say(fetch, "%s: will be fetched anew: %s", name, reason.text);
        status = try_sources(fetch, error);
    }
    return status;
}

int dataset_fetch(const char *name, const char *folder, void (*say_line)(const char *line),
                  struct error *error)
{
    struct fetch fetch = {.layout = layout_find(name, error), .lock = -1, .say = say_line};
    if (!fetch.layout)
        return ERROR_ARGUMENT;
    char *own = folder ? NULL : dataset_folder(name);
    int status = folder || own ? fetch_into(&fetch, folder ? folder : own, error)
                               : error_set(error, ERROR_MEMORY, "out of memory");
    leave(&fetch);
    free(own);
    return status ? error_context(error, "data set %s", name) : 0;
}

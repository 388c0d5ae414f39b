#include "base/file.h"

#include "base/block.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGE_FILE ((size_t)1 << 20) /* bytes from which a file is read into a block */

/* More room for a file, whose size is only a hint: pipes and /proc say 0. The first room of a large
 * one is a block, since its first touch would otherwise cost more than reading it. */
static char *grow_room(char *room, size_t bytes)
{
    return room || bytes < LARGE_FILE ? realloc(room, bytes) : block_allocate(&bytes);
}

int file_read(const char *path, char **data, size_t *size, struct error *error)
{
    int status = ERROR_NONE;
    char *buffer = NULL;
    FILE *file = fopen(path, "rb");
    if (!file)
        return error_set(error, errno == ENOENT ? ERROR_MISSING : ERROR_IO, "%s: %s", path,
                         strerror(errno));
    struct stat info;
    if (fstat(fileno(file), &info) || S_ISDIR(info.st_mode)) {
        status = error_set(error, ERROR_IO, "%s: is not a readable file", path);
        goto out;
    }
    size_t capacity = (size_t)info.st_size + 1, used = 0;
    for (;;) {
        char *grown = grow_room(buffer, capacity + 1);
        if (!grown) {
            status = error_set(error, ERROR_MEMORY, "%s: out of memory", path);
            goto out;
        }
        buffer = grown;
        size_t got = fread(buffer + used, 1, capacity - used, file);
        used += got;
        if (used < capacity)
            break;
        capacity *= 2;
    }
    if (ferror(file)) {
        status = error_set(error, ERROR_IO, "%s: %s", path, strerror(errno));
        goto out;
    }
    buffer[used] = '\0';
    *data = buffer;
    *size = used;
    buffer = NULL;
out:
    free(buffer);
    (void)fclose(file);
    return status;
}

/* Open a temporary and lock it, so that file_clean sees that it is being written; where the file system
 * locks nothing, the process number in its name must do. */
static int open_temporary(const char *path)
{
    enum { TRIES = 10 }; /* some file systems number a file anew whenever they are asked */
    for (int tries = 1;; tries++) {
        struct stat held, there;
        int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (file < 0)
            return -1;
        (void)flock(file, LOCK_EX);
        if (!fstat(file, &held) && !stat(path, &there) && held.st_dev == there.st_dev &&
            held.st_ino == there.st_ino)
            return file;
        if (tries == TRIES)
            return file;
        (void)close(file); /* it was taken away before the lock was there */
    }
}

void file_settle(const char *path)
{
    char folder[PATH_MAX] = "."; /* no memory is asked for: nothing here may fail */
    const char *slash = strrchr(path, '/');
    size_t length = slash == path ? 1 : slash ? (size_t)(slash - path) : 0;
    if (length >= sizeof folder)
        return;
    if (slash)
        (void)snprintf(folder, sizeof folder, "%.*s", (int)length, path);
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file >= 0) {
        (void)fsync(file);
        (void)close(file);
    }
}

int file_write(const char *path, const void *data, size_t size, struct error *error)
{
    int status = ERROR_NONE;
    struct text temporary = {0};
    text_append(&temporary, "%s.%ld.tmp", path, (long)getpid());
    if (temporary.failed)
        return error_set(error, ERROR_MEMORY, "%s: out of memory", path);
    int file = open_temporary(temporary.data), held = -1;
    if (file < 0) {
        status = error_set(error, ERROR_IO, "%s: cannot be written: %s", path, strerror(errno));
        goto out;
    }
    const char *bytes = data;
    for (size_t done = 0; done < size;) {
        ssize_t wrote = write(file, bytes + done, size - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0) {
            status = error_set(error, ERROR_IO, "%s: cannot be written: %s", path, strerror(errno));
            break;
        }
        done += (size_t)wrote;
    }
    if (!status && fsync(file) && errno != EINVAL)
        status = error_set(error, ERROR_IO, "%s: cannot be flushed: %s", path, strerror(errno));
    held = fcntl(file, F_DUPFD_CLOEXEC, 0); /* the lock, until it is renamed */
    if (close(file) && !status)
        status = error_set(error, ERROR_IO, "%s: cannot be closed: %s", path, strerror(errno));
    if (!status && rename(temporary.data, path))
        status = error_set(error, ERROR_IO, "%s: cannot be renamed into place: %s", path,
                           strerror(errno));
    if (status)
        (void)unlink(temporary.data);
    else
        file_settle(path);
    if (held >= 0)
        (void)close(held);
out:
    text_free(&temporary);
    return status;
}

/* The process that `name` is a temporary of, if it is one of the file `base`; else 0. */
static long temporary_of(const char *name, const char *base, size_t length)
{
    uint64_t process;
    char number[24];
    if (strncmp(name, base, length) != 0 || name[length] != '.')
        return 0;
    size_t digits = strspn(name + length + 1, "0123456789");
    (void)snprintf(number, sizeof number, "%.*s", (int)digits, name + length + 1);
    bool is = digits > 0 && digits < 18 && strcmp(name + length + 1 + digits, ".tmp") == 0 &&
              text_parse_u64(number, &process);
    return is && process <= INT32_MAX ? (long)process : 0;
}

static void remove_unlocked(int folder, const char *name)
{
    int file = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return;
    if (!flock(file, LOCK_EX | LOCK_NB))
        (void)unlinkat(folder, name, 0);
    (void)close(file);
}

void file_clean(const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    char *folder = slash ? strndup(path, (size_t)(base - path)) : strdup(".");
    DIR *listing = folder ? opendir(folder) : NULL;
    for (struct dirent *entry; listing && (entry = readdir(listing));) {
        long process = temporary_of(entry->d_name, base, strlen(base));
        if (process && kill((pid_t)process, 0) && errno == ESRCH)
            remove_unlocked(dirfd(listing), entry->d_name);
    }
    if (listing)
        (void)closedir(listing);
    free(folder);
}

int folder_make(const char *path, struct error *error)
{
    struct text partial = {0};
    text_append(&partial, "%s", path);
    if (partial.failed)
        return error_set(error, ERROR_MEMORY, "%s: out of memory", path);
    int status = ERROR_NONE;
    for (size_t i = 1; i <= partial.size && !status; i++) {
        char here = partial.data[i];
        if (here != '/' && here != '\0')
            continue;
        partial.data[i] = '\0';
        struct stat info;
        if (mkdir(partial.data, 0777) &&
            (errno != EEXIST || stat(partial.data, &info) || !S_ISDIR(info.st_mode)))
            status = error_set(error, ERROR_IO, "%s: folder cannot be made: %s", partial.data,
                               errno == EEXIST ? "a file has that name" : strerror(errno));
        partial.data[i] = here;
    }
    text_free(&partial);
    return status;
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

bool file_find(const char *const *folders, size_t n, const char *name, struct text *path)
{
    for (size_t i = 0; i < n; i++) {
        text_free(path);
        text_append(path, "%s/%s", folders[i], name);
        if (path->failed)
            return false;
        if (file_exists(path->data))
            return true;
    }
    return false;
}

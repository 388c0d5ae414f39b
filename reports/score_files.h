/* Score files: what `nasbed audit --method` left below some folders, FOLDER/SPACE/METHOD/bBUDGET/sSEED.csv:
 * the scores that a supernet gave to every architecture. */
#ifndef NASBED_REPORTS_SCORE_FILES_H
#define NASBED_REPORTS_SCORE_FILES_H

#include "base/error.h"

#include <stddef.h>

struct score_file {
    char *path, *group; /* group: "SPACE/METHOD/bBUDGET", the end of its folder; owned */
    char space[32], method[64], budget[32]; /* budget: in full trainings, as text */
    char seed[24];
};

struct score_files {
    struct score_file *files; /* [n] by group, then path */
    size_t n;
};

/* Find them; a path that is none of that form is passed over, and so is one that is named twice. Links
 * below the folders are not followed. Errors: ERROR_IO, ERROR_MEMORY; `files` needs no
 * score_files_close then. */
int score_files_open(struct score_files *files, const char *const *folders, size_t n,
                     struct error *error);
void score_files_close(struct score_files *files);

/* One past the last file of the group that begins at `start` < n. */
size_t score_files_end(const struct score_files *files, size_t start);

#endif

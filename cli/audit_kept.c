#include "cli/audit_kept.h"

#include "cli/command.h"
#include "cli/table.h"
#include "reports/supernets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TABLES = 16 };

struct kept {
    struct score_files files;
    struct table table[TABLES];
    struct rankings rankings[TABLES];
    size_t tables, ranked;
    size_t damaged; /* files that were left out */
};

static int open_tables(struct kept *kept, const char *list, struct error *error)
{
    int status = 0;
    for (const char *at = list; *at && !status;) {
        size_t length = strcspn(at, ",");
        char *path = strndup(at, length);
        if (kept->tables == TABLES)
            status = error_set(error, ERROR_ARGUMENT, "table = %s: more than %d", list, TABLES);
        else
            status = path ? table_open_known(&kept->table[kept->tables], path, error)
                          : error_set(error, ERROR_MEMORY, "out of memory");
        kept->tables += !status;
        free(path);
        at += length + (at[length] == ',');
    }
    return status;
}

static void warn(const struct rankings *rankings)
{
    for (const char *line = rankings->left_out.data; line && *line; line += strcspn(line, "\n") + 1)
        (void)fprintf(stderr, "nasbed: audit: left out: %.*s\n", (int)strcspn(line, "\n"), line);
}

/* Whether there are scores of the space of table `i`. */
static int check_space(const struct kept *kept, size_t i, struct error *error)
{
    const struct table *table = &kept->table[i];
    for (size_t k = 0; k < kept->files.n; k++)
        if (strcmp(kept->files.files[k].space, table->identity.space) == 0)
            return 0;
    return error_set(error, ERROR_MISSING,
                     "no scores of %s, whose table is %s: expected "
                     "DIR/.../%s/METHOD/bBUDGET/sSEED.csv, as nasbed audit --method writes them",
                     table->identity.space, table->path, table->identity.space);
}

static int rank(struct kept *kept, struct error *error)
{
    int status = 0;
    for (size_t i = 0; i < kept->tables && !status; i++) {
        status = check_space(kept, i, error);
        if (!status)
            status = rankings_make(&kept->rankings[i], &kept->table[i], &kept->files, error);
        if (status)
            break;
        kept->ranked++;
        kept->damaged += kept->rankings[i].damaged;
        warn(&kept->rankings[i]);
    }
    return status;
}

static int print(const struct kept *kept, enum report_format format, struct error *error)
{
    struct text text = {0};
    int status = supernets_print(kept->rankings, kept->ranked, format, &text, error);
    if (!status) {
        (void)fputs(text.data, stdout);
        status = command_flush(error);
    }
    text_free(&text);
    if (!status && kept->damaged)
        status = error_set(error, ERROR_FORMAT, "%zu score file%s left out", kept->damaged,
                           kept->damaged == 1 ? " was" : "s were");
    return status;
}

int audit_kept(const char *const *folders, size_t n, const char *tables, enum report_format format,
               struct error *error)
{
    struct kept kept = {0};
    int status = score_files_open(&kept.files, folders, n, error);
    if (status)
        return status;
    status = open_tables(&kept, tables, error);
    if (!status)
        status = rank(&kept, error);
    if (!status)
        status = print(&kept, format, error);
    for (size_t i = 0; i < kept.ranked; i++)
        rankings_free(&kept.rankings[i]);
    for (size_t i = 0; i < kept.tables; i++)
        table_close(&kept.table[i]);
    score_files_close(&kept.files);
    return status;
}

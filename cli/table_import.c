/* nasbed table import: results that were measured elsewhere, as a table. */
#include "cli/table.h"

#include "protocols/protocol.h"
#include "tables/import.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct settings {
    char out[OPTION_TEXT_SIZE], reading[OPTION_TEXT_SIZE], space[OPTION_TEXT_SIZE];
    char protocol[OPTION_TEXT_SIZE], columns[OPTION_TEXT_SIZE], name[OPTION_TEXT_SIZE];
    char licence[OPTION_TEXT_SIZE];
    int epochs, test_epochs, seeds;
    bool partial, search_on_test, tests_apart;
};

static const struct option_row options[] = {
    {"out", OPTION_TEXT, offsetof(struct settings, out), "", 0, 0,
     "the .h5 to write (must be given); none that is there is overwritten", NULL},
    {"reading", OPTION_TEXT, offsetof(struct settings, reading), "each", 0, 0,
     "of isomorphs: each (as published) or classes (one network, the mean of its members)", NULL},
    {"epochs", OPTION_INT, offsetof(struct settings, epochs), "200", 1, 100000,
     "nasbench201: the training whose validation accuracy is searched by, 12 or 200 epochs", NULL},
    {"test-epochs", OPTION_INT, offsetof(struct settings, test_epochs), "200", 1, 100000,
     "nasbench201: the training whose test accuracy judges, 12 or 200 epochs", NULL},
    {"space", OPTION_TEXT, offsetof(struct settings, space), "", 0, 0, "csv: the space", NULL},
    {"protocol", OPTION_TEXT, offsetof(struct settings, protocol), "", 0, 0,
     "csv: how the networks were trained, for the cost: a shipped protocol or a path", NULL},
    {"columns", OPTION_TEXT, offsetof(struct settings, columns), "", 0, 0,
     "csv: field=column,... (fields: architecture, seed, point, params, macs, epoch_seconds, "
     "valid_seconds and the results)",
     NULL},
    {"name", OPTION_TEXT, offsetof(struct settings, name), "", 0, 0,
     "csv: what reports call the table's protocol; default the protocol's own name", NULL},
    {"licence", OPTION_TEXT, offsetof(struct settings, licence), "as the source", 0, 0,
     "csv: the terms of the source", NULL},
    {"seeds", OPTION_INT, offsetof(struct settings, seeds), "1", 1, 1024,
     "csv: seeds that the column of the field seed may name, from 0", NULL},
    {"partial", OPTION_FLAG, offsetof(struct settings, partial), "no", 0, 0,
     "architectures may be missing", NULL},
    {"search-on-test", OPTION_FLAG, offsetof(struct settings, search_on_test), "no", 0, 0,
     "where there is no validation: searches see the test accuracy of their own seed", NULL},
    {"tests-apart", OPTION_FLAG, offsetof(struct settings, tests_apart), "no", 0, 0,
     "csv: a seed's test accuracy is of another training than its validation accuracy, so that "
     "with "
     "one seed no result is biased",
     NULL},
    {.name = NULL}};

/* ---- Formats --------------------------------------------------------------------------------- */

/* What can be imported. `prepare` fills in name, columns and schedule; the protocol is that of the
 * format until then. */
struct format {
    const char *name;
    const char *space, *protocol, *licence; /* NULL: as the options say */
    int (*prepare)(const struct settings *settings, struct protocol *protocol,
                   struct import_plan *plan, char *text, size_t size, struct error *error);
    int (*import)(const struct import_plan *plan, const char *path, const char *out,
                  struct import_summary *summary, struct error *error);
};

static int check_epochs(const char *name, int epochs, struct error *error)
{
    if (epochs == 12 || epochs == 200)
        return 0;
    return error_set(error, ERROR_ARGUMENT, "%s = %d: the source has 12 and 200", name, epochs);
}

/* Both trainings ran a whole schedule of their own, so each is a table: charges are those of the
 * one that is searched by; the test accuracy may be that of the other. */
static int prepare_nasbench201(const struct settings *settings, struct protocol *protocol,
                               struct import_plan *plan, char *text, size_t size,
                               struct error *error)
{
    int status = check_epochs("epochs", settings->epochs, error);
    if (!status)
        status = check_epochs("test-epochs", settings->test_epochs, error);
    if (status)
        return status;
    protocol->training.epochs = settings->epochs;
    protocol->training.points = 1;
    protocol->training.seeds = plan->seeds = 1;
    plan->tests_apart = true; /* trained on 25,000 images to be validated, on 50,000 to be tested */
    int name =
        snprintf(text, size, "nasbench201-valid%d-test%d", settings->epochs, settings->test_epochs);
    plan->name = text;
    plan->columns = text + name + 1;
    (void)snprintf(text + name + 1, size - (size_t)name - 1,
                   "architecture=arch,params,macs=flops,valid_accuracy=cifar10_valid_acc_%d,"
                   "test_accuracy=cifar10_test_acc_%d,"
                   "epoch_seconds=train_seconds_per_epoch?,valid_seconds=valid_seconds?",
                   settings->epochs, settings->test_epochs);
    return 0;
}

/* Three trainings of an architecture, tests alone. */
static int prepare_macro(const struct settings *settings, struct protocol *protocol,
                         struct import_plan *plan, char *text, size_t size, struct error *error)
{
    (void)settings;
    (void)text;
    (void)size;
    (void)error;
    protocol->training.points = 1;
    plan->seeds = protocol->training.seeds;
    plan->name = protocol->name;
    plan->columns = "";
    return 0;
}

static int prepare_csv(const struct settings *settings, struct protocol *protocol,
                       struct import_plan *plan, char *text, size_t size, struct error *error)
{
    (void)text;
    (void)size;
    if (!settings->columns[0])
        return error_set(error, ERROR_ARGUMENT, "--columns must say which columns hold what");
    plan->name = settings->name[0] ? settings->name : protocol->name;
    plan->columns = settings->columns;
    plan->seeds = settings->seeds;
    plan->tests_apart = settings->tests_apart;
    return 0;
}

static const struct format formats[] = {
    {"nasbench201", "cell", "nasbench201", "MIT (NAS-Bench-201, Dong and Yang)",
     prepare_nasbench201, import_csv},
    {"nasbench-macro", "macro", "nasbench-macro", "Apache-2.0 (NAS-Bench-Macro, Su et al.)",
     prepare_macro, import_macro},
    {"csv", NULL, NULL, NULL, prepare_csv, import_csv},
};

enum { FORMATS = sizeof formats / sizeof formats[0] };

static const struct format *find_format(const char *name, struct error *error)
{
    const char *names[FORMATS];
    struct text list = {0};
    for (int i = 0; i < FORMATS; i++) {
        names[i] = formats[i].name;
        if (strcmp(name, names[i]) == 0) {
            text_free(&list);
            return &formats[i];
        }
        text_append(&list, "%s%s", i ? ", " : "", names[i]);
    }
    const char *near = text_nearest(name, names, FORMATS);
    (void)error_set(error, ERROR_ARGUMENT, "unknown format \"%s\"%s%s%s: one of %s", name,
                    near ? ": did you mean \"" : "", near ? near : "", near ? "\"?" : "",
                    list.data ? list.data : "");
    text_free(&list);
    return NULL;
}

/* ---- The import ------------------------------------------------------------------------------ */

static int parse_reading(const char *word, enum import_reading *reading, struct error *error)
{
    *reading = strcmp(word, "classes") == 0 ? IMPORT_CLASSES : IMPORT_EACH;
    if (*reading == IMPORT_CLASSES || strcmp(word, "each") == 0)
        return 0;
    return error_set(error, ERROR_ARGUMENT, "reading = %s: must be each or classes", word);
}

static void print_summary(const struct settings *settings, const struct import_plan *plan,
                          const struct import_summary *summary)
{
    (void)printf("%s: %" PRIu32 " architectures as %" PRIu32 " networks, %d seed%s, of %" PRIu64
                 " rows; isomorphs: %s\n",
                 settings->out, summary->architectures, summary->networks, summary->seeds,
                 summary->seeds == 1 ? "" : "s", summary->lines,
                 plan->reading == IMPORT_EACH ? "each as published"
                                              : "by class, the mean of its members");
    (void)printf("source digest %s, digest %s\n", summary->source_digest, summary->digest);
    (void)printf("next    nasbed table info %s\n", settings->out);
}

static int import_with(const struct format *format, struct protocol *protocol, const char *path,
                       const struct settings *settings, struct error *error)
{
    char text[OPTION_TEXT_SIZE];
    struct import_summary summary;
    struct import_plan plan = {.protocol = protocol,
                               .licence = format->licence ? format->licence : settings->licence,
                               .partial = settings->partial,
                               .search_on_test = settings->search_on_test};
    plan.space = space_find(format->space ? format->space : settings->space, error);
    if (!plan.space)
        return error->code;
    int status = parse_reading(settings->reading, &plan.reading, error);
    if (!status)
        status = format->prepare(settings, protocol, &plan, text, sizeof text, error);
    if (!status)
        status = format->import(&plan, path, settings->out, &summary, error);
    if (status)
        return status;
    print_summary(settings, &plan, &summary);
    return command_flush(error);
}

/* Options that say what a format knows already, or that it has no use for. */
static int check_options(const struct format *format, const struct settings *settings,
                         struct error *error)
{
    bool own = format->space != NULL;
    bool described = settings->space[0] || settings->protocol[0] || settings->columns[0] ||
                     settings->name[0] || settings->seeds != 1 || settings->tests_apart;
    if (!own && (!settings->space[0] || !settings->protocol[0]))
        return error_set(error, ERROR_ARGUMENT, "%s needs --space and --protocol", format->name);
    if (own && described)
        return error_set(error, ERROR_ARGUMENT,
                         "%s is described already: space, protocol, columns, name, seeds and "
                         "tests-apart are for csv",
                         format->name);
    if (format->prepare != prepare_nasbench201 &&
        (settings->epochs != 200 || settings->test_epochs != 200))
        return error_set(error, ERROR_ARGUMENT, "epochs and test-epochs are for nasbench201");
    return 0;
}

static int import(const char *name, const char *path, const struct settings *settings,
                  struct error *error)
{
    struct protocol protocol;
    const struct format *format = find_format(name, error);
    if (!format)
        return error->code;
    if (!settings->out[0])
        return error_set(error, ERROR_ARGUMENT, "--out FILE.h5 must be given");
    int status = check_options(format, settings, error);
    if (!status)
        status = protocol_open(&protocol, format->protocol ? format->protocol : settings->protocol,
                               error);
    if (status)
        return status;
    status = import_with(format, &protocol, path, settings, error);
    protocol_close(&protocol);
    return status;
}

static int run(int argc, char **argv)
{
    struct settings settings;
    struct error error;
    int words;
    int code = command_parse(&command_table_import, &settings, argc, argv, 2, &words);
    if (code >= 0)
        return code;
    if (words != 2)
        (void)error_set(&error, ERROR_ARGUMENT, "expected a format and a FILE");
    return words != 2 || import(argv[1], argv[2], &settings, &error)
               ? command_fail(&command_table_import, &error)
               : EXIT_DONE;
}

const struct command command_table_import = {
    .name = "table import",
    .summary = "a table of results that were measured elsewhere",
    .usage =
        "table import nasbench201|nasbench-macro|csv FILE --out FILE.h5 [options]\n\n"
        "  nasbench201     the CSV of tables/README.md: space cell, one seed\n"
        "  nasbench-macro  the benchmark's JSON: space macro, three seeds, tests alone\n"
        "  csv             any CSV with a header line, by --space, --protocol and --columns\n\n"
        "Columns that the source lacks, the table lacks. A file that is cut, doubled, incomplete\n"
        "or wrong is refused with its line; nothing is written then.",
    .examples =
        "  nasbed table export smoke.h5 --csv > smoke.csv\n"
        "  nasbed table import csv smoke.csv --out again.h5 --space cell --protocol smoke \\\n"
        "             --seeds 2 --partial --columns "
        "architecture,seed,point,valid_accuracy,test_accuracy\n" TABLE_OF_EXAMPLES,
    .options = options,
    .run = run,
};

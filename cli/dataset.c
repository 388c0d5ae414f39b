#include "evaluator/dataset.h"
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int run(int argc, char **argv);

const struct command command_dataset = {
    .name = "dataset",
    .summary = "fetch data sets, show what they hold",
    .usage =
        "dataset fetch NAME|all | dataset info [NAME]\n\n"
        "fetch  download, convert to the official binary files, check (nothing if they are there)\n"
        "info   folder, counts, shape, digest, channel means and deviations, class counts\n\n"
        "The folder is $NASBED_DATA/NAME, else $XDG_CACHE_HOME/nasbed/NAME, else\n"
        "~/.cache/nasbed/NAME. Your own official binaries there are used as they are.",
    .examples = "  nasbed dataset fetch cifar10\n"
                "  nasbed dataset info\n",
    .options = NULL,
    .run = run,
};

static int fetch(const char *name, struct error *error)
{
    return dataset_fetch(name, NULL, command_say, error);
}

static void print_classes(const char *title, const uint8_t *label, int count, int classes)
{
    int counts[256] = {0};
    for (int i = 0; i < count; i++)
        counts[label[i]]++;
    (void)printf("  %-10s", title);
    for (int c = 0; c < classes; c++)
        (void)printf(" %d", counts[c]);
    (void)printf("\n");
}

static void print_channels(const char *title, const float *value, int channels)
{
    (void)printf("  %-10s", title);
    for (int c = 0; c < channels; c++)
        (void)printf(" %.4f", (double)value[c]);
    (void)printf("\n");
}

static int info(const char *name, struct error *error)
{
    struct dataset dataset;
    int status = dataset_open(&dataset, name, NULL, error);
    if (status)
        return status;
    char *folder = dataset_folder(name), digest[DIGEST_TEXT];
    digest_print(dataset.digest, digest);
    (void)printf("%s\n", name);
    (void)printf("  %-10s %s\n", "folder", folder ? folder : "?");
    (void)printf("  %-10s %d + %d (training file, test file)\n", "images", dataset.train_count,
                 dataset.test_count);
    (void)printf("  %-10s %d x %d x %d, %d classes\n", "shape", dataset.channels, dataset.rows,
                 dataset.columns, dataset.classes);
    (void)printf("  %-10s %s ok\n", "digest", digest);
    print_channels("mean", dataset.mean, dataset.channels);
    print_channels("deviation", dataset.deviation, dataset.channels);
    print_classes("train", dataset.train_label, dataset.train_count, dataset.classes);
    print_classes("test", dataset.test_label, dataset.test_count, dataset.classes);
    free(folder);
    dataset_close(&dataset);
    return 0;
}

/* Do it for one data set, or for all: every one is tried, the first failure is the answer. */
static int each(const char *name, int (*action)(const char *name, struct error *error))
{
    int code = EXIT_DONE;
    struct error error;
    if (name && strcmp(name, "all") != 0)
        return action(name, &error) ? command_fail(&command_dataset, &error) : EXIT_DONE;
    for (int i = 0; dataset_at(i); i++)
        if (action(dataset_at(i), &error)) {
            int failed = command_fail(&command_dataset, &error);
            code = code == EXIT_DONE ? failed : code;
        }
    return code;
}

static void missing_name(struct error *error)
{
    struct text names = {0};
    for (int i = 0; dataset_at(i); i++)
        text_append(&names, "%s%s", i ? ", " : "", dataset_at(i));
    (void)error_set(error, ERROR_ARGUMENT, "fetch: which data set? (%s or all)",
                    names.data ? names.data : "");
    text_free(&names);
}

static int run(int argc, char **argv)
{
    int words;
    int code = command_parse(&command_dataset, NULL, argc, argv, 2, &words);
    if (code >= 0)
        return code;
    struct error error;
    const char *verb = words > 0 ? argv[1] : "", *name = words > 1 ? argv[2] : NULL;
    if (strcmp(verb, "info") == 0)
        return each(name, info);
    if (strcmp(verb, "fetch") == 0 && name)
        return each(name, fetch);
    if (strcmp(verb, "fetch") == 0)
        missing_name(&error);
    else
        (void)error_set(&error, ERROR_ARGUMENT, "expected fetch or info, not \"%s\"", verb);
    return command_fail(&command_dataset, &error);
}

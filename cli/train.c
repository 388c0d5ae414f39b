/* nasbed train: one architecture under a protocol, its curve as it goes. */
#include "cli/command.h"

#include "cli/training.h"
#include "evaluator/profile.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct settings {
    char space[OPTION_TEXT_SIZE], arch[OPTION_TEXT_SIZE], protocol[OPTION_TEXT_SIZE];
    uint64_t seed;
    int point;
    bool test, profile;
};

static const struct option_row options[] = {
    {"space", OPTION_TEXT, offsetof(struct settings, space), "cell", 0, 0, "search space", NULL},
    {"arch", OPTION_TEXT, offsetof(struct settings, arch), NULL, 0, 0,
     "architecture: its string or its index", NULL},
    {"protocol", OPTION_TEXT, offsetof(struct settings, protocol), "cifar10-mini", 0, 0,
     "protocol: a shipped one by name, or a file", NULL},
    {"seed", OPTION_U64, offsetof(struct settings, seed), "0", 0, 0,
     "of initial weights, order and augmentation", NULL},
    {"point", OPTION_INT, offsetof(struct settings, point), "0", 0, 0,
     "stop at this point of the full schedule; 0: train to the end", NULL},
    {"test", OPTION_FLAG, offsetof(struct settings, test), "no", 0, 0,
     "at the end, measure the test set too", NULL},
    {"profile", OPTION_FLAG, offsetof(struct settings, profile), "no", 0, 0,
     "instead of training: time, GFLOP/s and memory of every step", NULL},
    {.name = NULL}};

static bool print_point(void *context, int point, const struct training_point *p)
{
    const struct training_site *site = context;
    (void)printf("%5d %10" PRIu64 " %12.4f %12.2f %12.4f %12.2f\n", point,
                 protocol_images_trained(&site->protocol.training, point), (double)p->train_loss,
                 (double)p->train_accuracy, (double)p->valid_loss, (double)p->valid_accuracy);
    (void)fflush(stdout);
    return false;
}

static void print_head(const struct training_site *site, const struct architecture *architecture,
                       uint32_t network)
{
    char text[ARCHITECTURE_TEXT];
    uint64_t index = site->space->index(architecture);
    uint32_t representative = site->isomorphs.representative[network];
    site->space->print(architecture, text);
    (void)printf("architecture  %s\n", text);
    (void)printf("index         %" PRIu64, index);
    if (representative != index)
        (void)printf("; the same network as %" PRIu32 ", in whose order it is trained",
                     representative);
    (void)printf("\nprotocol      %s (%s), numerics %d\n", site->identity.protocol,
                 site->identity.protocol_hash, site->identity.numerics);
    (void)printf("params, macs  %" PRIu64 ", %" PRIu64 "\n\n", site->isomorphs.params[index],
                 site->isomorphs.macs[index]);
    (void)printf("%5s %10s %12s %12s %12s %12s\n", "point", "images", "train loss", "train acc %",
                 "valid loss", "valid acc %");
}

static void print_end(const struct training_site *site, const struct training_result *result,
                      uint32_t network)
{
    const struct training *t = &site->protocol.training;
    char digest[DIGEST_TEXT];
    digest_print(result->weights, digest);
    if (result->test_accuracy == result->test_accuracy)
        (void)printf("\ntest          %.2f %%, loss %.4f\n", (double)result->test_accuracy,
                     (double)result->test_loss);
    else
        (void)printf("\n");
    uint64_t charge = protocol_charge(t, site->isomorphs.train_macs[network], result->points);
    uint64_t images =
        protocol_images_trained(t, result->points) + protocol_images_evaluated(t, result->points);
    (void)printf("charge        %.4f TFLOP\n", 1e-12 * (double)charge);
    (void)printf("time          %.2f CPU s, %.0f images/s trained and evaluated\n", result->seconds,
                 (double)images / result->seconds);
    (void)printf("weights       %s\n", digest);
}

/* Enough batches for steady figures: about this many images. */
enum { PROFILE_IMAGES = 12800 };

static int profile(struct training_site *site, const struct graph *graph, struct error *error)
{
    struct text out = {0};
    const struct training *t = &site->protocol.training;
    int status = profile_network(&site->dataset, t, graph, PROFILE_IMAGES / t->batch + 1,
                                 site->workspace[0], &out, error);
    if (!status && out.failed)
        status = error_set(error, ERROR_MEMORY, "profile: out of memory");
    if (!status)
        (void)fputs(out.data, stdout);
    text_free(&out);
    return status;
}

static int train(struct training_site *site, const struct settings *settings, struct error *error)
{
    struct architecture architecture;
    struct graph graph = {0};
    struct training_result result;
    const struct training *t = &site->protocol.training;
    int last = settings->point ? settings->point : t->points;
    if (settings->test && last != t->points)
        return error_set(error, ERROR_ARGUMENT, "--test needs the whole schedule (--point %d or 0)",
                         t->points);
    int status = architecture_read(site->space, settings->arch, &architecture, error);
    if (status)
        return status;
    uint32_t network = site->isomorphs.class_of[site->space->index(&architecture)];
    status =
        isomorphs_graph(&site->isomorphs, site->space, &site->skeleton, network, &graph, error);
    if (status)
        return status;
    if (settings->profile) {
        status = profile(site, &graph, error);
        graph_free(&graph);
        return status;
    }
    print_head(site, &architecture, network);
    status = trainer_train(site->trainer, &graph, settings->seed, last, settings->test,
                           site->workspace[0], print_point, site, &result, error);
    if (!status)
        print_end(site, &result, network);
    graph_free(&graph);
    return status;
}

static int run(int argc, char **argv);

const struct command command_train = {
    .name = "train",
    .summary = "train one architecture and show its curve",
    .usage = "train --arch A [options]",
    .examples = "  nasbed train --protocol smoke --arch 11111\n"
                "  nasbed train --arch '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+"
                "|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|' --test\n"
                "  nasbed train --space chain --protocol smoke --arch w:3/4w:3-5/4w:5-3+skip\n"
                "  nasbed train --arch 11718 --profile\n",
    .options = options,
    .run = run};

/* The point is checked before the data are looked for. */
static int open_site(struct training_site *site, const struct settings *settings,
                     struct error *error)
{
    int status = training_describe(site, settings->space, settings->protocol, error);
    if (status)
        return status;
    int points = site->protocol.training.points;
    if (settings->point >= 0 && settings->point <= points)
        return training_equip(site, 1, error);
    training_close(site);
    return error_set(error, ERROR_ARGUMENT, "point = %d: must be from 0 to %d", settings->point,
                     points);
}

static int run(int argc, char **argv)
{
    struct settings settings;
    struct training_site site;
    struct error error;
    int words, code = command_parse(&command_train, &settings, argc, argv, 0, &words);
    if (code >= 0)
        return code;
    if (!settings.arch[0]) {
        (void)error_set(&error, ERROR_ARGUMENT, "--arch is missing: which architecture?");
        return command_fail(&command_train, &error);
    }
    if (open_site(&site, &settings, &error))
        return command_fail(&command_train, &error);
    int status = train(&site, &settings, &error);
    if (!status)
        status = command_flush(&error);
    training_close(&site);
    return status ? command_fail(&command_train, &error) : EXIT_DONE;
}

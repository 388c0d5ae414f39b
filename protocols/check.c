#include "protocols/parse.h"

#include "protocols/shape.h"

#include <string.h>

/* The words that a text option may have. */
struct words {
    const char *option, *word, *other; /* other: or NULL */
};

static const struct words words[] = {
    {"optimizer", "sgd-nesterov", NULL},
    {"schedule", "cosine", NULL},
    {"initialisation", "kaiming-fan-out", "uniform-fan-in"},
};

/* Fail at the line of `option`: "line 12: batch = 60: must be ...". */
static int refuse(const struct training *training, const struct parse_lines *lines,
                  const char *option, const char *reason, struct error *error)
{
    const struct option_row *row = option_find(training_rows, option);
    struct text value = {0};
    options_print(row, training, &value);
    int code =
        error_set(error, ERROR_FORMAT, "line %d: %s = %s: %s", lines->line[row - training_rows],
                  option, value.data ? value.data : "", reason);
    text_free(&value);
    return code;
}

/* refuse() where the reason ends in a number. */
static int refuse_above(const struct training *training, const struct parse_lines *lines,
                        const char *option, const char *reason, int64_t most, struct error *error)
{
    struct text full = {0};
    text_append(&full, "%s %lld", reason, (long long)most);
    int code = refuse(training, lines, option, full.data ? full.data : reason, error);
    text_free(&full);
    return code;
}

static int check_words(const struct training *training, const struct parse_lines *lines,
                       struct error *error)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const struct option_row *row = option_find(training_rows, words[i].option);
        const char *given = (const char *)training + row->offset, *other = words[i].other;
        if (strcmp(given, words[i].word) == 0 || (other && strcmp(given, other) == 0))
            continue;
        struct text reason = {0};
        text_append(&reason, "must be %s%s%s", words[i].word, other ? " or " : "",
                    other ? other : "");
        int code = refuse(training, lines, words[i].option, reason.data ? reason.data : "", error);
        text_free(&reason);
        return code;
    }
    return 0;
}

static int check_images(const struct training *t, const struct parse_lines *lines,
                        const struct shape *shape, struct error *error)
{
    if (t->train_images > shape->train_count - t->valid_images)
        return refuse_above(t, lines, "train_images",
                            "with valid_images, more than the training file's", shape->train_count,
                            error);
    if (t->valid_images_early > t->valid_images)
        return refuse_above(t, lines, "valid_images_early",
                            "more than valid_images =", t->valid_images, error);
    if (t->test_images > shape->test_count)
        return refuse_above(t, lines, "test_images", "more than the test file's", shape->test_count,
                            error);
    if (t->cutout > shape->size)
        return refuse_above(t, lines, "cutout", "more than the image's", shape->size, error);
    return 0;
}

static int check_steps(const struct training *t, const struct parse_lines *lines,
                       struct error *error)
{
    if (t->batch % 16)
        return refuse(t, lines, "batch", "must be a multiple of 16", error);
    if (t->batch > t->train_images)
        return refuse_above(t, lines, "batch", "more than train_images =", t->train_images, error);
    if (t->points > protocol_steps(t))
        return refuse_above(t, lines, "points", "more than there are steps:", protocol_steps(t),
                            error);
    if (t->warmup >= 1)
        return refuse(t, lines, "warmup", "leaves no step for the schedule", error);
    if (t->momentum >= 1)
        return refuse(t, lines, "momentum", "must be less than 1", error);
    return 0;
}

int check_protocol(struct protocol *protocol, const struct parse_lines *lines, struct error *error)
{
    const struct training *training = &protocol->training;
    struct error inner;
    const struct shape *shape = shape_find(training->dataset, &inner);
    if (!shape)
        return refuse(training, lines, "dataset", inner.text, error);
    int status = check_words(training, lines, error);
    if (!status)
        status = check_images(training, lines, shape, error);
    if (!status)
        status = check_steps(training, lines, error);
    for (int i = 0; i < protocol->skeletons; i++) {
        protocol->skeleton[i].skeleton.input_channels = shape->channels;
        protocol->skeleton[i].skeleton.input_size = shape->size;
        protocol->skeleton[i].skeleton.classes = shape->classes;
    }
    return status;
}

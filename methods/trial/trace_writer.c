#include "methods/trial/trace_writer.h"

#include "base/digest.h"
#include "base/options.h"
#include "methods/kit/blas.h"
#include "methods/trial/foreign.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Members -------------------------------------------------------------------------------------- */

/* What belongs before the next member: nothing after an opened object, the brace that opens one at the
 * start of a line or after a name, else a comma. */
static void put_separator(struct text *text)
{
    char last = text->size ? text->data[text->size - 1] : '\n';
    text_append(text, "%s", last == '{' ? "" : last == '\n' || last == ':' ? "{" : ",");
}

static void put_name(struct text *text, const char *name)
{
    put_separator(text);
    text_append(text, "\"%s\":", name);
}

static void put_literal(struct text *text, const char *string)
{
    json_t *value = json_string(string);
    char *quoted = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
    if (quoted)
        text_append(text, "%s", quoted);
    else /* not UTF-8: only a foreign name can be that */
        text_append(text, "\"?\"");
    free(quoted);
    json_decref(value);
}

static void put_string(struct text *text, const char *name, const char *string)
{
    put_name(text, name);
    if (string)
        put_literal(text, string);
    else
        text_append(text, "null");
}

/* The largest counts (what a quote that cannot be paid says) are beyond what JSON readers take. */
static void put_count(struct text *text, const char *name, uint64_t value)
{
    put_name(text, name);
    text_append(text, "%" PRIu64, value <= INT64_MAX ? value : INT64_MAX);
}

/* A real stays one for the reader: 6 is written 6.0. What no reader takes for a number is none. */
static void put_number(struct text *text, double value)
{
    size_t start = text->size;
    if (!(fabs(value) <= TRACE_REAL_MOST)) {
        text_append(text, "null");
        return;
    }
    text_append_real(text, value);
    if (!text->failed && !strpbrk(text->data + start, ".e"))
        text_append(text, ".0");
}

static void put_real(struct text *text, const char *name, double value)
{
    put_name(text, name);
    put_number(text, value);
}

static void put_flag(struct text *text, const char *name, bool value)
{
    put_name(text, name);
    text_append(text, value ? "true" : "false");
}

static void put_subject(struct text *text, const struct line_subject *subject)
{
    put_string(text, "architecture", subject->architecture);
    put_count(text, "index", subject->index);
    put_count(text, "network", subject->network);
}

static void end_line(struct trace_writer *writer)
{
    text_append(&writer->text, "}\n");
    writer->lines++;
}

/* Header --------------------------------------------------------------------------------------- */

static void put_option_value(struct text *text, const char *name, const struct option_row *row,
                             const void *values)
{
    const char *place = (const char *)values + row->offset;
    if (row->type == OPTION_FLAG) {
        put_flag(text, name, *(const bool *)place);
    } else if (row->type == OPTION_TEXT) {
        put_string(text, name, place);
    } else if (row->type == OPTION_REAL) {
        double value;
        memcpy(&value, place, sizeof value);
        put_real(text, name, value);
    } else {
        put_name(text, name);
        options_print(row, values, text);
    }
}

static void put_options(struct text *text, const struct method_settings *settings,
                        const void *standard)
{
    put_name(text, "options");
    text_append(text, "{");
    for (const struct option_row *row = settings->row; row->name; row++) {
        put_name(text, row->name);
        put_option_value(text, "value", row, settings->values);
        put_option_value(text, "default", row, standard);
        put_string(text, "provenance", row->provenance);
        text_append(text, "}");
    }
    text_append(text, "}");
}

static void put_method(struct text *text, const struct nasbed_method *method, const char *space)
{
    const struct nasbed_space *row = method_space(method, space);
    put_string(text, "method", method->name);
    put_string(text, "class", method->class_name);
    put_name(text, "ticks");
    put_flag(text, "modular", method->modular);
    put_flag(text, "continuous", method->continuous);
    put_flag(text, "recycled", method->recycled);
    put_flag(text, "incomplete", method->incomplete);
    text_append(text, "}");
    put_string(text, "survey", method->survey);
    put_string(text, "kind", method_kind(row ? row->kind : NASBED_UNDEFINED));
}

/* What else the bits of its trace depend on. */
static void put_blas(struct text *text, const struct nasbed_method *method)
{
    char library[BLAS_NAME];
    if (!method->blas)
        return;
    blas_library(library);
    put_name(text, "blas");
    put_string(text, "library", library);
    put_string(text, "kernel", blas_kernel());
    text_append(text, "}");
}

/* The unit is named where it is not the usual one; all charges of the trace are counted in it. */
static void put_budget(struct text *text, const struct contest *contest)
{
    bool seconds = contest->times != NULL;
    if (seconds)
        put_string(text, "budget_unit", "gpu-seconds");
    put_real(text, "budget", contest->budget);
    put_count(text, seconds ? "budget_microseconds" : "budget_flops", contest->budget_flops);
    put_count(text, seconds ? "reserve_microseconds" : "reserve_flops", contest->reserve_flops);
    put_count(text, seconds ? "unit_microseconds" : "unit_flops", contest->unit_flops);
}

/* What was run, for a method from outside. */
static void put_origin(struct text *text, const struct method_origin *origin)
{
    if (!origin)
        return;
    put_name(text, "origin");
    put_string(text, origin->command ? "command" : "plugin", origin->what);
    put_name(text, "files");
    text_append(text, "{");
    for (int i = 0; i < origin->files; i++) {
        put_separator(text);
        put_literal(text, origin->file[i].name);
        text_append(text, ":\"%s\"", origin->file[i].digest);
    }
    text_append(text, "}}");
}

static void put_contest(struct text *text, const struct contest *contest, uint64_t seed)
{
    const struct table_identity *identity = &contest->identity;
    put_string(text, "space", identity->space);
    put_string(text, "protocol", identity->protocol);
    put_string(text, "protocol_hash", identity->protocol_hash);
    put_string(text, "dataset_digest", identity->dataset_digest);
    put_count(text, "numerics", (uint64_t)identity->numerics);
    put_count(text, "points", (uint64_t)identity->points);
    put_string(text, "table", contest->table[0] ? contest->table : NULL);
    put_count(text, "table_seeds", (uint64_t)contest->seeds);
    put_count(text, "table_seed", seed % (uint64_t)contest->seeds);
    if (contest->tests_apart)
        put_flag(text, "tests_apart", true);
    put_string(text, "program", NASBED_VERSION);
    put_budget(text, contest);
    put_count(text, "seed", seed);
}

void trace_writer_header(struct trace_writer *writer, const struct contest *contest,
                         const struct method_settings *settings, uint64_t seed)
{
    struct text *text = &writer->text;
    struct method_settings standard;
    if (method_settings_init(&standard, settings->method, NULL)) {
        text->failed = true;
        return;
    }
    put_string(text, "format", "nasbed-trace");
    put_count(text, "version", 1);
    put_method(text, settings->method, contest->identity.space);
    put_options(text, settings, standard.values);
    put_contest(text, contest, seed);
    put_blas(text, settings->method);
    put_origin(text, settings->origin);
    end_line(writer);
    method_settings_free(&standard);
}

/* Events --------------------------------------------------------------------------------------- */

enum { LINE_STEPS = 1000 }; /* most of a kind in one line */

static const char *const tally_names[TALLY_KINDS] = {"step", "gradient", "unrolled", "score"};

/* FLOPs that the event took, and of the trial so far. */
static void put_spent(struct trace_writer *writer, uint64_t charge, uint64_t spent)
{
    put_count(&writer->text, "charge", charge);
    put_count(&writer->text, "spent", spent);
    writer->spent = spent;
}

/* A line a kind of what is tallied. */
static void write_steps(struct trace_writer *writer)
{
    struct text *text = &writer->text;
    for (int kind = 0; kind < TALLY_KINDS; kind++) {
        struct step_tally *tally = &writer->tally[kind];
        if (tally->count == 0)
            continue;
        put_string(text, "event", "step");
        put_string(text, "what", tally_names[kind]);
        put_count(text, "count", tally->count);
        put_real(text, "loss", tally->loss / (double)tally->count);
        put_real(text, "accuracy", tally->accuracy / (double)tally->count);
        put_spent(writer, tally->charge, writer->spent + tally->charge);
        end_line(writer);
        *tally = (struct step_tally){0};
    }
}

static struct text *begin_event(struct trace_writer *writer, const char *event)
{
    write_steps(writer);
    put_string(&writer->text, "event", event);
    return &writer->text;
}

void trace_writer_query(struct trace_writer *writer, const struct line_query *query)
{
    struct text *text = begin_event(writer, "query");
    put_subject(text, &query->subject);
    put_count(text, "point", (uint64_t)query->point);
    put_real(text, "valid_accuracy", query->valid_accuracy);
    put_real(text, "valid_loss", query->valid_loss);
    put_spent(writer, query->charge, query->spent);
    put_flag(text, "free", query->charge == 0);
    put_flag(text, "live", query->live);
    end_line(writer);
}

static void put_refusal(struct trace_writer *writer, const char *what, const char *architecture,
                        const char *extent, uint64_t value, uint64_t asked, uint64_t left)
{
    struct text *text = begin_event(writer, "refuse");
    put_string(text, "what", what);
    put_string(text, "architecture", architecture);
    put_count(text, extent, value);
    put_count(text, "asked", asked);
    put_count(text, "left", left);
    end_line(writer);
}

void trace_writer_refuse(struct trace_writer *writer, const char *architecture, int point,
                         uint64_t asked, uint64_t left)
{
    put_refusal(writer, "query", architecture, "point", (uint64_t)point, asked, left);
}

void trace_writer_refuse_network(struct trace_writer *writer, const char *what,
                                 const char *architecture, int64_t steps, uint64_t asked,
                                 uint64_t left)
{
    put_refusal(writer, what, architecture, "steps", (uint64_t)steps, asked, left);
}

void trace_writer_train(struct trace_writer *writer, const struct line_train *train)
{
    struct text *text = begin_event(writer, "train");
    put_count(text, "handle", (uint64_t)train->handle);
    put_subject(text, &train->subject);
    put_count(text, "steps", (uint64_t)train->steps);
    put_real(text, "rate_from", train->from);
    put_real(text, "rate_to", train->to);
    put_count(text, "valid_images", (uint64_t)train->valid_images);
    put_real(text, "valid_accuracy", train->valid_accuracy);
    put_real(text, "valid_loss", train->valid_loss);
    put_real(text, "train_accuracy", train->train_accuracy);
    put_real(text, "train_loss", train->train_loss);
    put_spent(writer, train->charge, train->spent);
    end_line(writer);
}

void trace_writer_transform(struct trace_writer *writer, const struct line_transform *transform)
{
    struct text *text = begin_event(writer, "transform");
    put_count(text, "handle", (uint64_t)transform->handle);
    put_subject(text, &transform->subject);
    put_string(text, "move", transform->move);
    put_count(text, "layer", (uint64_t)transform->layer);
    put_spent(writer, transform->charge, transform->spent);
    end_line(writer);
}

void trace_writer_steps(struct trace_writer *writer, enum tally_kind kind,
                        const struct step_tally *more)
{
    struct step_tally *tally = &writer->tally[kind];
    if (tally->count >= LINE_STEPS)
        write_steps(writer);
    tally->count += more->count;
    tally->charge += more->charge;
    tally->loss += more->loss;
    tally->accuracy += more->accuracy;
}

void trace_writer_refuse_steps(struct trace_writer *writer, enum tally_kind kind, uint64_t asked,
                               uint64_t left)
{
    struct text *text = begin_event(writer, "refuse");
    put_string(text, "what", tally_names[kind]);
    put_count(text, "asked", asked);
    put_count(text, "left", left);
    end_line(writer);
}

void trace_writer_log(struct trace_writer *writer, const char *name, double value)
{
    struct text *text = begin_event(writer, "log");
    put_string(text, "name", name);
    put_real(text, "value", value);
    end_line(writer);
}

void trace_writer_finish(struct trace_writer *writer, const struct line_finish *finish)
{
    struct text *text = begin_event(writer, "finish");
    put_subject(text, &finish->subject);
    put_real(text, "valid_accuracy", finish->valid_accuracy);
    put_real(text, "test_accuracy", finish->test_accuracy);
    put_name(text, "test_seeds");
    for (int i = 0; i < finish->test_count; i++)
        text_append(text, "%s%d", i ? "," : "[", finish->test_seeds[i]);
    text_append(text, "]");
    put_flag(text, "biased", finish->biased);
    put_count(text, "params", finish->params);
    put_count(text, "macs", finish->macs);
    put_spent(writer, finish->charge, finish->spent);
    put_count(text, "left", finish->left);
    end_line(writer);
}

void trace_writer_end(struct trace_writer *writer)
{
    write_steps(writer);
    uint64_t checksum = digest_checksum(writer->text.data, writer->text.size);
    text_append(&writer->text,
                "{\"end\":true,\"lines\":%" PRIu64 ",\"checksum\":\"%016" PRIx64 "\"}\n",
                writer->lines, checksum);
}

int trace_writer_check(const struct trace_writer *writer, struct error *error)
{
    return writer->text.failed ? error_set(error, ERROR_MEMORY, "trace: out of memory") : 0;
}

void trace_writer_free(struct trace_writer *writer)
{
    text_free(&writer->text);
    *writer = (struct trace_writer){0};
}

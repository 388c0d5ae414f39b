/* Traces made up for the tests of reports: a well-formed one by default, spoiled on purpose by
 * fixture_replace before it is sealed. */
#ifndef NASBED_TESTS_TRACE_FIXTURE_H
#define NASBED_TESTS_TRACE_FIXTURE_H

#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h> /* cmocka.h needs it, and stdarg.h and stddef.h, before */

#include <cmocka.h>

#define FIXTURE_HASH "0123456789abcdef0123456789abcdef"
#define FIXTURE_DATA "da7ada7ada7ada7ada7ada7ada7ada7a"
#define FIXTURE_UNIT 1000000000000ull /* FLOPs of a full training */

struct fixture_query {
    unsigned network;
    int point;
    double valid_accuracy;
    uint64_t charge;
};

/* One trial of 12 points; zero-initialised fields get the defaults said. */
struct fixture {
    const char *method, *class;      /* "random-search", "RS" */
    const char *ticks;               /* of "MCRI", the letters that are ticked; "" */
    const char *options;             /* JSON; "{}" */
    const char *kind;                /* "native" */
    const char *origin;              /* JSON, of a method from outside; none */
    const char *protocol;            /* "cifar10-mini" */
    const char *hash, *data, *table; /* FIXTURE_HASH, FIXTURE_DATA, live */
    unsigned seed;
    double budget;    /* full trainings; 6 */
    uint64_t reserve; /* FLOPs; 1000 */
    const char *log;  /* name of a number that is put on record; none */
    const struct fixture_query *queries;
    size_t n_queries;
    unsigned network;      /* finished with */
    double valid_accuracy; /* of the finish; the last answer about its network */
    double test_accuracy;
    int test_seed;
    bool biased;
};

static inline const char *fixture_or(const char *given, const char *standard)
{
    return given ? given : standard;
}

static inline const char *fixture_tick(const struct fixture *fixture, char letter)
{
    return strchr(fixture_or(fixture->ticks, ""), letter) ? "true" : "false";
}

static inline void fixture_header(const struct fixture *fixture, struct text *out)
{
    double budget = fixture->budget > 0 ? fixture->budget : 6;
    text_append(out,
                "{\"format\":\"nasbed-trace\",\"version\":1,\"method\":\"%s\",\"class\":\"%s\","
                "\"ticks\":{\"modular\":%s,\"continuous\":%s,\"recycled\":%s,\"incomplete\":%s},"
                "\"survey\":null,\"kind\":\"%s\",\"options\":%s,\"space\":\"cell\",",
                fixture_or(fixture->method, "random-search"), fixture_or(fixture->class, "RS"),
                fixture_tick(fixture, 'M'), fixture_tick(fixture, 'C'), fixture_tick(fixture, 'R'),
                fixture_tick(fixture, 'I'), fixture_or(fixture->kind, "native"),
                fixture_or(fixture->options, "{}"));
    text_append(out,
                "\"protocol\":\"%s\",\"protocol_hash\":\"%s\",\"dataset_digest\":\"%s\","
                "\"numerics\":1,\"points\":12,",
                fixture_or(fixture->protocol, "cifar10-mini"),
                fixture_or(fixture->hash, FIXTURE_HASH), fixture_or(fixture->data, FIXTURE_DATA));
    if (fixture->table)
        text_append(out, "\"table\":\"%s\",\"table_seeds\":2,\"table_seed\":%d,", fixture->table,
                    fixture->seed % 2);
    else
        text_append(out, "\"table\":null,\"table_seeds\":1,\"table_seed\":0,");
    text_append(
        out,
        "\"program\":\"0.1.0\",\"budget\":%g,\"budget_flops\":%.0f,\"reserve_flops\":%" PRIu64
        ",\"unit_flops\":%llu,\"seed\":%u%s%s}\n",
        budget, budget * (double)FIXTURE_UNIT, fixture->reserve ? fixture->reserve : 1000,
        FIXTURE_UNIT, fixture->seed, fixture->origin ? ",\"origin\":" : "",
        fixture_or(fixture->origin, ""));
}

/* Header, queries and finish, without the last line. */
static inline void fixture_body(const struct fixture *fixture, struct text *out)
{
    uint64_t spent = 0;
    double budget = (fixture->budget > 0 ? fixture->budget : 6) * (double)FIXTURE_UNIT;
    double valid = 50;
    fixture_header(fixture, out);
    for (size_t i = 0; i < fixture->n_queries; i++) {
        const struct fixture_query *query = &fixture->queries[i];
        spent += query->charge;
        valid = query->network == fixture->network ? query->valid_accuracy : valid;
        text_append(out,
                    "{\"event\":\"query\",\"architecture\":\"a%u\",\"index\":%u,\"network\":%u,"
                    "\"point\":%d,\"valid_accuracy\":%.9g,\"valid_loss\":1.5,\"charge\":%" PRIu64
                    ",\"spent\":%" PRIu64 ",\"free\":%s,\"live\":%s}\n",
                    query->network, query->network, query->network, query->point,
                    query->valid_accuracy, query->charge, spent, query->charge ? "false" : "true",
                    fixture->table ? "false" : "true");
    }
    if (fixture->log)
        text_append(out, "{\"event\":\"log\",\"name\":\"%s\",\"value\":1}\n", fixture->log);
    valid = fixture->valid_accuracy > 0 ? fixture->valid_accuracy : valid;
    text_append(out,
                "{\"event\":\"finish\",\"architecture\":\"a%u\",\"index\":%u,\"network\":%u,"
                "\"valid_accuracy\":%.9g,\"test_accuracy\":%.9g,\"test_seeds\":[%d],\"biased\":%s,"
                "\"params\":%u,\"macs\":1000,\"charge\":0,\"spent\":%" PRIu64 ",\"left\":%" PRIu64
                "}\n",
                fixture->network, fixture->network, fixture->network, valid, fixture->test_accuracy,
                fixture->test_seed, fixture->biased ? "true" : "false",
                10000 + 100 * fixture->network, spent, (uint64_t)budget - spent);
}

/* Replace the first `from`, which must be there, by `to`. */
static inline void fixture_replace(struct text *text, const char *from, const char *to)
{
    char *place = strstr(text->data, from);
    assert_non_null(place);
    struct text changed = {0};
    text_append_bytes(&changed, text->data, (size_t)(place - text->data));
    text_append(&changed, "%s%s", to, place + strlen(from));
    text_free(text);
    *text = changed;
}

/* Append the last line, with the checksum of what is there. */
static inline void fixture_seal(struct text *text)
{
    size_t lines = 0;
    for (size_t i = 0; i < text->size; i++)
        lines += text->data[i] == '\n' ? 1 : 0;
    text_append(text, "{\"end\":true,\"lines\":%zu,\"checksum\":\"%016" PRIx64 "\"}\n", lines,
                digest_checksum(text->data, text->size));
}

static inline void fixture_store(const struct text *text, const char *path)
{
    struct error error;
    char folder[512];
    (void)snprintf(folder, sizeof folder, "%s", path);
    *strrchr(folder, '/') = '\0';
    assert_int_equal(folder_make(folder, &error), 0);
    FILE *file = fopen(path, "wb"); /* not file_write, which waits for the disk */
    assert_non_null(file);
    assert_int_equal(fwrite(text->data, 1, text->size, file), text->size);
    assert_int_equal(fclose(file), 0);
}

static inline void fixture_write(const struct fixture *fixture, const char *path)
{
    struct text text = {0};
    fixture_body(fixture, &text);
    fixture_seal(&text);
    fixture_store(&text, path);
    text_free(&text);
}

/* A new empty folder below the system's temporary one, into path[64]. */
static inline void fixture_folder(char path[64])
{
    (void)snprintf(path, 64, "/tmp/nasbed-test-XXXXXX");
    assert_non_null(mkdtemp(path));
}

static inline void fixture_remove(const char *folder)
{
    char command[256];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

#endif

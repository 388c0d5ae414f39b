/* What the harnesses of libFuzzer share: a plan, and the reading of one input by it. Every
 * sixteenth input that was read goes on to a table, which takes longer than all else. */
#ifndef NASBED_TESTS_FUZZ_H
#define NASBED_TESTS_FUZZ_H

#include "tables/harvest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct protocol fuzz_protocol;
static struct import_plan fuzz_plan;

static inline void fuzz_open(const char *space, const char *protocol)
{
    if (protocol_open(&fuzz_protocol, protocol, NULL))
        abort();
    fuzz_protocol.training.points = 1;
    fuzz_plan = (struct import_plan){.space = space_find(space, NULL),
                                     .protocol = &fuzz_protocol,
                                     .name = "fuzz",
                                     .licence = "none",
                                     .seeds = 3,
                                     .partial = true};
}

/* What was refused has a reason; what was read makes a table. */
static inline void fuzz_end(struct harvest *harvest, int status, const struct error *error,
                            size_t size)
{
    struct table table;
    struct error reason;
    if (status &&
        (error->code != (enum error_code)status || !error->text[0] || strchr(error->text, '\n')))
        abort();
    if (!status && size % 16 == 0 &&
        !harvest_table(harvest, "00000000000000000000000000000000", &table, &reason))
        table_close(&table);
    harvest_free(harvest);
}

#endif

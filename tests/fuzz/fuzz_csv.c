/* libFuzzer on the CSV importer: space cell in the columns of NAS-Bench-201. */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_open("cell", "nasbench201");
    fuzz_plan.columns =
        "architecture=arch,params,macs=flops,valid_accuracy=valid,test_accuracy=test,"
        "epoch_seconds=seconds?,valid_seconds?";
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct harvest harvest;
    struct error error = {.text = ""};
    FILE *stream = size ? fmemopen((void *)(uintptr_t)data, size, "rb") : NULL;
    if (!stream)
        return 0;
    int status = harvest_init(&harvest, &fuzz_plan, &error);
    if (!status)
        status = import_read_csv(&harvest, stream, &error);
    fuzz_end(&harvest, status, &error, size);
    (void)fclose(stream);
    return 0;
}

/* libFuzzer on the importer of NAS-Bench-Macro's JSON. */
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_open("macro", "nasbench-macro");
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct harvest harvest;
    struct error error = {.text = ""};
    int status = harvest_init(&harvest, &fuzz_plan, &error);
    if (!status)
        status = import_read_macro(&harvest, (const char *)data, size, &error);
    fuzz_end(&harvest, status, &error, size);
    return 0;
}

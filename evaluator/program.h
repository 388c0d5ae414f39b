/* Other programs: run by an argument vector, never through a shell. */
#ifndef NASBED_EVALUATOR_PROGRAM_H
#define NASBED_EVALUATOR_PROGRAM_H

#include "base/error.h"

/* Run `argument` (NULL-terminated; [0] is looked up in PATH) in `folder`, without standard input, and
 * wait for its end. Errors: ERROR_MISSING if it is not installed, ERROR_IO with its exit status and
 * the first line that it wrote. */
int program_run(const char *const *argument, const char *folder, struct error *error);

#endif

/* Methods from outside: a shared object that exports one, or a command that is spoken to over pipes. */
#ifndef NASBED_METHODS_TRIAL_FOREIGN_H
#define NASBED_METHODS_TRIAL_FOREIGN_H

#include "base/digest.h"
#include "base/error.h"
#include "base/options.h"
#include "methods/nasbed.h"

#define FOREIGN_FILES 8 /* most files of a command that are digested */

/* What a trace says of where its method came from. */
struct method_origin {
    char what[OPTION_TEXT_SIZE]; /* path of the shared object, or the command */
    bool command;
    int files;
    struct {
        char name[OPTION_TEXT_SIZE], digest[DIGEST_TEXT];
    } file[FOREIGN_FILES]; /* the shared object; the words of the command that are files */
};

/* What cannot be asked of a command before it runs. */
struct foreign_card {
    const char *command;
    const char *name;              /* "" or NULL: after the first of its words that is a file */
    const char *class_name;        /* of the survey's five */
    bool live;                     /* it trains networks or a supernet of its own */
    double patience;               /* seconds that each of its lines may take */
    void (*say)(const char *line); /* takes its standard error; may be NULL */
};

struct foreign; /* an opened method */

/* Errors: ERROR_MISSING for a file that is not there, ERROR_IO for one that cannot be read; ERROR_FORMAT for one that is no plug-in or breaks
 * the interface's rules, ERROR_UNSUPPORTED for one of another interface, both saying what to do;
 * ERROR_ARGUMENT for a name that foreign_check_name refuses; ERROR_MEMORY. */
int foreign_plugin(struct foreign **foreign, const char *path, struct error *error);
int foreign_command(struct foreign **foreign, const struct foreign_card *card, struct error *error);
void foreign_close(struct foreign *foreign);

/* Both live as long as `foreign`. */
const struct nasbed_method *foreign_method(const struct foreign *foreign);
const struct method_origin *foreign_origin(const struct foreign *foreign);

/* Whether a method from outside may have that name: small letters, digits and hyphens, at most 63, the first
 * no hyphen, and not a built-in method's. ERROR_ARGUMENT: why not, and one that would do. */
int foreign_check_name(const char *name, struct error *error);

/* True for a word that names a shared object rather than a method: it has a slash or ends in ".so". */
bool foreign_is_path(const char *word);

#endif

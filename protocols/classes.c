#include "protocols/classes.h"

#include <stddef.h>
#include <string.h>

int class_find(const char *name)
{
    static const char *const classes[] = {"RL", "EA", "GO", "RS", "SMBO"};
    for (size_t i = 0; name && i < sizeof classes / sizeof *classes; i++)
        if (strcmp(name, classes[i]) == 0)
            return (int)i;
    return -1;
}

/* What must hold between the values of a table, whoever wrote it. */
#ifndef NASBED_TABLES_CHECK_H
#define NASBED_TABLES_CHECK_H

#include "base/error.h"
#include "tables/table.h"

/* 0 if classes, representatives and results are possible and the digest is that of the data; else
 * ERROR_FORMAT or ERROR_DIGEST naming the dataset and the row. */
int check_table(const struct table *table, struct error *error);

#endif

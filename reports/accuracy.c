#include "reports/accuracy.h"

#include <math.h>

static double of_seed(const struct table *table, uint32_t network, int point, int seed)
{
    size_t row = (size_t)seed * table->identity.distinct + network;
    if (!table_has(table, network, (uint32_t)seed) ||
        (point == ACCURACY_TEST && !table->test_accuracy))
        return (double)NAN;
    return (double)(point == ACCURACY_TEST
                        ? table->test_accuracy[row]
                        : table_valid_accuracy(table, network, (uint32_t)seed, point));
}

double accuracy_without(const struct table *table, uint32_t network, int point, int without)
{
    double sum = 0;
    int n = 0;
    for (int seed = 0; seed < table->seeds; seed++) {
        double accuracy = seed == without ? (double)NAN : of_seed(table, network, point, seed);
        if (isnan(accuracy))
            continue;
        sum += accuracy;
        n++;
    }
    return n ? sum / n : (double)NAN;
}

double accuracy_of(const struct table *table, uint32_t network, int point, int seed)
{
    if (seed == ACCURACY_ALL)
        return accuracy_without(table, network, point, -1);
    for (int first = 0; seed == ACCURACY_ANY && first < table->seeds; first++)
        if (table_has(table, network, (uint32_t)first))
            return of_seed(table, network, point, first);
    return seed < 0 ? (double)NAN : of_seed(table, network, point, seed);
}

void accuracy_column(const struct table *table, int point, int seed, double *out)
{
    for (uint32_t i = 0; i < table->identity.count; i++)
        out[i] = accuracy_of(table, table->class_of[i], point, seed);
}

void accuracy_column_without(const struct table *table, int point, int without, double *out)
{
    for (uint32_t i = 0; i < table->identity.count; i++)
        out[i] = accuracy_without(table, table->class_of[i], point, without);
}

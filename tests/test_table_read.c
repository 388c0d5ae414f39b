/* Opening tables: everything is checked, every message says where; damage never gets as far as
 * HDF5. */
#include "tests/table_fixture.h"

#include "tables/hdf.h"
#include "tables/released.h"
#include "tables/schema.h"
#include "tables/seal.h"
#include "tables/writer.h"

#include <math.h>
#include <unistd.h>

static void assert_opens(const char *path, struct table *table)
{
    struct error error = {0};
    if (table_open(table, path, &error))
        fail_msg("%s", error.text);
}

/* It does not open, the message names the file, and `message` comes after its name. */
static void assert_refused(const char *path, const char *message)
{
    struct table table;
    struct error error = {0};
    char begin[160];
    (void)snprintf(begin, sizeof begin, "table %s: ", path);
    assert_int_not_equal(table_open(&table, path, &error), 0);
    assert_true(strncmp(error.text, begin, strlen(begin)) == 0);
    assert_contains(error.text + strlen(begin), message);
    assert_null(table.valid_accuracy);
    table_close(&table); /* of a table that did not open: nothing */
}

static void test_cut_anywhere(void **state)
{
    struct world world;
    size_t size;
    (void)state;
    world_open(&world);
    world_build(&world);
    char *bytes = world_bytes(world.path, &size);
    for (size_t length = 0; length < size; length += length < SEAL_BYTES ? 7 : 1201) {
        world_write(world.path, bytes, length);
        assert_refused(world.path, length < SEAL_BYTES ? "is no table of nasbed" : "was cut: ");
    }
    world_write(world.path, bytes, size - 1);
    assert_refused(world.path, "was cut: ");
    char *longer = calloc(size + 1, 1);
    memcpy(longer, bytes, size);
    world_write(world.path, longer, size + 1);
    assert_refused(world.path, "digest differs (the file was changed)");
    free(longer);
    free(bytes);
    world_close(&world);
}

static void test_flipped_anywhere(void **state)
{
    struct world world;
    size_t size;
    (void)state;
    world_open(&world);
    world_build(&world);
    char *bytes = world_bytes(world.path, &size);
    for (size_t offset = 0; offset < size; offset += offset < SEAL_BYTES ? 1 : 1201) {
        bytes[offset] ^= (char)(1 << offset % 8);
        world_write(world.path, bytes, size);
        assert_refused(world.path, "");
        bytes[offset] ^= (char)(1 << offset % 8);
    }
    free(bytes);
    world_close(&world);
}

static void test_what_is_no_table(void **state)
{
    struct world world;
    size_t size;
    (void)state;
    world_open(&world);
    world_build(&world);
    assert_refused("/no/such.h5", "No such file or directory");
    assert_refused("/tmp", "is not a readable file");
    char *bytes = world_bytes(world.path, &size);
    world_write(world.path, bytes + SEAL_BYTES, size - SEAL_BYTES);
    assert_refused(world.path, "is an HDF5 file, but without the seal");
    free(bytes);
    world_close(&world);
}

/* ---- Files with a true seal whose HDF5 part is not a table ---- */

static hid_t make(hid_t group, const char *name, hid_t type, int dimensions, hsize_t a, hsize_t b)
{
    hsize_t shape[2] = {a, b};
    (void)H5Ldelete(group, name, H5P_DEFAULT);
    hid_t space = H5Screate_simple(dimensions, shape, NULL);
    hid_t set = H5Dcreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(set >= 0);
    (void)H5Sclose(space);
    return set;
}

static void set_number(hid_t file, const char *name, hid_t type, uint32_t value)
{
    (void)H5Adelete(file, name);
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, H5T_NATIVE_UINT32, &value) >= 0);
    (void)H5Aclose(attribute);
    (void)H5Sclose(space);
}

static void set_string(hid_t file, const char *name, const char *value, bool variable)
{
    (void)H5Adelete(file, name);
    hid_t space = H5Screate(H5S_SCALAR), type = H5Tcopy(H5T_C_S1);
    (void)H5Tset_size(type, variable ? H5T_VARIABLE : strlen(value) + 1);
    hid_t attribute = H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, type, variable ? (const void *)&value : value) >= 0);
    (void)H5Aclose(attribute);
    (void)H5Tclose(type);
    (void)H5Sclose(space);
}

/* Overwrite value `i` of a dataset. */
static void set_value(hid_t file, const char *name, hid_t type, size_t n, size_t i,
                      const void *value, size_t bytes)
{
    hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
    char *data = calloc(n, bytes);
    assert_true(H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    memcpy(data + i * bytes, value, bytes);
    assert_true(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    free(data);
    (void)H5Dclose(set);
}

static void set_u32(hid_t file, const char *name, size_t n, size_t i, uint32_t value)
{
    set_value(file, name, H5T_NATIVE_UINT32, n, i, &value, sizeof value);
}

static void set_f32(hid_t file, const char *name, size_t n, size_t i, float value)
{
    set_value(file, name, H5T_NATIVE_FLOAT, n, i, &value, sizeof value);
}

static void no_dataset(hid_t file)
{
    (void)H5Ldelete(file, "representative", H5P_DEFAULT);
}

static void no_accuracy(hid_t file)
{
    (void)H5Ldelete(file, "run/0/valid_accuracy", H5P_DEFAULT);
    (void)H5Ldelete(file, "run/1/valid_accuracy", H5P_DEFAULT);
    (void)H5Ldelete(file, "run/0/test_accuracy", H5P_DEFAULT);
    (void)H5Ldelete(file, "run/1/test_accuracy", H5P_DEFAULT);
}

static void wrong_shape(hid_t file)
{
    (void)H5Dclose(make(file, "run/0/valid_accuracy", H5T_IEEE_F32LE, 2, 40, 5));
}

static void wrong_rank(hid_t file)
{
    (void)H5Dclose(make(file, "run/1/test_accuracy", H5T_IEEE_F32LE, 2, 40, 1));
}

static void wrong_count(hid_t file)
{
    (void)H5Dclose(make(file, "class_of", H5T_STD_U32LE, 1, 15624, 0));
}

static void wrong_type(hid_t file)
{
    (void)H5Dclose(make(file, "macs", H5T_IEEE_F64LE, 1, 15625, 0));
}

static void wrong_order(hid_t file)
{
    (void)H5Dclose(make(file, "class_of", H5T_STD_U32BE, 1, 15625, 0));
}

static void group_for_dataset(hid_t file)
{
    (void)H5Ldelete(file, "params", H5P_DEFAULT);
    (void)H5Gclose(H5Gcreate2(file, "params", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}

static void no_run(hid_t file)
{
    (void)H5Ldelete(file, "run/1", H5P_DEFAULT);
}

static void column_in_first_run_only(hid_t file)
{
    (void)H5Ldelete(file, "run/1/train_loss", H5P_DEFAULT);
}

static void column_in_second_run_only(hid_t file)
{
    (void)H5Ldelete(file, "run/0/test_loss", H5P_DEFAULT);
}

static void no_attribute(hid_t file)
{
    (void)H5Adelete(file, "dataset_digest");
}

static void no_number(hid_t file)
{
    (void)H5Adelete(file, "points");
}

static void text_for_number(hid_t file)
{
    set_string(file, "numerics", "1", false);
}

static void number_for_text(hid_t file)
{
    set_number(file, "protocol", H5T_STD_U32LE, 3);
}

static void variable_text(hid_t file)
{
    set_string(file, "licence", "MIT", true);
}

static void long_text(hid_t file)
{
    set_string(file, "space", "a space with a name that is longer than 31 letters", false);
}

static void other_format(hid_t file)
{
    set_string(file, "format", "nasbed-table-9", false);
}

static void no_seeds(hid_t file)
{
    set_number(file, "seeds", H5T_STD_U32LE, 0);
}

static void many_points(hid_t file)
{
    set_number(file, "points", H5T_STD_U32LE, 65);
}

static void other_numerics(hid_t file)
{
    set_number(file, "numerics", H5T_STD_U32LE, 7);
}

static void more_than_percent(hid_t file)
{
    set_f32(file, "run/1/valid_accuracy", 160, 17, 100.5f);
}

static void negative_loss(hid_t file)
{
    set_f32(file, "run/0/test_loss", 40, 39, -0.25f);
}

static void class_out_of_order(hid_t file)
{
    set_u32(file, "class_of", 15625, 5, 6);
}

static void class_out_of_range(hid_t file)
{
    set_u32(file, "class_of", 15625, 15000, 40);
}

static void wrong_representative(hid_t file)
{
    set_u32(file, "representative", 40, 2, 42);
}

static void other_data(hid_t file)
{
    set_f32(file, "run/0/test_loss", 40, 3, 0.125f);
}

static void other_digest(hid_t file)
{
    set_string(file, "digest", "00000000000000000000000000000000", false);
}

static const struct {
    void (*spoil)(hid_t file);
    const char *message;
} spoiled[] = {
    {no_dataset, "dataset \"representative\": missing"},
    {no_accuracy, "datasets \"valid_accuracy\" and \"test_accuracy\": both are missing"},
    {wrong_shape, "run 0: dataset \"valid_accuracy\": wrong shape (40 x 4 expected)"},
    {wrong_rank, "run 1: dataset \"test_accuracy\": wrong shape (40 expected)"},
    {wrong_count, "dataset \"class_of\": wrong shape (15625 expected)"},
    {wrong_type, "dataset \"macs\": wrong type (uint64 expected)"},
    {wrong_order, "dataset \"class_of\": wrong type (uint32 expected)"},
    {group_for_dataset, "dataset \"params\": cannot be opened"},
    {no_run, "run 1: group \"run/1\" is missing"},
    {column_in_first_run_only, "run 1: dataset \"train_loss\": missing"},
    {column_in_second_run_only, "run 1: dataset \"test_loss\": is not in run 0"},
    {no_attribute, "attribute \"dataset_digest\": missing"},
    {no_number, "attribute \"points\": missing"},
    {text_for_number, "attribute \"numerics\": wrong type (one uint32 expected)"},
    {number_for_text, "attribute \"protocol\": wrong type (a text of fixed length expected)"},
    {variable_text, "attribute \"licence\": wrong type (a text of fixed length expected)"},
    {long_text, "attribute \"space\": longer than 31 bytes"},
    {other_format, "format is \"nasbed-table-9\", this program reads \"nasbed-table-1\""},
    {no_seeds, "attribute \"seeds\": 0 is not 1 to 1024"},
    {many_points, "identity: points is 65: expected 1 to 64"},
    {other_numerics, "belongs to another table: its numerics is 7, not 1"},
    {more_than_percent, "run 1: dataset \"valid_accuracy\": network 4: 100.5 is no percentage"},
    {negative_loss, "run 0: dataset \"test_loss\": network 39: -0.25 is no loss"},
    {class_out_of_order, "dataset \"class_of\": architecture 5 is of network 6: out of order"},
    {class_out_of_range, "dataset \"class_of\": architecture 15000 is of network 40: out of order"},
    {wrong_representative, "dataset \"representative\": network 2: is 42, its lowest is 2"},
    {other_data, "its data have digest "},
    {other_digest, ", but it says 00000000000000000000000000000000"},
};

/* `bytes` with its HDF5 part spoiled and sealed anew, into world->path. */
static void write_spoiled(const struct world *world, const char *bytes, size_t size,
                          void (*spoil)(hid_t file))
{
    char *image, *whole;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    assert_true(H5Pset_fapl_core(access, 1 << 16, 0) >= 0);
    assert_true(
        H5Pset_file_image(access, (void *)(size_t)(bytes + SEAL_BYTES), size - SEAL_BYTES) >= 0);
    hid_t file = H5Fopen("spoiled", H5F_ACC_RDWR, access);
    assert_true(file >= 0);
    spoil(file);
    assert_int_equal(hdf_image(file, &image, &size), 0);
    (void)H5Fclose(file);
    (void)H5Pclose(access);
    whole = malloc(size + SEAL_BYTES);
    memcpy(whole + SEAL_BYTES, image, size);
    seal_print(&world->plan.identity, image, size, whole);
    world_write(world->path, whole, size + SEAL_BYTES);
    free(image);
    free(whole);
}

static void test_spoiled(void **state)
{
    struct world world;
    size_t size;
    (void)state;
    world_open(&world);
    world_build(&world);
    char *bytes = world_bytes(world.path, &size);
    struct hdf_errors errors = hdf_quiet();
    for (size_t i = 0; i < sizeof spoiled / sizeof spoiled[0]; i++) {
        write_spoiled(&world, bytes, size, spoiled[i].spoil);
        assert_refused(world.path, spoiled[i].message);
    }
    hdf_restore(errors);
    free(bytes);
    world_close(&world);
}

/* The path of a column's dataset in the file. */
static const char *dataset_path(const struct schema_column *column, int seed, char path[64])
{
    if (schema_in_run(column))
        (void)snprintf(path, 64, "run/%d/%s", seed, column->name);
    else
        (void)snprintf(path, 64, "%s", column->name);
    return path;
}

/* Where the values of one dataset lie in the whole file. */
static size_t values_at(const char *bytes, size_t size, const char *path, size_t *n)
{
    hid_t file = hdf_open(bytes + SEAL_BYTES, size - SEAL_BYTES);
    hid_t set = H5Dopen2(file, path, H5P_DEFAULT);
    size_t offset = (size_t)H5Dget_offset(set);
    assert_true(set >= 0);
    *n = (size_t)H5Dget_storage_size(set);
    (void)H5Dclose(set);
    (void)H5Fclose(file);
    return SEAL_BYTES + offset;
}

/* Flip bits of the values of one dataset and seal each file anew: what the checks of values do not
 * catch, the digest of the data does. */
static void flip_values(const struct world *world, char *bytes, size_t size, const char *path,
                        struct random_stream *stream)
{
    size_t n, at = values_at(bytes, size, path, &n);
    for (int i = 0; i < 16; i++) {
        size_t place = at + random_below(stream, (uint32_t)n);
        char bit = (char)(1 << random_below(stream, 8));
        bytes[place] ^= bit;
        seal_print(&world->plan.identity, bytes + SEAL_BYTES, size - SEAL_BYTES, bytes);
        world_write(world->path, bytes, size);
        assert_refused(world->path, "");
        bytes[place] ^= bit;
    }
}

static void test_flipped_and_sealed(void **state)
{
    struct world world;
    size_t size;
    char path[64];
    struct random_stream stream = random_stream(2, RANDOM_TEST, 0, 0);
    (void)state;
    world_open(&world);
    world_build(&world);
    char *bytes = world_bytes(world.path, &size);
    for (const struct schema_column *column = schema_columns; column->name; column++)
        for (int seed = 0; schema_built(column) && seed < (schema_in_run(column) ? 2 : 1); seed++)
            flip_values(&world, bytes, size, dataset_path(column, seed, path), &stream);
    free(bytes);
    world_close(&world);
}

static void test_sealed_rubbish(void **state)
{
    struct world world;
    char bytes[SEAL_BYTES + 4096];
    struct random_stream stream = random_stream(1, RANDOM_TEST, 0, 0);
    (void)state;
    world_open(&world);
    for (size_t i = SEAL_BYTES; i < sizeof bytes; i++)
        bytes[i] = (char)random_below(&stream, 256);
    seal_print(&world.plan.identity, bytes + SEAL_BYTES, sizeof bytes - SEAL_BYTES, bytes);
    world_write(world.path, bytes, sizeof bytes);
    assert_refused(world.path, "HDF5 cannot open it");
    world_close(&world);
}

/* ---- Tables that are whole ---- */

static void write_table(struct table *table, const char *path)
{
    struct error error = {0};
    schema_digest(table, table->digest);
    if (writer_write(table, path, &error))
        fail_msg("%s", error.text);
}

static void test_absent_columns(void **state)
{
    struct world world;
    struct table table, again;
    (void)state;
    world_open(&world);
    world_build(&world);
    assert_opens(world.path, &table);
    free(table.train_loss);
    free(table.test_loss);
    free(table.test_accuracy);
    table.train_loss = table.test_loss = table.test_accuracy = NULL;
    write_table(&table, world.path);
    assert_opens(world.path, &again);
    assert_null(again.train_loss);
    assert_null(again.test_loss);
    assert_null(again.test_accuracy);
    assert_string_equal(again.digest, table.digest);
    assert_true(table_complete(&again));
    table_close(&again);
    table_close(&table);
    world_close(&world);
}

/* One dataset as tables of 2026 had them until November: one chunk, shuffled, deflated. */
static void deflate(hid_t file, const char *path)
{
    hsize_t shape[2];
    hid_t set = H5Dopen2(file, path, H5P_DEFAULT), type = H5Dget_type(set);
    hid_t space = H5Dget_space(set), list = H5Pcreate(H5P_DATASET_CREATE);
    int dimensions = H5Sget_simple_extent_dims(space, shape, NULL);
    char *values = malloc((size_t)H5Dget_storage_size(set));
    assert_true(H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    (void)H5Dclose(set);
    (void)H5Ldelete(file, path, H5P_DEFAULT);
    assert_true(H5Pset_chunk(list, dimensions, shape) >= 0 && H5Pset_shuffle(list) >= 0 &&
                H5Pset_deflate(list, 9) >= 0);
    set = H5Dcreate2(file, path, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    assert_true(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    (void)H5Dclose(set);
    (void)H5Pclose(list);
    (void)H5Sclose(space);
    (void)H5Tclose(type);
    free(values);
}

static void deflate_all(hid_t file)
{
    char path[64];
    for (const struct schema_column *column = schema_columns; column->name; column++)
        for (int seed = 0; schema_built(column) && seed < (schema_in_run(column) ? 2 : 1); seed++)
            deflate(file, dataset_path(column, seed, path));
}

static void test_older_layout(void **state)
{
    struct world world;
    struct table table, older;
    size_t size;
    (void)state;
    world_open(&world);
    world_build(&world);
    assert_opens(world.path, &table);
    char *bytes = world_bytes(world.path, &size);
    write_spoiled(&world, bytes, size, deflate_all);
    assert_opens(world.path, &older);
    assert_string_equal(older.digest, table.digest);
    assert_memory_equal(older.valid_accuracy, table.valid_accuracy,
                        2 * 40 * 4 * sizeof *table.valid_accuracy);
    free(bytes);
    table_close(&older);
    table_close(&table);
    world_close(&world);
}

static void test_unknown_space(void **state)
{
    struct world world;
    struct table table, again;
    (void)state;
    world_open(&world);
    world_build(&world);
    assert_opens(world.path, &table);
    (void)snprintf(table.identity.space, sizeof table.identity.space, "moebius");
    write_table(&table, world.path);
    assert_opens(world.path, &again);
    assert_null(again.space);
    table_close(&again);
    table_close(&table);
    world_close(&world);
}

static void test_known_space_of_other_size(void **state)
{
    struct world world;
    struct table table;
    (void)state;
    world_open(&world);
    world_build(&world);
    assert_opens(world.path, &table);
    table.identity.count = 15000;
    write_table(&table, world.path);
    table.identity.count = WORLD_COUNT;
    assert_refused(world.path, "has 15000 architectures, but space \"cell\" has 15625");
    table_close(&table);
    world_close(&world);
}

/* Compiler and program stand in the file, but not in the digest of what it says. */
static void test_digest_is_of_the_data(void **state)
{
    struct world world;
    struct table table, again;
    size_t before, after;
    (void)state;
    world_open(&world);
    world_build(&world);
    char *bytes = world_bytes(world.path, &before);
    assert_opens(world.path, &table);
    (void)snprintf(table.compiler, sizeof table.compiler, "another compiler");
    write_table(&table, world.path);
    assert_opens(world.path, &again);
    assert_string_equal(again.compiler, "another compiler");
    assert_string_equal(again.digest, table.digest);
    char *changed = world_bytes(world.path, &after);
    assert_true(before != after || memcmp(bytes, changed, before) != 0);
    table_close(&again);
    char digest[DIGEST_TEXT];
    for (const struct schema_column *column = schema_columns; column->name; column++) {
        unsigned char *value = schema_data(&table, column, 0);
        if (!schema_built(column))
            continue;
        *value ^= 1;
        schema_digest(&table, digest);
        assert_string_not_equal(digest, table.digest);
        *value ^= 1;
    }
    table.identity.numerics++;
    schema_digest(&table, digest);
    assert_string_not_equal(digest, table.digest);
    free(bytes);
    free(changed);
    table_close(&table);
    world_close(&world);
}

static void test_other_tools_read_it(void **state)
{
    struct world world;
    char command[512];
    (void)state;
    if (system("command -v h5dump > /dev/null") != 0)
        skip();
    world_open(&world);
    world_build(&world);
    (void)snprintf(command, sizeof command,
                   "h5dump -H %s | grep -q 'DATASPACE  SIMPLE { ( 40, 4 ) / ( 40, 4 ) }'",
                   world.path);
    assert_int_equal(system(command), 0);
    (void)snprintf(command, sizeof command,
                   "test 17 = $(h5dump -p -H %s | grep -c CONTIGUOUS)", /* 5 and two runs of 6 */
                   world.path);
    assert_int_equal(system(command), 0);
    (void)snprintf(command, sizeof command,
                   "h5dump -a protocol %s | grep -q '\"smoke\"' && "
                   "h5dump -d /run/1/test_accuracy %s > /dev/null",
                   world.path, world.path);
    assert_int_equal(system(command), 0);
    world_close(&world);
}

static void test_released(void **state)
{
    struct world world;
    (void)state;
    world_open(&world);
    world_build(&world);
    char path[160];
    (void)snprintf(path, sizeof path, "%s/a.h5", world.folder);
    world_write(path, "no table", 8);
    char *found = released_find(world.folder, "cell", "smoke");
    assert_non_null(found);
    assert_string_equal(found, world.path);
    free(found);
    assert_null(released_find(world.folder, "chain", "smoke"));
    assert_null(released_find(world.folder, "cell", "cifar10-mini"));
    assert_null(released_find("/no/such/folder", "cell", "smoke"));
    assert_null(table_released("no-such-space", "smoke"));
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_flipped_anywhere),
        cmocka_unit_test(test_what_is_no_table),
        cmocka_unit_test(test_spoiled),
        cmocka_unit_test(test_flipped_and_sealed),
        cmocka_unit_test(test_sealed_rubbish),
        cmocka_unit_test(test_absent_columns),
        cmocka_unit_test(test_older_layout),
        cmocka_unit_test(test_unknown_space),
        cmocka_unit_test(test_known_space_of_other_size),
        cmocka_unit_test(test_digest_is_of_the_data),
        cmocka_unit_test(test_other_tools_read_it),
        cmocka_unit_test(test_released),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

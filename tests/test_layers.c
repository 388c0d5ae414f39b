/* The kit's layers and optimiser: every gradient against central differences, LSTM and Adam against an
 * independent computation, products against plain loops. */
#include "methods/kit/adam.h"
#include "methods/kit/blas.h"
#include "methods/kit/linear.h"
#include "methods/kit/lstm.h"
#include "tests/fake_trial.h"
#include "tests/finite_differences.h"

#include <string.h>

enum { MOST = 4096 };

static struct fake_trial fake;

static int setup(void **state)
{
    (void)state;
    fake_init(&fake, 1, 1, 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_free(&fake);
    return 0;
}

static void draw(double *x, int n)
{
    for (int i = 0; i < n; i++)
        x[i] = nasbed_normal(&fake.face);
}

/* Products ------------------------------------------------------------------------------------- */

static void products_are_those_of_plain_loops(void **state)
{
    (void)state;
    for (int rows = 1; rows <= 9; rows += 4)
        for (int inner = 1; inner <= 19; inner += 6)
            for (int columns = 1; columns <= 21; columns += 10) {
                double a[200], b[400], bt[400], at[200], c[200], wanted[200];
                draw(a, rows * inner);
                draw(b, inner * columns);
                draw(wanted, rows * columns);
                for (int i = 0; i < rows; i++)
                    for (int k = 0; k < inner; k++)
                        at[k * rows + i] = a[i * inner + k];
                for (int k = 0; k < inner; k++)
                    for (int j = 0; j < columns; j++)
                        bt[j * inner + k] = b[k * columns + j];
                for (int form = 0; form < 3; form++) {
                    memcpy(c, wanted, sizeof c);
                    if (form == 0)
                        blas_product(rows, inner, columns, a, b, 0.5, c);
                    else if (form == 1)
                        blas_product_bt(rows, inner, columns, a, bt, 0.5, c);
                    else
                        blas_product_at(rows, inner, columns, at, b, 0.5, c);
                    for (int i = 0; i < rows; i++)
                        for (int j = 0; j < columns; j++) {
                            double sum = 0.5 * wanted[i * columns + j];
                            for (int k = 0; k < inner; k++)
                                sum += a[i * inner + k] * b[k * columns + j];
                            assert_true(fabs(c[i * columns + j] - sum) < 1e-12);
                        }
                }
            }
}

static void library_and_kernel_have_names(void **state)
{
    (void)state;
    char library[BLAS_NAME];
    blas_library(library);
    assert_int_equal(strncmp(library, "OpenBLAS 0.", 11), 0);
    assert_null(strchr(library + 9, ' '));
    assert_true(strlen(blas_kernel()) > 2);
}

/* Gradients: the loss is sum weight[i] y[i], with random weights. -------------------------------- */

struct check {
    struct parameters parameters;
    struct linear linear;
    struct embedding embedding;
    struct lstm lstm;
    int length, rows, outputs;
    double x[MOST], dx[MOST], y[MOST], weight[MOST];
};

static struct check check; /* 128 kB: not for the stack */

static double weighted(const double *y)
{
    double sum = 0;
    for (int i = 0; i < check.outputs; i++)
        sum += check.weight[i] * y[i];
    return sum;
}

static void open_check(int inputs, int outputs)
{
    assert_true(inputs <= MOST && outputs <= MOST);
    assert_true(parameters_open(&check.parameters));
    parameters_uniform(&check.parameters, 0, check.parameters.n, 0.5, &fake.face);
    draw(check.x, inputs);
    draw(check.weight, outputs);
    check.outputs = outputs;
}

static void compare(double (*loss)(void *), int inputs)
{
    struct parameters *p = &check.parameters;
    assert_true(differences_worst(loss, NULL, p->value, p->gradient, p->n, 1) < 1e-6);
    differences_present(p->gradient, p->n, 0.3); /* a single step: no recurrent weights */
    if (inputs > 0) {
        assert_true(differences_worst(loss, NULL, check.x, check.dx, inputs, 1) < 1e-6);
        differences_present(check.dx, inputs, 1);
    }
    parameters_close(p);
}

static double linear_loss(void *context)
{
    (void)context;
    linear_forward(&check.linear, &check.parameters, check.x, check.rows, check.y);
    return weighted(check.y);
}

static void linear_gradient(void **state)
{
    (void)state;
    for (int biased = 0; biased < 2; biased++)
        for (check.rows = 1; check.rows <= 5; check.rows += 4) {
            linear_place(&check.linear, &check.parameters, 7, 8, biased);
            open_check(7 * check.rows, 8 * check.rows);
            (void)linear_loss(NULL);
            linear_back(&check.linear, &check.parameters, check.x, check.weight, check.rows,
                        check.dx);
            compare(linear_loss, 7 * check.rows);
        }
}

static double embedding_loss(void *context)
{
    (void)context;
    memset(check.y, 0, sizeof check.y);
    embedding_add(&check.embedding, &check.parameters, 2, check.y);
    embedding_add(&check.embedding, &check.parameters, 0, check.y);
    embedding_add(&check.embedding, &check.parameters, 2, check.y + 8);
    return weighted(check.y);
}

static void embedding_gradient(void **state)
{
    (void)state;
    embedding_place(&check.embedding, &check.parameters, 3, 8);
    open_check(0, 16);
    embedding_back(&check.embedding, &check.parameters, 2, check.weight);
    embedding_back(&check.embedding, &check.parameters, 0, check.weight);
    embedding_back(&check.embedding, &check.parameters, 2, check.weight + 8);
    compare(embedding_loss, 0);
}

static double lstm_loss(void *context)
{
    (void)context;
    return weighted(
        lstm_forward(&check.lstm, &check.parameters, check.length, check.rows, check.x));
}

/* Stacked, in both directions, of several lengths and batches. */
static void lstm_gradient(void **state)
{
    (void)state;
    enum { INPUTS = 5, UNITS = 4 };
    static const int shapes[][4] = {{1, 0, 1, 1}, {1, 0, 6, 3}, {2, 0, 3, 2},
                                    {1, 1, 4, 2}, {3, 1, 5, 2}, {2, 1, 1, 3}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        int directions = 1 + shapes[i][1];
        check.length = shapes[i][2];
        check.rows = shapes[i][3];
        int steps = check.length * check.rows;
        lstm_place(&check.lstm, &check.parameters, INPUTS, UNITS, shapes[i][0], shapes[i][1]);
        assert_true(lstm_open(&check.lstm, 6, 3)); /* larger than what is used */
        open_check(steps * INPUTS, steps * directions * UNITS);
        (void)lstm_loss(NULL);
        lstm_back(&check.lstm, &check.parameters, check.length, check.weight, check.dx);
        compare(lstm_loss, steps * INPUTS);
        lstm_close(&check.lstm);
    }
}

/* With a first state that is given, and a loss of the last cells too: the gradients of all. The
 * inputs are x, then h_0, then c_0. */
static double state_loss(void *context)
{
    (void)context;
    const double *c, *extra = check.weight + check.length * check.rows * check.lstm.directions * 4;
    double sum =
        weighted(lstm_forward(&check.lstm, &check.parameters, check.length, check.rows, check.x));
    for (int d = 0; d < check.lstm.directions; d++) {
        c = lstm_last_cell(&check.lstm, check.length, d);
        for (int r = 0; r < check.rows; r++)
            for (int j = 0; j < 4; j++)
                sum += extra[(r * check.lstm.directions + d) * 4 + j] * c[r * 4 + j];
    }
    return sum;
}

static void lstm_first_and_last_state(void **state)
{
    (void)state;
    enum { INPUTS = 5, UNITS = 4, LENGTH = 3, ROWS = 2, X = LENGTH * ROWS * INPUTS };
    check.length = LENGTH;
    check.rows = ROWS;
    for (int directions = 1; directions <= 2; directions++) {
        int read = LENGTH * ROWS * directions * UNITS, states = ROWS * UNITS;
        bool first = directions == 1;
        lstm_place(&check.lstm, &check.parameters, INPUTS, UNITS, 1, !first);
        assert_true(lstm_open(&check.lstm, LENGTH, ROWS));
        open_check(X + 2 * states, read + directions * states);
        check.outputs = read;
        check.lstm.first_hidden = first ? check.x + X : NULL;
        check.lstm.first_cell = first ? check.x + X + states : NULL;
        check.lstm.d_last_cell = check.weight + read;
        (void)state_loss(NULL);
        lstm_back(&check.lstm, &check.parameters, LENGTH, check.weight, check.dx);
        memcpy(check.dx + X, check.lstm.d_hidden, (size_t)states * sizeof *check.dx);
        memcpy(check.dx + X + states, check.lstm.d_cell, (size_t)states * sizeof *check.dx);
        compare(state_loss, first ? X + 2 * states : X);
        lstm_close(&check.lstm);
    }
}

/* Stepping gives what reading gives, to the bit, and so does its way back. */
static void lstm_steps_as_it_reads(void **state)
{
    (void)state;
    enum { INPUTS = 3, UNITS = 5, LENGTH = 4, ROWS = 2 };
    double read[LENGTH * ROWS * UNITS], dx[LENGTH * ROWS * INPUTS];
    lstm_place(&check.lstm, &check.parameters, INPUTS, UNITS, 2, false);
    assert_true(lstm_open(&check.lstm, LENGTH, ROWS));
    open_check(LENGTH * ROWS * INPUTS, LENGTH * ROWS * UNITS);
    memcpy(read, lstm_forward(&check.lstm, &check.parameters, LENGTH, ROWS, check.x), sizeof read);
    lstm_back(&check.lstm, &check.parameters, LENGTH, check.weight, dx);
    for (int t = 0; t < LENGTH; t++) {
        const double *h =
            lstm_step(&check.lstm, &check.parameters, t, ROWS, check.x + t * ROWS * INPUTS);
        assert_memory_equal(h, read + t * ROWS * UNITS, ROWS * UNITS * sizeof *h);
    }
    lstm_back(&check.lstm, &check.parameters, LENGTH, check.weight, check.dx);
    assert_memory_equal(dx, check.dx, sizeof dx);
    lstm_close(&check.lstm);
    parameters_close(&check.parameters);
}

/* The reverse direction reads backwards: on the reversed sequence the two change places. */
static void lstm_reads_backwards(void **state)
{
    (void)state;
    enum { UNITS = 2, LENGTH = 3 };
    double forth[LENGTH * 2 * UNITS];
    lstm_place(&check.lstm, &check.parameters, 1, UNITS, 1, true);
    assert_true(lstm_open(&check.lstm, LENGTH, 1));
    open_check(LENGTH, LENGTH * 2 * UNITS);
    size_t weights = (size_t)((1 + UNITS) * 4 * UNITS);
    memcpy(check.parameters.value + check.lstm.layer[0][1].weights,
           check.parameters.value + check.lstm.layer[0][0].weights, weights * sizeof(double));
    memcpy(check.parameters.value + check.lstm.layer[0][1].bias,
           check.parameters.value + check.lstm.layer[0][0].bias, 4 * UNITS * sizeof(double));
    memcpy(forth, lstm_forward(&check.lstm, &check.parameters, LENGTH, 1, check.x), sizeof forth);
    double kept = check.x[0];
    check.x[0] = check.x[2];
    check.x[2] = kept;
    const double *back = lstm_forward(&check.lstm, &check.parameters, LENGTH, 1, check.x);
    for (int t = 0; t < LENGTH; t++)
        for (int j = 0; j < UNITS; j++)
            assert_true(back[(LENGTH - 1 - t) * 2 * UNITS + UNITS + j] == forth[t * 2 * UNITS + j]);
    lstm_close(&check.lstm);
    parameters_close(&check.parameters);
}

/* Golden: two steps of one unit, W = [[.1 .2 .3 .4] [-.5 .6 -.7 .8]], b = [.01 -.02 .03 -.04], x = 1,
 * -2; by the formulas in Python's math module. */
static void lstm_of_one_unit(void **state)
{
    (void)state;
    static const double W[] = {.1, .2, .3, .4, -.5, .6, -.7, .8}, b[] = {.01, -.02, .03, -.04};
    static const double x[] = {1, -2}, golden[] = {0.10477756736011201, -0.06995475616933673};
    lstm_place(&check.lstm, &check.parameters, 1, 1, 1, false);
    assert_true(lstm_open(&check.lstm, 2, 1) && parameters_open(&check.parameters));
    memcpy(check.parameters.value + check.lstm.layer[0][0].weights, W, sizeof W);
    memcpy(check.parameters.value + check.lstm.layer[0][0].bias, b, sizeof b);
    const double *h = lstm_forward(&check.lstm, &check.parameters, 2, 1, x);
    for (int t = 0; t < 2; t++)
        assert_true(fabs(h[t] - golden[t]) < 1e-14);
    lstm_close(&check.lstm);
    parameters_close(&check.parameters);
}

/* Parameters and Adam -------------------------------------------------------------------------- */

/* Golden: Algorithm 1 as it is printed (both moments corrected), in Python. */
static void adam_is_algorithm_1(void **state)
{
    (void)state;
    static const double gradient[3][2] = {{1, -2}, {0.5, 3}, {-4, 0}};
    static const double golden[3][2] = {{0.9000000009999999, 0.09999999950000009},
                                        {0.8067820382981609, 0.0752298179837313},
                                        {0.8489282434852269, 0.056082395896846646}};
    struct parameters parameters = {0};
    struct adam adam;
    int place = parameters_place(&parameters, 2);
    assert_true(parameters_open(&parameters) && adam_open(&adam, &parameters, 0.1));
    parameters.value[place] = 1;
    for (int run = 0; run < 2; run++) {
        for (int t = 0; t < 3; t++) {
            memcpy(parameters.gradient + place, gradient[t], sizeof gradient[t]);
            adam_step(&adam, &parameters);
            for (int i = 0; i < 2; i++)
                assert_true(fabs(parameters.value[place + i] - golden[t][i]) < 1e-13);
        }
        parameters.value[place] = 1;
        parameters.value[place + 1] = 0;
        adam_reset(&adam); /* and all over again */
    }
    adam_close(&adam);
    parameters_close(&parameters);
}

/* Golden: the formula before section 2.1 of the paper, the epsilon beside the root as it is, in Python. */
static void epsilon_hat(void **state)
{
    (void)state;
    static const double gradient[3] = {0.01, -0.02, 0.005};
    static const double golden[3] = {-0.024025307335204225, 0.02835809413739652,
                                     0.012482236141280662};
    struct parameters parameters = {0};
    struct adam adam;
    int place = parameters_place(&parameters, 1);
    assert_true(parameters_open(&parameters) && adam_open(&adam, &parameters, 0.1));
    adam.beta1 = 0;
    adam.epsilon = 1e-3;
    adam.hat = true;
    for (int t = 0; t < 3; t++) {
        parameters.gradient[place] = gradient[t];
        adam_step(&adam, &parameters);
        assert_true(fabs(parameters.value[place] - golden[t]) < 1e-14);
    }
    adam_close(&adam);
    parameters_close(&parameters);
}

static void clipping_keeps_the_direction(void **state)
{
    (void)state;
    struct parameters parameters = {0};
    (void)parameters_place(&parameters, 2);
    assert_true(parameters_open(&parameters));
    parameters.gradient[0] = 3;
    parameters.gradient[1] = -4;
    assert_true(parameters_clip(&parameters, 5) == 5);
    assert_true(parameters.gradient[0] == 3);
    assert_true(parameters_clip(&parameters, 2.5) == 5);
    assert_true(parameters.gradient[0] == 1.5 && parameters.gradient[1] == -2);
    parameters_clear(&parameters);
    assert_true(parameters.gradient[0] == 0 && parameters.gradient[1] == 0);
    parameters_close(&parameters);
}

static void places_are_aligned_and_drawn_apart(void **state)
{
    (void)state;
    struct parameters parameters = {0};
    int first = parameters_place(&parameters, 3), second = parameters_place(&parameters, 9);
    assert_int_equal(first, 0);
    assert_int_equal(second, 8);
    assert_int_equal(parameters.n, 24);
    assert_true(parameters_open(&parameters));
    assert_int_equal((uintptr_t)parameters.value % 64, 0);
    parameters_uniform(&parameters, second, 9, 0.25, &fake.face);
    for (int i = 0; i < parameters.n; i++) {
        bool drawn = i >= second && i < second + 9;
        assert_true(drawn == (parameters.value[i] != 0));
        assert_true(fabs(parameters.value[i]) <= 0.25);
    }
    parameters_close(&parameters);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_those_of_plain_loops),
        cmocka_unit_test(library_and_kernel_have_names),
        cmocka_unit_test(linear_gradient),
        cmocka_unit_test(embedding_gradient),
        cmocka_unit_test(lstm_gradient),
        cmocka_unit_test(lstm_first_and_last_state),
        cmocka_unit_test(lstm_steps_as_it_reads),
        cmocka_unit_test(lstm_reads_backwards),
        cmocka_unit_test(lstm_of_one_unit),
        cmocka_unit_test(adam_is_algorithm_1),
        cmocka_unit_test(epsilon_hat),
        cmocka_unit_test(clipping_keeps_the_direction),
        cmocka_unit_test(places_are_aligned_and_drawn_apart),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

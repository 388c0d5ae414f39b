/* The anytime plot: means over the seeds, with a band of one standard error. */
#include "reports/anytime.h"
#include "reports/curves.h"

#include <math.h>

static void add_steps(struct curves *curves, const struct anytime *anytime, size_t c)
{
    const struct anytime_curve *curve = &anytime->curves[c];
    double unit = trace_unit(anytime->comparison->header);
    curves->lines[c].label = curve->row->label;
    curves->lines[c].style = curve->row->style;
    curves->lines[c].baseline = curve->row == anytime->comparison->baseline;
    for (size_t i = 0; i < curve->n; i++) {
        const struct anytime_step *step = &curve->steps[i];
        curves_step(curves, c, (double)step->spent / unit, step->mean, step->mean - step->error,
                    step->mean + step->error);
    }
}

static void say(struct curves *curves, bool regret)
{
    curves->title = "What each search has in hand as it spends";
    curves->foot =
        regret
            ? "Line: mean regret of the incumbent on test images, unseen by the search, once all "
              "seeds have one. Band: one standard error."
            : "Line: mean validation error of the incumbent, which the search sees, once all seeds "
              "have one. Band: one standard error.";
    curves->y =
        regret ? "regret, percent points of test accuracy" : "validation error of the incumbent, %";
    curves->head = "Anytime curves";
    curves->columns = regret
                          ? "mean regret in percent, mean - and + one standard error"
                          : "mean validation error of the incumbent in percent, mean - and + one "
                            "standard error";
}

int anytime_write(const struct anytime *anytime, const char *folder, const char *prefix,
                  struct error *error)
{
    struct text name = {0}, setting = {0};
    struct curves curves = {.bands = true,
                            .unit = trace_unit_text(anytime->comparison->header),
                            .x_high = anytime->comparison->header->budget,
                            .logarithmic = anytime->regret,
                            .y_most = (double)NAN};
    int status = curves_open(&curves, anytime->n, error);
    if (status)
        return status;
    comparison_title(anytime->comparison, &setting);
    text_append(&name, "%s-anytime", prefix);
    if (setting.failed || name.failed) {
        status = error_set(error, ERROR_MEMORY, "anytime plot: out of memory");
    } else {
        curves.setting = setting.data;
        say(&curves, anytime->regret);
        for (size_t c = 0; c < anytime->n; c++)
            add_steps(&curves, anytime, c);
        status = curves_write(&curves, folder, name.data, error);
    }
    text_free(&name);
    text_free(&setting);
    curves_close(&curves);
    return status;
}

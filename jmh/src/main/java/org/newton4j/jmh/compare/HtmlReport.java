/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/** The report page: one file, no scripts, nothing loaded from elsewhere. */
final class HtmlReport {
    private HtmlReport() {}

    static String of(Results results) throws IOException {
        Charts charts = new Charts(results);
        Setting setting = results.setting();
        Target target = results.target();
        return template()
                .replace("{{headline}}", Html.escape(headline(results)))
                .replace("{{setting}}", setting(setting, target))
                .replace("{{table}}", table(setting, target, results.summaries()))
                .replace("{{charts}}", chartSections(charts, setting, target))
                .replace("{{legend}}", legend(results.summaries()))
                .replace("{{runs}}", runs(results))
                .replace(
                        "{{accuracyColumn}}", setting.model().hasAccuracy() ? "<th scope='col'>test accuracy</th>" : "")
                .replace("{{rates}}", rates(results.summaries()))
                .replace("{{tuning}}", setting.model().tuningSteps() + " steps")
                .replace("{{warmup}}", String.valueOf(Race.WARM_UP_STEPS))
                .replace("{{measured}}", measured(setting))
                .replace("{{reaching}}", Html.escape(reaching(target)))
                .replace("{{target}}", Html.escape(target.text()))
                .replace("{{command}}", Html.escape(results.command()))
                .replace(
                        "{{environment}}",
                        results.environment().entrySet().stream()
                                .map(fact -> "<dt>" + Html.escape(fact.getKey()) + "</dt><dd>"
                                        + Html.escape(fact.getValue()) + "</dd>")
                                .collect(Collectors.joining()));
    }

    /** What is aimed at comes first. */
    private static String chartSections(Charts charts, Setting setting, Target target) {
        String loss = section("Training loss", charts.loss());
        String accuracy = setting.model().hasAccuracy() ? section("Test accuracy", charts.accuracy()) : "";
        return target.goal().metric() == Metric.LOSS ? loss + accuracy : accuracy + loss;
    }

    private static String section(String title, List<String> charts) {
        return "<h2>" + title + "</h2>\n<div class=\"legend\">{{legend}}</div>\n<div class=\"charts\">"
                + figures(charts) + "</div>\n";
    }

    private static String measured(Setting setting) {
        String loss = String.format(
                Locale.ROOT,
                "The loss is measured on %,d fixed training images%s",
                setting.lossImages(),
                setting.model().hasAccuracy() ? "" : ", summed over the pixels of an image");
        int tests = setting.testImages();
        return loss
                + (tests == 0
                        ? "; there is no accuracy, since the network reproduces its input."
                        : tests == setting.data().test().count()
                                ? ", the accuracy on all test images."
                                : String.format(Locale.ROOT, ", the accuracy on the first %,d test images.", tests));
    }

    private static String reaching(Target target) {
        Goal goal = target.goal();
        if (goal.metric() == Metric.ACCURACY) {
            return "at or above it";
        }
        return goal.automatic()
                ? "at or below it. The target is the loss that Adam has at " + Text.number(100 * Goal.BASELINE_SHARE)
                        + " % of its steps, taken seed by seed (the number shown is the mean); “÷ Adam's” is the median"
                        + " over the seeds of the quotient"
                : "at or below it; “÷ Adam's” is the median over the seeds of the quotient";
    }

    private static String template() throws IOException {
        try (InputStream in = Objects.requireNonNull(HtmlReport.class.getResourceAsStream("report.html"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String headline(Results results) {
        String names = results.summaries().stream()
                .map(s -> s.entry().contestant().title())
                .collect(Collectors.joining(", "));
        return names + " on " + results.setting().data().name();
    }

    private static String setting(Setting s, Target target) {
        String[][] facts = {
            {
                "network",
                s.model().label().toUpperCase(Locale.ROOT) + ": " + s.model().layers()
            },
            {
                "images",
                s.data().train().count() + " to learn from, " + s.data().test().count() + " to test on"
            },
            {"batch", String.valueOf(s.batch())},
            {
                "steps",
                s.budget().steps() + " (" + Text.number(s.budget().steps() / (double) s.stepsPerEpoch()) + " epochs)"
            },
            {"seeds", s.seeds().stream().map(String::valueOf).collect(Collectors.joining(", "))},
            {
                "target",
                target.text()
                        + (target.goal().metric() == Metric.ACCURACY
                                ? " test accuracy"
                                : target.goal().automatic() ? ", Adam's at 90 % of its steps" : "")
            }
        };
        StringBuilder out = new StringBuilder();
        for (String[] fact : facts) {
            out.append("<div><dt>")
                    .append(fact[0])
                    .append("</dt><dd>")
                    .append(Html.escape(fact[1]))
                    .append("</dd></div>");
        }
        return out.toString();
    }

    private static String swatch(Contestant contestant) {
        return "<i style='background:" + contestant.colour() + "'></i>";
    }

    private static String legend(List<Summary> rows) {
        return rows.stream()
                .map(row -> "<span>" + swatch(row.entry().contestant())
                        + Html.escape(row.entry().contestant().title()) + "</span>")
                .collect(Collectors.joining());
    }

    private static String table(Setting setting, Target target, List<Summary> rows) {
        List<Column> columns = Column.of(setting, target, rows);
        StringBuilder out = new StringBuilder("<thead><tr>");
        for (Column column : columns) {
            out.append("<th scope='col'>").append(Html.escape(column.title())).append("</th>");
        }
        out.append("</tr></thead><tbody>");
        for (Summary row : rows) {
            Contestant contestant = row.entry().contestant();
            out.append("<tr><th scope='row'>")
                    .append(swatch(contestant))
                    .append(Html.escape(contestant.title()))
                    .append("<small>")
                    .append(Html.escape(contestant.kind()))
                    .append("</small></th>");
            for (Column column : columns.subList(1, columns.size())) {
                out.append(column.best(row, rows) ? "<td class='best'>" : "<td>")
                        .append(Html.escape(column.text().apply(row)))
                        .append("</td>");
            }
            out.append("</tr>");
        }
        return out.append("</tbody>").toString();
    }

    private static String figures(List<String> charts) {
        return charts.stream().map(chart -> "<figure>" + chart + "</figure>").collect(Collectors.joining());
    }

    private static String runs(Results results) {
        StringBuilder out = new StringBuilder();
        for (Run run : results.runs()) {
            var reached = results.target().reached(run);
            Point at = reached.isPresent() ? run.points().get(reached.getAsInt()) : null;
            List<String> cells = new ArrayList<>();
            cells.add(String.valueOf(run.seed()));
            if (run.diverged()) {
                cells.add("diverged at step " + run.divergedAt().getAsInt());
            } else {
                cells.add(Text.fixed(run.last().trainLoss(), 4));
            }
            if (results.setting().model().hasAccuracy()) {
                cells.add(Text.fixed(100 * run.last().testAccuracy(), 2) + " %");
            }
            cells.add(at == null ? Text.NOT_REACHED : String.valueOf(at.step()));
            cells.add(at == null ? Text.MISS : String.valueOf(at.gradients()));
            cells.add(at == null ? Text.MISS : Text.fixed(at.seconds(), 2));
            cells.add(String.valueOf(run.last().gradients()));
            cells.add(Text.fixed(run.last().seconds(), 1));
            cells.add(Text.bytes(run.memory().view()));
            cells.add(Text.bytes(run.memory().outside()));
            Contestant contestant = run.entry().contestant();
            out.append("<tr><th scope='row'>")
                    .append(swatch(contestant))
                    .append(Html.escape(contestant.title()))
                    .append("</th>");
            for (String cell : cells) {
                out.append("<td>").append(Html.escape(cell)).append("</td>");
            }
            out.append("</tr>");
        }
        return out.toString();
    }

    private static String rates(List<Summary> rows) {
        return rows.stream()
                .map(Summary::entry)
                .map(e -> Html.escape(e.contestant().title() + " " + e.text() + " (" + e.source() + ")"))
                .collect(Collectors.joining(", "));
    }
}

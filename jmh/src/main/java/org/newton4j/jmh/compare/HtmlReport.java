/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** The report page: one file, no scripts, nothing loaded from elsewhere. */
final class HtmlReport {
    private HtmlReport() {}

    static String of(Results results) throws IOException {
        Charts charts = new Charts(results);
        Setting setting = results.setting();
        return template()
                .replace("{{headline}}", Html.escape(headline(results)))
                .replace("{{setting}}", setting(setting))
                .replace("{{legend}}", legend(results.summaries()))
                .replace("{{table}}", table(setting, results.summaries()))
                .replace("{{accuracy}}", figures(charts.accuracy()))
                .replace("{{loss}}", figures(charts.loss()))
                .replace("{{runs}}", runs(results))
                .replace("{{rates}}", rates(results.summaries()))
                .replace("{{warmup}}", String.valueOf(Race.WARM_UP_STEPS))
                .replace(
                        "{{lossImages}}",
                        String.format(
                                "%,d",
                                Math.min(
                                        Evaluator.LOSS_IMAGES,
                                        setting.data().train().count())))
                .replace("{{target}}", Text.number(100 * setting.target()) + " %")
                .replace("{{command}}", Html.escape(results.command()))
                .replace(
                        "{{environment}}",
                        results.environment().entrySet().stream()
                                .map(fact -> "<dt>" + Html.escape(fact.getKey()) + "</dt><dd>"
                                        + Html.escape(fact.getValue()) + "</dd>")
                                .collect(Collectors.joining()));
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

    private static String setting(Setting s) {
        String[][] facts = {
            {
                "network",
                s.model().label().toUpperCase(java.util.Locale.ROOT) + ": "
                        + s.model().layers()
            },
            {
                "images",
                s.data().train().count() + " to learn from, " + s.data().test().count() + " to test on"
            },
            {"batch", String.valueOf(s.batch())},
            {"epochs", s.epochs() + " (" + s.steps() + " steps)"},
            {"seeds", s.seeds().stream().map(String::valueOf).collect(Collectors.joining(", "))},
            {"target", Text.number(100 * s.target()) + " % test accuracy"}
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

    private static String table(Setting setting, List<Summary> rows) {
        List<Column> columns = Column.of(setting);
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
            var reached = run.reached(results.setting().target());
            Point at = reached.isPresent() ? run.points().get(reached.getAsInt()) : null;
            String[] cells = {
                String.valueOf(run.seed()),
                run.diverged()
                        ? "diverged at step " + run.divergedAt().getAsInt()
                        : Text.fixed(100 * run.last().testAccuracy(), 2) + " %",
                Text.fixed(run.last().trainLoss(), 4),
                at == null ? Text.MISS : String.valueOf(at.step()),
                at == null ? Text.MISS : Text.fixed(at.seconds(), 2),
                Text.fixed(run.last().seconds(), 1)
            };
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
                .map(e -> Html.escape(
                        e.contestant().title() + " " + Text.number(e.learningRate()) + " (" + e.source() + ")"))
                .collect(Collectors.joining(", "));
    }
}

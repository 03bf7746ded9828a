/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.runner.RunnerException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./compare speed}: the short form of the benchmarks, as one scoreboard of ratios. */
@Command(
        name = "speed",
        mixinStandardHelpOptions = true,
        usageHelpAutoWidth = true,
        sortOptions = false,
        header = "Runs the short form of the JMH benchmarks and prints one scoreboard of ratios.",
        description = "About eight minutes. Times differ from machine to machine; ratios of one run should not. "
                + "The long form: java -jar jmh/target/benchmarks.jar",
        footer = {
            "",
            "Threads of kernels: OMP_NUM_THREADS; 2 if it is not set. Networks use one, single layers one and all.",
            "Run it on a machine that does nothing else.",
            "Exit codes: 0 done, 1 a benchmark failed, 2 bad arguments."
        })
final class SpeedCommand implements Callable<Integer> {
    private static final int MOST_THREADS = 2;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            defaultValue = "report",
            description = "Folder for speed.txt, speed.md and speed.json. Default: ${DEFAULT-VALUE}.")
    Path out = Path.of("report");

    @Option(names = "--only", paramLabel = "REGEX", description = "Only rows whose name or table matches.")
    @Nullable
    String only;

    @Option(
            names = "--rounds",
            paramLabel = "PERCENT",
            defaultValue = "100",
            description = "Rounds of each benchmark, of the usual number: fewer are quicker, more are surer."
                    + " Default: ${DEFAULT-VALUE}.")
    int rounds;

    @Option(names = "--verbose", description = "Show what JMH prints.")
    boolean verbose;

    @Spec
    private CommandLine.Model.CommandSpec spec;

    private final PrintStream console;

    @SuppressWarnings("NullAway.Init") // spec is injected by picocli
    SpeedCommand(PrintStream console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        if (rounds < 1) {
            throw new BadInput("--rounds " + rounds + ": must be at least 1");
        }
        int threads = Math.min(MOST_THREADS, Nd4j.getEnvironment().maxThreads());
        List<SpeedSection> sections = chosen(new SpeedPlan(threads).sections());
        ReportFolder folder = new ReportFolder(out);
        Map<String, String> facts = facts();
        Map<SpeedJob, Outcome> outcomes = measure(SpeedSection.jobs(sections));
        Scoreboard board = new Scoreboard(sections, outcomes, facts);
        console.print(board.text());
        folder.save(Map.of("speed.txt", board.text(), "speed.md", board.markdown(), "speed.json", board.json()));
        console.println();
        console.println("Scoreboard: " + out.resolve("speed.md"));
        boolean complete = outcomes.size() == SpeedSection.jobs(sections).size();
        return complete ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }

    private List<SpeedSection> chosen(List<SpeedSection> all) {
        if (only == null) {
            return all;
        }
        Pattern pattern;
        try {
            pattern = Pattern.compile(only, Pattern.CASE_INSENSITIVE);
        } catch (PatternSyntaxException wrong) {
            throw new BadInput("--only " + only + ": " + wrong.getDescription());
        }
        List<SpeedSection> some = all.stream()
                .map(section -> new SpeedSection(
                        section.title(),
                        section.note(),
                        section.columns(),
                        section.lines().stream()
                                .filter(line -> pattern.matcher(section.title() + " " + line.name())
                                        .find())
                                .toList()))
                .filter(section -> !section.lines().isEmpty())
                .toList();
        if (some.isEmpty()) {
            throw new BadInput("--only " + only + ": matches no row");
        }
        return some;
    }

    private Map<SpeedJob, Outcome> measure(List<SpeedJob> jobs) {
        SpeedRunner runner = new SpeedRunner(rounds, verbose);
        Map<SpeedJob, Outcome> outcomes = new HashMap<>();
        for (int i = 0; i < jobs.size(); i++) {
            SpeedJob job = jobs.get(i);
            String line = String.format("[%2d/%d] %s", i + 1, jobs.size(), job);
            long start = System.nanoTime();
            try {
                outcomes.put(job, runner.measure(job));
                console.println(line + ": " + Text.fixed((System.nanoTime() - start) / 1e9, 0) + " s");
            } catch (RunnerException failed) {
                console.println(line + ": failed (" + Reason.of(failed) + "; --verbose shows more)");
            }
        }
        return outcomes;
    }

    private Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("command", "`" + CommandText.of(spec.commandLine().getParent().getParseResult()) + "`");
        facts.put("date", LocalDate.now(ZoneOffset.UTC).toString());
        facts.putAll(Environment.facts());
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        facts.put("load before the run", load < 0 ? "unknown" : Text.fixed(load, 2));
        return facts;
    }
}

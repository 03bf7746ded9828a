/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Spec;

/** Entry point of {@code ./compare}. Exit code 0: done; 1: failed; 2: the command line or the data is at fault. */
@Command(
        name = "compare",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        usageHelpAutoWidth = true,
        sortOptions = false,
        header = "Trains a network on images with several optimizers and compares them.",
        description = "Within a seed all start from the same weights and see the same batches.",
        footer = {
            "",
            "./compare speed measures the speed of steps and products instead; see ./compare speed --help.",
            "",
            "Example: ./compare --optimizers adam,nesterovs --lr adam=0.001 --epochs 3",
            "Threads: the environment variable OMP_NUM_THREADS; 1 if it is not set.",
            "Exit codes: 0 done, 1 failed, 2 bad arguments or data."
        })
final class Main implements Callable<Integer> {
    /** Set by the script that knows; since JDK 22 a console is no longer a sign of a terminal. */
    private static final String TERMINAL = "newton4j.terminal";

    @Mixin
    private final Options options = new Options();

    @Spec
    private CommandLine.Model.CommandSpec spec;

    private final PrintStream out;

    @SuppressWarnings("NullAway.Init") // spec is injected by picocli
    private Main(PrintStream out) {
        this.out = out;
    }

    public static void main(String[] args) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
        System.exit(run(args, out, err));
    }

    static int run(String[] args, PrintStream out, PrintStream err) {
        Main main = new Main(out);
        return new CommandLine(main)
                .addSubcommand(new SpeedCommand(out))
                .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
                .setParameterExceptionHandler((error, given) -> {
                    err.println("compare: " + Reason.of(error) + " (see --help)");
                    return CommandLine.ExitCode.USAGE;
                })
                .setExecutionExceptionHandler((error, command, parsed) -> {
                    boolean input = error instanceof BadInput;
                    err.println("compare: " + Reason.of(error)
                            + (input || main.options.verbose ? "" : " (--verbose shows where)"));
                    if (main.options.verbose) {
                        error.printStackTrace(err);
                    }
                    return input ? CommandLine.ExitCode.USAGE : CommandLine.ExitCode.SOFTWARE;
                })
                .execute(args);
    }

    @Override
    public Integer call() throws IOException {
        options.check();
        Model model = options.chosenModel();
        List<Contestant> contestants = options.contestants();
        options.check(model, contestants);
        List<Entry> entries = options.tune ? Tuning.grid(model, contestants) : options.entries(model);
        Path data = options.data;
        Setting setting = options.setting(data == null ? ImageData.embedded() : ImageData.folder(data), model);
        ReportFolder folder = new ReportFolder(options.out);
        if (options.tune) {
            tune(setting, contestants, entries);
        } else {
            compare(setting, entries, folder);
        }
        return CommandLine.ExitCode.OK;
    }

    private void compare(Setting setting, List<Entry> entries, ReportFolder folder) throws IOException {
        List<Run> runs;
        try (Progress progress =
                progress(setting, entries.size() * setting.seeds().size())) {
            runs = new Race(setting, progress).run(entries);
        }
        Target target = Target.of(setting, runs);
        List<Summary> summaries = Summary.of(runs, target);
        out.println();
        out.print(Table.of(setting, target, summaries));
        out.println();
        out.println("* best of the column; medians over the seeds");
        Results results = new Results(
                setting,
                target,
                runs,
                summaries,
                Environment.facts(),
                CommandText.of(spec.commandLine().getParseResult()));
        folder.save(files(results));
        out.println("Report: " + options.out.resolve("index.html"));
    }

    private void tune(Setting setting, List<Contestant> contestants, List<Entry> grid) throws IOException {
        Path file = options.out.resolve("tuning.csv");
        int trials = grid.size() * setting.seeds().size();
        try (TrialLog log = new TrialLog(progress(setting, trials), setting, file)) {
            new Race(setting, log).run(grid, log::missing);
        }
        out.println();
        out.print(Tuning.markdown(setting.model(), contestants, TrialLog.read(file)));
        out.println("Trials: " + file);
    }

    private Progress progress(Setting setting, int runs) {
        return Boolean.getBoolean(TERMINAL) ? new BarProgress(setting, runs) : new PlainProgress(out, setting);
    }

    private static Map<String, String> files(Results results) throws IOException {
        Map<String, String> files = new LinkedHashMap<>();
        files.put("results.csv", CsvReport.results(results));
        files.put("summary.csv", CsvReport.summary(results));
        files.put("report.json", JsonReport.of(results));
        files.put("index.html", HtmlReport.of(results));
        return files;
    }

    /** Prints the version the jar was built as. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"Newton4J compare " + Environment.version()};
        }
    }
}

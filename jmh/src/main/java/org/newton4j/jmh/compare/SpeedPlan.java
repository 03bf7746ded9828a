/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@code ./compare speed} measures. */
final class SpeedPlan {
    private static final String LARGE = "10000000";
    private static final String SMALL = "1000";
    private static final int TRIAD_BYTES = 12;

    /** Bytes a FLOAT step reads and writes for each parameter, by STREAM's count. */
    private enum Step {
        LION("Lion", "lion", 16, "lion"),
        DIFFGRAD("diffGrad", "diffGrad", 32, "diffGrad"),
        ADAHESSIAN("AdaHessian, new estimate", "adaHessian", 28, "adaHessian"),
        ADAHESSIAN_BETWEEN("AdaHessian, between estimates", "adaHessianWithoutEstimate", 20, null),
        SOPHIA("Sophia, new estimate", "sophia", 28, "sophia"),
        SOPHIA_BETWEEN("Sophia, between estimates", "sophiaWithoutEstimate", 20, null);

        private final String title;
        private final String method;
        private final int bytes;
        private final @Nullable String naive;

        Step(String title, String method, int bytes, @Nullable String naive) {
            this.title = title;
            this.method = method;
            this.bytes = bytes;
            this.naive = naive;
        }
    }

    /** Networks that train with curvature, and how many rounds decide; ten steps of a large network take too long. */
    private enum Network {
        MLP("MLP 784-500-10, batch 128", 60, 20),
        LENET("LeNet, batch 64", 9, 6),
        RESNET("residual graph, batch 32", 7, 0);

        private final String title;
        private final int pieces;
        private final int cycles;

        Network(String title, int pieces, int cycles) {
            this.title = title;
            this.pieces = pieces;
            this.cycles = cycles;
        }

        private SpeedJob job(String method, int rounds) {
            return new SpeedJob("CurvatureCostBenchmark." + method, Map.of("net", name(), "threads", "1"), rounds);
        }
    }

    private final int threads;

    /** A plan for this many threads per step. */
    SpeedPlan(int threads) {
        this.threads = threads;
    }

    List<SpeedSection> sections() {
        List<SpeedSection> all = new ArrayList<>(List.of(steps(), smallNets(), flatCost()));
        for (Network network : Network.values()) {
            all.add(curvature(network));
        }
        all.add(kronecker(1, List.of("784x256", "1024x1024", "256x128", "convolution500x50")));
        if (threads > 1) {
            all.add(kronecker(threads, List.of("784x256", "1024x1024")));
        }
        all.add(mfac());
        return all;
    }

    private SpeedSection steps() {
        SpeedJob triad = memory("triad");
        SpeedJob adam = builtIn("adam", LARGE, threads);
        SpeedJob nesterovs = builtIn("nesterovs", LARGE, threads);
        List<SpeedSection.Line> lines = new ArrayList<>();
        for (String kernel : List.of("vector", "java")) {
            for (Step step : Step.values()) {
                SpeedJob job = kernel(step.method, kernel, LARGE, threads);
                lines.add(new SpeedSection.Line(
                        step.title + ", " + (kernel.equals("vector") ? "Vector API" : "plain Java"),
                        new Quantity.Time(job),
                        Arrays.asList(
                                quotient(triad, job, step.bytes / (double) TRIAD_BYTES),
                                quotient(job, adam, 1),
                                quotient(job, nesterovs, 1),
                                step.naive == null ? null : quotient(job, naive(step.naive), 1)),
                        new SpeedSection.Bound(0, true, kernel.equals("vector") ? 0.85 : 0.45)));
            }
        }
        lines.add(reference("ND4J Adam", adam, triad, 24));
        lines.add(reference("ND4J Nesterovs", nesterovs, triad, 16));
        lines.add(reference("copy", memory("copy"), triad, 8));
        return new SpeedSection(
                "Elementwise steps, 10⁷ FLOAT parameters, threads " + threads,
                "“Of triad”: bandwidth of the step divided by that of STREAM's triad, 1 is the wall. The other columns are"
                        + " times divided by the time of ND4J's updater, or of the same step as array operations.",
                List.of("of triad", "÷ Adam", "÷ Nesterovs", "÷ array operations"),
                lines);
    }

    private static SpeedSection.Line reference(String name, SpeedJob job, SpeedJob triad, int bytes) {
        return new SpeedSection.Line(
                name,
                new Quantity.Time(job),
                Arrays.asList(quotient(triad, job, bytes / (double) TRIAD_BYTES), null, null, null),
                null);
    }

    private static SpeedSection smallNets() {
        SpeedJob adam = builtIn("adam", SMALL, 1);
        List<SpeedSection.Line> lines = new ArrayList<>();
        for (Step step : Step.values()) {
            SpeedJob job = kernel(step.method, "vector", SMALL, 1);
            lines.add(new SpeedSection.Line(
                    step.title,
                    new Quantity.Time(job),
                    List.of(quotient(job, adam, 1)),
                    new SpeedSection.Bound(0, false, 1)));
        }
        return new SpeedSection("Small networks, 10³ FLOAT parameters, one thread", "", List.of("÷ Adam"), lines);
    }

    private SpeedSection flatCost() {
        List<SpeedSection.Line> lines = new ArrayList<>();
        for (Step step : List.of(Step.LION, Step.ADAHESSIAN)) {
            SpeedJob large = kernel(step.method, "vector", LARGE, threads);
            for (String n : List.of("100000", "1000000", "100000000")) {
                SpeedJob job = kernel(step.method, "vector", n, threads);
                lines.add(new SpeedSection.Line(
                        step.title + ", 10" + exponent(n),
                        new Quantity.Time(job),
                        List.of(quotient(job, large, Double.parseDouble(LARGE) / Double.parseDouble(n))),
                        null));
            }
        }
        return new SpeedSection(
                "Cost per parameter, threads " + threads,
                "Below 1 at 10⁵ and 10⁶: the arrays fit into a cache.",
                List.of("÷ that at 10⁷"),
                lines);
    }

    private static char exponent(String n) {
        return "⁰¹²³⁴⁵⁶⁷⁸⁹".charAt(n.length() - 1);
    }

    private static SpeedSection curvature(Network network) {
        SpeedJob pieces = network.job("pieces", network.pieces);
        List<SpeedSection.Line> lines = new ArrayList<>(List.of(
                gradients(pieces, "first Hessian product, one-sided", "stepAdaHessian", "stepWithoutEstimate", 1.2),
                gradients(
                        pieces,
                        "first Hessian product, two-sided",
                        "stepAdaHessianCentral",
                        "stepWithoutEstimate",
                        2.3),
                gradients(pieces, "further Hessian product, one-sided", "productFast", null, 1.05),
                gradients(pieces, "further Hessian product, two-sided", "productCentral", null, 2.1),
                gradients(pieces, "Gauss-Newton product", "productGaussNewton", null, null),
                adamSteps(pieces, "step of Adam, listener attached", "stepAdamListened", 1.01),
                adamSteps(pieces, "step of AdaHessian, k = 1", "stepAdaHessian", 2.2)));
        if (network.cycles > 0) {
            SpeedJob cycles = network.job("cycles", network.cycles);
            lines.add(adamSteps(cycles, "step of AdaHessian, k = 5", "stepAdaHessianEveryFifth", 1.25));
            lines.add(adamSteps(cycles, "step of Sophia-G, k = 10", "stepSophia", 1.15));
        }
        return new SpeedSection(
                "Curvature in training, " + network.title + ", one thread",
                "Medians over rounds in which all take turns, with 95 % intervals; ratios are taken within a round. The first"
                        + " product is what an estimate adds to a step. k: an estimate at every k-th step, mean over all.",
                List.of("÷ gradient", "÷ Adam's step"),
                lines);
    }

    private static SpeedSection.Line gradients(
            SpeedJob job, String name, String contestant, @Nullable String minus, @Nullable Double bound) {
        return new SpeedSection.Line(
                name,
                new Quantity.InRounds(job, contestant, minus, null),
                Arrays.asList(new Quantity.InRounds(job, contestant, minus, "gradient"), null),
                bound == null ? null : new SpeedSection.Bound(0, false, bound));
    }

    private static SpeedSection.Line adamSteps(SpeedJob job, String name, String contestant, double bound) {
        return new SpeedSection.Line(
                name,
                new Quantity.InRounds(job, contestant, null, null),
                Arrays.asList(null, new Quantity.InRounds(job, contestant, null, "stepAdam")),
                new SpeedSection.Bound(1, false, bound));
    }

    private static SpeedSection kronecker(int threads, List<String> layers) {
        List<SpeedSection.Line> lines = new ArrayList<>();
        for (String layer : layers) {
            SpeedJob mkor = kronecker("mkor", layer, threads);
            SpeedJob kfac = kronecker("kfac", layer, threads);
            String name = layer.replace("x", " → ").replace("convolution", "convolution ") + ": ";
            lines.add(overProducts(mkor, name + "MKOR's step", "step", 1.15));
            lines.add(overProducts(mkor, name + "MKOR's step, factors every tenth", "stepEveryTenth", 1.15));
            lines.add(overProducts(mkor, name + "both factor updates", "update", null));
            lines.add(overProducts(kfac, name + "K-FAC's step between inversions", "between", 1.15));
            lines.add(overProducts(kfac, name + "both inversions", "refresh", null));
        }
        return new SpeedSection(
                "MKOR and K-FAC on one layer, " + (threads == 1 ? "one thread" : "threads " + threads),
                "All that happens between backward pass and base updater, beside the two bare products G V A of that layer."
                        + " Medians over rounds in which all take turns, the fastest turn of each, with 95 % intervals.",
                List.of("÷ products"),
                lines);
    }

    private static SpeedJob kronecker(String method, String layer, int threads) {
        return new SpeedJob(
                "KroneckerLayerBenchmark." + method, Map.of("layer", layer, "threads", String.valueOf(threads)), 11);
    }

    private static SpeedSection.Line overProducts(SpeedJob job, String name, String piece, @Nullable Double bound) {
        return new SpeedSection.Line(
                name,
                new Quantity.InRounds(job, piece, null, null),
                List.of(new Quantity.InRounds(job, piece, null, "products")),
                bound == null ? null : new SpeedSection.Bound(0, false, bound));
    }

    private static SpeedSection mfac() {
        List<SpeedSection.Line> lines = new ArrayList<>();
        for (String window : List.of("64x1000000", "512x500000")) {
            String name = window.replace("x", " gradients of ") + ", ";
            SpeedJob wide = mfac("step", "FLOAT", window);
            SpeedJob narrow = mfac("step", "BFLOAT16", window);
            SpeedJob small = mfac("smallSystem", "FLOAT", window);
            lines.add(new SpeedSection.Line(
                    name + "FLOAT",
                    new Quantity.Time(wide),
                    Arrays.asList(quotient(mfac("triad", "FLOAT", window), wide, 1), null, quotient(small, wide, 1)),
                    new SpeedSection.Bound(0, true, 0.7)));
            lines.add(new SpeedSection.Line(
                    name + "BFLOAT16",
                    new Quantity.Time(narrow),
                    Arrays.asList(
                            quotient(mfac("triad", "BFLOAT16", window), narrow, 1),
                            quotient(wide, narrow, 1),
                            quotient(small, narrow, 1)),
                    new SpeedSection.Bound(1, true, 1.6)));
        }
        return new SpeedSection(
                "M-FAC: a gradient goes in, a product comes out",
                "“Of triad”: the time of a triad over as many bytes as two passes over the window, divided by that of the"
                        + " step. “FLOAT ÷”: how many times faster the narrow window is. “Small system”: the share that does"
                        + " not depend on the number of parameters.",
                List.of("of triad", "FLOAT ÷", "small system"),
                lines);
    }

    private static SpeedJob mfac(String method, String storage, String window) {
        return new SpeedJob(
                "MfacBenchmark." + method, Map.of("kernel", "vector", "storage", storage, "window", window));
    }

    private static Quantity quotient(SpeedJob over, SpeedJob under, double factor) {
        return new Quantity.Quotient(over, under, factor);
    }

    private static SpeedJob kernel(String method, String kernel, String n, int threads) {
        return new SpeedJob(
                "StepKernelBenchmark." + method,
                Map.of("kernel", kernel, "type", "FLOAT", "n", n, "threads", String.valueOf(threads)));
    }

    private static SpeedJob builtIn(String method, String n, int threads) {
        return new SpeedJob(
                "BuiltInUpdaterBenchmark." + method,
                Map.of("type", "FLOAT", "n", n, "threads", String.valueOf(threads)));
    }

    private SpeedJob naive(String method) {
        return new SpeedJob(
                "NaiveStepBenchmark." + method,
                Map.of("type", "FLOAT", "n", LARGE, "threads", String.valueOf(threads)));
    }

    private SpeedJob memory(String method) {
        return new SpeedJob("MemoryBenchmark." + method, Map.of("n", LARGE, "threads", String.valueOf(threads)));
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@code ./compare speed} measures. */
final class SpeedPlan {
    private static final int TRIAD_BYTES = 12;

    /** Bytes a FLOAT step reads and writes for each parameter, by STREAM's count. */
    private enum Step {
        LION("Lion", "lion", "fresh", 16),
        DIFFGRAD("diffGrad", "diffGrad", "fresh", 32),
        ADAHESSIAN("AdaHessian, new estimate", "adaHessian", "fresh", 28),
        ADAHESSIAN_BETWEEN("AdaHessian, between estimates", "adaHessian", "between", 20),
        SOPHIA("Sophia, new estimate", "sophia", "fresh", 28),
        SOPHIA_BETWEEN("Sophia, between estimates", "sophia", "between", 20);

        private final String title;
        private final String step;
        private final String contestant;
        private final int bytes;

        Step(String title, String step, String contestant, int bytes) {
            this.title = title;
            this.step = step;
            this.contestant = contestant;
            this.bytes = bytes;
        }

        private SpeedJob job(String method, String kernel, int threads, int rounds) {
            return new SpeedJob(
                    "StepRoundsBenchmark." + method,
                    Map.of("step", step, "kernel", kernel, "threads", String.valueOf(threads)),
                    rounds);
        }
    }

    /** Networks that train with curvature, and how many rounds decide. */
    private enum Network {
        MLP("MLP 784-500-10, batch 128", 60),
        LENET("LeNet, batch 64", 9),
        RESNET("residual graph, batch 32", 7);

        private final String title;
        private final int rounds;

        Network(String title, int rounds) {
            this.title = title;
            this.rounds = rounds;
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
        List<SpeedSection.Line> lines = new ArrayList<>();
        for (String kernel : List.of("vector", "java")) {
            for (Step step : Step.values()) {
                SpeedJob job = step.job("large", kernel, threads, 15);
                boolean operations = kernel.equals("vector") && step.contestant.equals("fresh");
                lines.add(new SpeedSection.Line(
                        step.title + ", " + (kernel.equals("vector") ? "Vector API" : "plain Java"),
                        time(job, step.contestant),
                        Arrays.asList(
                                ofTriad(job, step.contestant, step.bytes),
                                ratio(job, step.contestant, "adam"),
                                ratio(job, step.contestant, "nesterovs"),
                                operations
                                        ? ratio(step.job("arrayOperations", kernel, threads, 6), "fresh", "operations")
                                        : null),
                        new SpeedSection.Bound(0, true, kernel.equals("vector") ? 0.85 : 0.45)));
            }
        }
        SpeedJob beside = Step.LION.job("large", "vector", threads, 15);
        lines.add(reference(beside, "ND4J Adam", "adam", 24));
        lines.add(reference(beside, "ND4J Nesterovs", "nesterovs", 16));
        lines.add(reference(beside, "copy", "copy", 8));
        return new SpeedSection(
                "Elementwise steps, 10⁷ FLOAT parameters, threads " + threads,
                "“Of triad”: bandwidth of the step divided by that of STREAM's triad, 1 is the wall. The other columns are"
                        + " times divided by the time of ND4J's updater, or of the same step as array operations.",
                List.of("of triad", "÷ Adam", "÷ Nesterovs", "÷ array operations"),
                lines);
    }

    private static SpeedSection.Line reference(SpeedJob job, String name, String contestant, int bytes) {
        return new SpeedSection.Line(
                name, time(job, contestant), Arrays.asList(ofTriad(job, contestant, bytes), null, null, null), null);
    }

    private static Quantity ofTriad(SpeedJob job, String contestant, int bytes) {
        return new Quantity.InRounds(job, "triad", null, contestant, bytes / (double) TRIAD_BYTES);
    }

    private static SpeedSection smallNets() {
        List<SpeedSection.Line> lines = new ArrayList<>();
        for (Step step : Step.values()) {
            SpeedJob job = step.job("small", "vector", 1, 15);
            lines.add(new SpeedSection.Line(
                    step.title,
                    time(job, step.contestant),
                    List.of(ratio(job, step.contestant, "adam")),
                    new SpeedSection.Bound(0, false, 1)));
        }
        return new SpeedSection("Small networks, 10³ FLOAT parameters, one thread", "", List.of("÷ Adam"), lines);
    }

    private SpeedSection flatCost() {
        List<SpeedSection.Line> lines = new ArrayList<>();
        for (Step step : List.of(Step.LION, Step.ADAHESSIAN)) {
            SpeedJob job = step.job("sizes", "vector", threads, 11);
            lines.add(perParameter(job, step.title + ", 10⁵", "n5", 100));
            lines.add(perParameter(job, step.title + ", 10⁶", "n6", 10));
            lines.add(perParameter(job, step.title + ", 10⁸", "n8", 0.1));
        }
        return new SpeedSection(
                "Cost per parameter, threads " + threads,
                "Below 1 at 10⁵ and 10⁶: the arrays fit into a cache.",
                List.of("÷ that at 10⁷"),
                lines);
    }

    private static SpeedSection.Line perParameter(SpeedJob job, String name, String contestant, double factor) {
        return new SpeedSection.Line(
                name, time(job, contestant), List.of(new Quantity.InRounds(job, contestant, null, "n7", factor)), null);
    }

    private static Quantity time(SpeedJob job, String contestant) {
        return new Quantity.InRounds(job, contestant, null, null);
    }

    private static Quantity ratio(SpeedJob job, String over, String under) {
        return new Quantity.InRounds(job, over, null, under);
    }

    private static SpeedSection curvature(Network network) {
        SpeedJob pieces = new SpeedJob(
                "CurvatureCostBenchmark.pieces", Map.of("net", network.name(), "threads", "1"), network.rounds);
        List<SpeedSection.Line> lines = List.of(
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
                adamSteps(pieces, "step of AdaHessian, k = 1", "stepAdaHessian", 2.2),
                adamSteps(pieces, "step of AdaHessian, k = 5", "stepAdaHessianEveryFifth", 1.25),
                adamSteps(pieces, "step of Sophia-G, k = 10", "stepSophiaEveryTenth", 1.15));
        return new SpeedSection(
                "Curvature in training, " + network.title + ", one thread",
                "Medians over rounds in which all take turns, with 95 % intervals; ratios are taken within a round. The first"
                        + " product is what an estimate adds to a step. k: the mean of k steps, of which one estimates.",
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
            SpeedJob job = new SpeedJob(
                    "KroneckerLayerBenchmark.pieces", Map.of("layer", layer, "threads", String.valueOf(threads)), 11);
            String name = layer.replace("x", " → ").replace("convolution", "convolution ") + ": ";
            lines.add(overProducts(job, name + "MKOR's step", "step", 1.15));
            lines.add(overProducts(job, name + "MKOR's step, factors every tenth", "stepEveryTenth", 1.15));
            if (!layer.startsWith("conv")) {
                lines.add(overProducts(job, name + "MKOR's step, young factors", "thin", 1.15));
            }
            lines.add(overProducts(job, name + "both factor updates", "update", null));
            lines.add(overProducts(job, name + "K-FAC's step between inversions", "kfacBetween", 1.15));
            lines.add(overProducts(job, name + "both inversions", "kfacRefresh", null));
        }
        return new SpeedSection(
                "MKOR and K-FAC on one layer, " + (threads == 1 ? "one thread" : "threads " + threads),
                "All that happens between backward pass and base updater, beside the two bare products G V A of that layer."
                        + " Medians over rounds in which all take turns, the fastest turn of each, with 95 % intervals.",
                List.of("÷ products"),
                lines);
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
            SpeedJob wide = mfac("FLOAT", window);
            SpeedJob narrow = mfac("BFLOAT16", window);
            lines.add(new SpeedSection.Line(
                    name + "FLOAT",
                    time(wide, "step"),
                    Arrays.asList(ratio(wide, "triad", "step"), null, ratio(wide, "smallSystem", "step")),
                    new SpeedSection.Bound(0, true, 0.7)));
            lines.add(new SpeedSection.Line(
                    name + "BFLOAT16",
                    time(narrow, "step"),
                    Arrays.asList(
                            ratio(narrow, "triad", "step"),
                            // The narrow window's triad moves half of the bytes.
                            new Quantity.Quotient(
                                    new Quantity.InRounds(wide, "step", null, "triad", 2),
                                    new Quantity.InRounds(narrow, "step", null, "triad")),
                            ratio(narrow, "smallSystem", "step")),
                    new SpeedSection.Bound(1, true, 1.6)));
        }
        return new SpeedSection(
                "M-FAC: a gradient goes in, a product comes out",
                "“Of triad”: the time of a triad over as many bytes as two passes over the window, divided by that of the"
                        + " step. “FLOAT ÷”: how many times faster the narrow window is, each measured in triads of its own process. “Small system”: the share that does"
                        + " not depend on the number of parameters.",
                List.of("of triad", "FLOAT ÷", "small system"),
                lines);
    }

    private static SpeedJob mfac(String storage, String window) {
        return new SpeedJob(
                "MfacRoundsBenchmark.pieces", Map.of("kernel", "vector", "storage", storage, "window", window), 11);
    }
}

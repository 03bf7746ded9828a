/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.samediff;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.BaseListener;
import org.nd4j.autodiff.listeners.Loss;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.shade.guava.collect.MapMaker;
import org.newton4j.optimizers.training.RandomStream;
import org.newton4j.optimizers.update.CurvatureConsumer;
import org.newton4j.optimizers.update.CurvatureRequest;
import org.newton4j.optimizers.update.GradientConsumer;
import org.newton4j.optimizers.update.NonFinite;
import org.newton4j.optimizers.update.NonFiniteException;
import org.newton4j.optimizers.update.OptimizerConfig;
import org.newton4j.optimizers.update.PreconditionerConfig;
import org.newton4j.optimizers.update.Preconditioning;

/**
 * Supplies the optimizer of a SameDiff graph with curvature: {@code sd.setListeners(new SameDiffCurvatureListener())} is
 * all there is to do.
 *
 * <p>At the start of an iteration it asks the updaters of the variables which of them want curvature, evaluates gradients
 * at neighbouring parameters with the data of this iteration, and hands each updater its part. With Rademacher probes z
 * (entries ±1), the loss L of the graph, its Hessian H and s {@link Builder#probes(int) probes}
 *
 * <pre>
 * D = (1/s) Σ z ⊙ (H z),     E[D] = diag(H)
 * H z ≈ (g(θ + ε z) - g(θ - ε z)) / (2 ε)
 * </pre>
 *
 * <p>L is what the graph computes (nothing is divided by the batch size) plus the L2 regularisation of the training
 * configuration. The sign of entry i of probe p in iteration t is the same hash of (seed, t, p, i) as with {@code
 * CurvatureListener}; i counts the floating-point variables of the graph by name in ascending order, the values of each
 * in C order.
 *
 * <p><b>Cost and accuracy.</b> Two gradients per probe, on a copy of the graph in DOUBLE (8 bytes per parameter, constant and
 * activation), and three once to check the copy. Where all operations are smooth the products are exact to about 1e-10; with
 * kinks (relu, max pooling) the step is 1e-10 per parameter and the error 1e-7 … 3e-5, except in the rare case that
 * a unit switches within that step. A graph that SameDiff cannot copy, or whose copy has another gradient, is evaluated
 * itself: its variables are changed and put back bit for bit. In FLOAT that is good to about 1e-4 on smooth graphs
 * and not reliable with kinks; one warning says so. Random operations see the same random numbers in every
 * evaluation and in training, and the global random stream is left as it was; a graph that does not repeat itself is refused.
 *
 * <p>Sophia with estimator H is served like AdaHessian; estimator G needs to know {@linkplain Builder#sampledOutput where labels
 * can be drawn}, with one forward pass and one gradient per probe.
 *
 * <p>M-FAC takes one extra gradient per step: the whole gradient is needed before SameDiff updates the first variable. MKOR and
 * K-FAC need layers and are refused.
 *
 * <p>One listener may serve several graphs and threads at once. It keeps no state that training depends on; attach a
 * new one after loading. Example:
 *
 * <pre>{@code
 * SameDiff sd = SameDiff.create();
 * SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, 4);
 * SDVariable y = sd.placeHolder("y", DataType.FLOAT, -1, 3);
 * SDVariable w = sd.var("w", Nd4j.rand(DataType.FLOAT, 4, 3));
 * sd.loss.softmaxCrossEntropy("loss", y, x.mmul(w), null);
 * sd.setTrainingConfig(new TrainingConfig.Builder()
 *         .updater(new AdaHessian(0.15))
 *         .dataSetFeatureMapping("x")
 *         .dataSetLabelMapping("y")
 *         .minimize("loss")
 *         .build());
 * sd.setListeners(new SameDiffCurvatureListener());
 * }</pre>
 */
public final class SameDiffCurvatureListener extends BaseListener {

    /** Seed of the probes unless another is chosen. */
    public static final long DEFAULT_SEED = 0;

    /** Probes per estimate unless another number is chosen (one, as AdaHessian's reference). */
    public static final int DEFAULT_PROBES = 1;

    private final long seed;
    private final int probes;
    private final boolean coldStart;
    private final NonFinite nonFinite;
    private final @Nullable SampledOutput sampledOutput;
    private final AtomicLong gradientEvaluations = new AtomicLong();

    /** By identity and weakly: a graph compares by value, and must not be kept alive from here. */
    private final ConcurrentMap<SameDiff, GraphSession> sessions =
            new MapMaker().weakKeys().makeMap();

    /** What waits for SameDiff to create the updaters, by the gradient function that will run; emptied at once. */
    private final ConcurrentMap<SameDiff, Pending> pending =
            new MapMaker().weakKeys().makeMap();

    private record Pending(SameDiff graph, Delivery delivery) {}

    /** The graphs this listener serves in the present iteration, by the gradient function that runs. */
    private final ConcurrentMap<SameDiff, SameDiff> served =
            new MapMaker().weakKeys().makeMap();

    /** Curvature or gradients of one iteration on the way to the updaters. */
    private interface Delivery {
        void to(Map<String, ? extends GradientUpdater<?>> updaters);
    }

    /** A listener with the default seed and one probe per estimate. */
    public SameDiffCurvatureListener() {
        this(builder());
    }

    private SameDiffCurvatureListener(Builder builder) {
        seed = builder.seed;
        probes = builder.probes;
        coldStart = builder.coldStart;
        nonFinite = builder.nonFinite;
        sampledOutput = builder.sampledOutput;
    }

    /**
     * Starts a listener with other settings.
     *
     * @return a builder with the defaults
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * How many gradients were evaluated beyond those of plain training, over all graphs.
     *
     * @return a count since construction, in units of one gradient of the mini-batch
     */
    public long gradientEvaluations() {
        return gradientEvaluations.get();
    }

    /**
     * How many training steps of a graph were left out, because no step could be made of their mini-batches; see {@link
     * NonFinite#SKIP}.
     *
     * @param graph Not modified
     * @return a count since this object was made or loaded, over all its listeners
     */
    public static long skippedSteps(SameDiff graph) {
        return GraphSteps.skipped(graph);
    }

    /**
     * Acts in training only.
     *
     * @param operation what the graph does
     * @return true for {@link Operation#TRAINING}
     */
    @Override
    public boolean isActive(Operation operation) {
        return operation == Operation.TRAINING;
    }

    /**
     * Estimates the curvature of this iteration and hands it over.
     *
     * @param graph in training
     * @param at iteration and epoch
     * @param batch data of this iteration
     * @param etlMillis not needed
     * @throws UnsupportedOperationException if the updater needs what a graph cannot give, or the graph does not repeat its
     *     random numbers
     * @throws IllegalStateException if labels are to be drawn and no output was named, or a window of M-FAC was lost
     * @throws IllegalArgumentException if labels cannot be drawn from the output named
     * @throws NonFiniteException if no step can be made and the listener was told to {@link NonFinite#FAIL}
     */
    @Override
    public void iterationStart(SameDiff graph, At at, MultiDataSet batch, long etlMillis) {
        SameDiff gradients = graph.getFunction(LiveGraph.GRADIENTS);
        pending.remove(gradients);
        served.remove(gradients);
        GraphSteps steps = GraphSteps.of(graph);
        if (!steps.begin(graph, at)) {
            return;
        }
        served.put(gradients, graph);
        Map<String, GradientUpdater<?>> updaters = updaters(graph);
        Preconditioning preconditioning = preconditioning(graph, updaters);
        Map<String, CurvatureRequest> requests = requests(graph, updaters, at.iteration());
        if (preconditioning == null && requests.isEmpty()) {
            return;
        }
        RandomStream stream = RandomStream.here();
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            Map<String, INDArray> data = Placeholders.of(graph.getTrainingConfig(), batch);
            Delivery delivery = preconditioning == null
                    ? curvature(graph, data, requests, at.iteration())
                    : gradient(graph, data, preconditioning, at.iteration());
            if (updaters == null) {
                pending.put(gradients, new Pending(graph, delivery));
            } else {
                delivery.to(updaters);
            }
        } catch (NonFiniteException e) {
            steps.leaveOut(graph, nonFinite, e);
        } finally {
            stream.restore();
        }
    }

    /**
     * Looks at losses and gradients as they come.
     *
     * @param gradients the gradient function of the graph in training
     * @param at not needed
     * @param batch not needed
     * @param op that was executed
     * @param context not needed
     * @param outputs of the operation; Not modified
     * @throws NonFiniteException if no step can be made and the listener was told to {@link NonFinite#FAIL}
     */
    @Override
    public void opExecution(
            SameDiff gradients, At at, MultiDataSet batch, SameDiffOp op, OpContext context, INDArray[] outputs) {
        SameDiff graph = served.get(gradients);
        List<String> names = op.getOutputsOfOp();
        if (graph == null || names == null) {
            return;
        }
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            for (int i = 0; i < outputs.length; i++) {
                if (outputs[i] != null) {
                    GraphSteps.of(graph).computed(graph, names.get(i), outputs[i], nonFinite);
                }
            }
        }
    }

    /**
     * Ends the iteration.
     *
     * @param graph in training
     * @param at not needed
     * @param batch not needed
     * @param loss not needed
     */
    @Override
    public void iterationDone(SameDiff graph, At at, MultiDataSet batch, Loss loss) {
        SameDiff gradients = graph.hasGradientFunction() ? graph.getFunction(LiveGraph.GRADIENTS) : graph;
        // SameDiff calls with the graph or with its gradient function, depending on who trains it.
        SameDiff mine = served.remove(gradients);
        if (mine != null) {
            GraphSteps.of(mine).end(mine);
        }
    }

    /**
     * Hands over what was computed for the first iteration, whose updaters SameDiff creates after {@code iterationStart}.
     *
     * @param gradients the gradient function of the graph in training
     * @param at not needed
     * @param op not needed
     * @param context not needed
     */
    @Override
    public void preOpExecution(SameDiff gradients, At at, SameDiffOp op, OpContext context) {
        Pending waiting = pending.remove(gradients);
        if (waiting == null) {
            return;
        }
        Map<String, GradientUpdater<?>> updaters = updaters(waiting.graph());
        if (updaters != null) {
            waiting.delivery().to(updaters);
        }
    }

    private Delivery curvature(
            SameDiff graph, Map<String, INDArray> data, Map<String, CurvatureRequest> requests, int iteration) {
        GraphSession session = sessions.computeIfAbsent(graph, key -> new GraphSession());
        long before = session.evaluations();
        double l2 = l2(graph.getTrainingConfig());
        Map<String, INDArray> parts = wantsHessian(requests)
                ? session.diagonal(graph, data, requests, l2, seed, probes, iteration)
                : session.sampledGradientSquared(
                        graph, data, requests, requireSampledOutput(), l2, seed, probes, iteration);
        gradientEvaluations.addAndGet(session.evaluations() - before);
        return updaters -> {
            for (String name : requests.keySet()) {
                if (updaters.get(name) instanceof CurvatureConsumer consumer
                        && parts.get(name) != null
                        && consumer.wantsCurvature(iteration)) {
                    consumer.acceptCurvature(parts.get(name), iteration);
                }
            }
        };
    }

    /** A graph has one updater configuration, so all requests are of one kind. */
    private static boolean wantsHessian(Map<String, CurvatureRequest> requests) {
        return requests.values().stream()
                .allMatch(request -> request.kind() == CurvatureRequest.Kind.HUTCHINSON_DIAGONAL);
    }

    private SampledOutput requireSampledOutput() {
        SampledOutput output = sampledOutput;
        if (output == null) {
            throw new IllegalStateException(
                    "Sophia's estimator G draws labels from the output of the graph, which has to"
                            + " be named: SameDiffCurvatureListener.builder().sampledOutput(logits, labels). "
                            + SampledOutput.REMEDY);
        }
        return output;
    }

    private Delivery gradient(
            SameDiff graph, Map<String, INDArray> data, Preconditioning preconditioning, int iteration) {
        Map<String, INDArray> parts =
                GraphPreconditioner.of(graph).precondition(graph, data, preconditioning, coldStart);
        gradientEvaluations.incrementAndGet();
        return updaters -> updaters.forEach((name, updater) -> {
            if (updater instanceof GradientConsumer consumer && parts.get(name) != null) {
                consumer.acceptGradient(parts.get(name), iteration);
            }
        });
    }

    /** The live updaters by name of the variable; null before the first iteration. */
    @SuppressWarnings({"rawtypes", "unchecked"}) // SameDiff's map has raw values.
    private static @Nullable Map<String, GradientUpdater<?>> updaters(SameDiff graph) {
        return (Map) graph.getUpdaterMap();
    }

    private static @Nullable Preconditioning preconditioning(
            SameDiff graph, @Nullable Map<String, GradientUpdater<?>> updaters) {
        if (updaters == null) {
            return updater(graph) instanceof PreconditionerConfig config ? config.preconditioning() : null;
        }
        for (GradientUpdater<?> updater : updaters.values()) {
            if (updater instanceof GradientConsumer consumer) {
                return consumer.preconditioning();
            }
        }
        return null;
    }

    /**
     * Who wants curvature now. Before the first iteration all state is empty, so everyone who can use it does. Between two
     * iterations that are due, a variable that never had a gradient while others did is dead or not yet alive: SameDiff
     * shows no gradient before the step, so it waits for the next one.
     */
    private static Map<String, CurvatureRequest> requests(
            SameDiff graph, @Nullable Map<String, GradientUpdater<?>> updaters, int iteration) {
        Map<String, CurvatureRequest> requests = new LinkedHashMap<>();
        if (updaters != null) {
            List<CurvatureConsumer> blank = new ArrayList<>();
            boolean othersHaveSteps = false;
            for (Map.Entry<String, GradientUpdater<?>> entry : updaters.entrySet()) {
                if (entry.getValue() instanceof CurvatureConsumer consumer
                        && consumer.curvatureRequest().isPresent()) {
                    CurvatureRequest request = consumer.curvatureRequest().get();
                    if (!consumer.wantsCurvature(iteration)) {
                        othersHaveSteps = true;
                    } else {
                        requests.put(entry.getKey(), request);
                        blank.add(consumer);
                    }
                }
            }
            if (othersHaveSteps) {
                // All are due at the same iterations, so those that ask now have made no step.
                blank.forEach(consumer -> consumer.awaitCurvature(iteration));
                requests.clear();
            }
        } else if (updater(graph) instanceof OptimizerConfig config) {
            config.curvatureRequest().ifPresent(request -> {
                for (SDVariable variable : graph.variables()) {
                    if (variable.getVariableType() == VariableType.VARIABLE
                            && variable.dataType().isFPType()) {
                        requests.put(variable.name(), request);
                    }
                }
            });
        }
        return requests;
    }

    private static @Nullable IUpdater updater(SameDiff graph) {
        TrainingConfig config = graph.getTrainingConfig();
        return config == null ? null : config.getUpdater();
    }

    private static double l2(TrainingConfig config) {
        List<Regularization> all = config.getRegularization();
        double sum = 0;
        if (all != null) {
            for (Regularization regularization : all) {
                if (regularization instanceof L2Regularization l2) {
                    sum += l2.getL2().valueAt(config.getIterationCount(), config.getEpochCount());
                }
            }
        }
        return sum;
    }

    /** Settings of a listener. */
    public static final class Builder {

        private long seed = DEFAULT_SEED;
        private int probes = DEFAULT_PROBES;
        private boolean coldStart;
        private NonFinite nonFinite = NonFinite.SKIP;
        private @Nullable SampledOutput sampledOutput;

        private Builder() {}

        /**
         * Seed of the probes.
         *
         * @param value any number; default {@value #DEFAULT_SEED}
         * @return this
         */
        public Builder seed(long value) {
            this.seed = value;
            return this;
        }

        /**
         * Probes per estimate; the variance of the estimate falls as 1/probes, its cost rises.
         *
         * @param value at least 1; default {@value #DEFAULT_PROBES}
         * @return this
         * @throws IllegalArgumentException if less than 1
         */
        public Builder probes(int value) {
            if (value < 1) {
                throw new IllegalArgumentException("probes = " + value + ", but must be at least 1");
            }
            this.probes = value;
            return this;
        }

        /**
         * Whether M-FAC may start with an empty window in the middle of training; otherwise the first step of a graph that
         * has been trained before fails, because its window was lost on the way.
         *
         * @param value default false
         * @return this
         */
        public Builder coldStart(boolean value) {
            this.coldStart = value;
            return this;
        }

        /**
         * What happens when no step can be made of a mini-batch, because its loss, gradient or curvature is not finite.
         *
         * @param value default {@link NonFinite#SKIP}
         * @return this
         */
        public Builder nonFinite(NonFinite value) {
            this.nonFinite = Objects.requireNonNull(value, "nonFinite");
            return this;
        }

        /**
         * Names the softmax output from which Sophia's estimator G draws labels; estimator H needs no output. The loss must be
         * the mean over examples of {@code -log p(label)}, as {@code sd.loss.softmaxCrossEntropy} computes without weights;
         * that is checked at every estimate.
         *
         * @param logits name of the variable before the softmax, shape [examples, classes]
         * @param labels name of the placeholder of one-hot labels of the same shape
         * @return this
         */
        public Builder sampledOutput(String logits, String labels) {
            this.sampledOutput = new SampledOutput(
                    Objects.requireNonNull(logits, "logits"), Objects.requireNonNull(labels, "labels"));
            return this;
        }

        /**
         * Makes the listener.
         *
         * @return a new listener
         */
        public SameDiffCurvatureListener build() {
            return new SameDiffCurvatureListener(this);
        }
    }
}

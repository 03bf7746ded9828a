/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.guava.collect.MapMaker;
import org.newton4j.optimizers.update.FusedUpdater;
import org.newton4j.optimizers.update.NonFinite;
import org.newton4j.optimizers.update.NonFiniteException;
import org.newton4j.optimizers.update.WinRate;

/**
 * Supplies every optimizer of a network that needs curvature: {@code net.setListeners(new CurvatureListener())} is all
 * there is to do.
 *
 * <p>Between the gradient and the parameter update Deeplearning4j calls its listeners. At that moment this one finds
 * the optimizers whose configuration asks for curvature in this iteration, evaluates gradients at neighbouring
 * parameters or on sampled labels on a shadow of the network, and hands each optimizer the estimate for its parameters.
 * With batch mean loss L, its Hessian H and Gauss-Newton matrix G, Rademacher probes z (entries ±1), gradients ĝ on labels
 * drawn from the network's output for the N examples, and s {@link Builder#probes(int) probes}, that is
 *
 * <pre>
 * D = (1/s) Σ z ⊙ (H z),     E[D] = diag(H)         AdaHessian, Sophia with estimator H
 * D = (1/s) Σ N ĝ ⊙ ĝ,       E[D] = diag(G)         Sophia with estimator G
 * </pre>
 *
 * because E[z_i z_j] = 1 for i = j and 0 otherwise; for the second see {@link GaussNewtonBartlett}. L contains the L2 regularisation of each variable, as the gradient
 * the optimizer sees does. The sign of entry i of probe p in iteration t is a hash of (seed, t, p, i), and so are sampled
 * labels: a resumed training draws what the uninterrupted one would have drawn, on any backend.
 *
 * <p>The network is left as it was: its score, gradient, recurrent state, batch-norm statistics and the global random
 * stream do not notice, and no other listener sees the extra evaluations. Without an optimizer that needs curvature
 * nothing is computed.
 *
 * <p>Frozen layers stay bit for bit where they are, with every updater, Deeplearning4j's own included: alone it moves a
 * {@code FrozenLayerWithBackprop} by L1, L2 and weight decay.
 *
 * <p>One listener may serve several networks and threads at once. It keeps no state that training depends on, so it
 * is not saved with the model; attach a new one after loading. Example:
 *
 * <pre>{@code
 * MultiLayerConfiguration configuration = new NeuralNetConfiguration.Builder()
 *         .updater(new AdaHessian(0.15))
 *         .list()
 *         .layer(new DenseLayer.Builder().nIn(784).nOut(100).activation(Activation.RELU).build())
 *         .layer(new OutputLayer.Builder().nIn(100).nOut(10).activation(Activation.SOFTMAX).build())
 *         .build();
 * MultiLayerNetwork net = new MultiLayerNetwork(configuration);
 * net.init();
 * net.setListeners(new CurvatureListener());
 * }</pre>
 */
public final class CurvatureListener extends BaseTrainingListener implements Serializable {

    /** Seed of the probes unless another is chosen. */
    public static final long DEFAULT_SEED = 0;

    /** Probes per estimate unless another number is chosen (one, as AdaHessian's reference). */
    public static final int DEFAULT_PROBES = 1;

    private static final long serialVersionUID = 1L;

    /** Seed of the probes. */
    private final long seed;

    /** Probes per estimate. */
    private final int probes;

    /** Cost and exactness of Hessian products. */
    private final HessianProducts products;

    /** Whether preconditioners may start in the middle of training. */
    private final boolean coldStart;

    /** What happens to a step that cannot be made. */
    private final NonFinite nonFinite;

    /** Gradients evaluated beyond plain training. */
    private final AtomicLong gradientEvaluations = new AtomicLong();

    /** By identity and weakly: a network compares by value, and must not be kept alive from here. */
    private transient @Nullable ConcurrentMap<Model, TrainingSession> sessions;

    /** A listener with the default seed and one probe per estimate. */
    public CurvatureListener() {
        this(builder());
    }

    private CurvatureListener(Builder builder) {
        seed = builder.seed;
        probes = builder.probes;
        products = builder.products;
        coldStart = builder.coldStart;
        nonFinite = builder.nonFinite;
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
     * How many gradients were evaluated beyond those of plain training, over all networks.
     *
     * @return a count since construction, in units of one gradient of the mini-batch
     */
    public long gradientEvaluations() {
        return gradientEvaluations.get();
    }

    /**
     * Memory that M-FAC, MKOR and K-FAC hold for a network from one step to the next, outside Deeplearning4j's updater
     * state.
     *
     * @param model the network
     * @return bytes; 0 before the first step, and for a network without such an optimizer
     */
    public static long stateBytes(Model model) {
        return NetworkPreconditioners.stateBytes(model);
    }

    /**
     * How many training steps of a network were left out, because no step could be made of their mini-batches; see {@link
     * NonFinite#SKIP}.
     *
     * @param network a MultiLayerNetwork or ComputationGraph; Not modified
     * @return a count since this object was made or loaded, over all its listeners
     */
    public static long skippedSteps(Model network) {
        return NetworkSteps.skipped(network);
    }

    /**
     * How many coordinates of a network its last training step did not clip; of use with Sophia, see {@link WinRate}.
     *
     * @param network a MultiLayerNetwork or ComputationGraph; Not modified
     * @return over all optimizers that clip, without frozen parameters; its value is NaN if there are none, before the first step, and after loading
     *     or {@code setLearningRate} until the next step
     * @throws IllegalArgumentException if it is another kind of model
     */
    public static WinRate winRate(Model network) {
        if (!Networks.isNetwork(network)) {
            throw new IllegalArgumentException("network is a "
                    + network.getClass().getName() + ", but must be a MultiLayerNetwork or ComputationGraph");
        }
        WinRate sum = WinRate.NONE;
        for (UpdaterBlock block : MovingBlocks.of(network)) {
            if (block.getGradientUpdater() instanceof FusedUpdater updater) {
                WinRate rate = updater.winRate();
                sum = sum.plus(block instanceof FrozenBlock frozen ? rate.without(frozen.frozenParameters()) : rate);
            }
        }
        return sum;
    }

    /**
     * Reads which side of their kinks the activations are on.
     *
     * @param model the network in training
     * @param activations of its layers
     */
    @Override
    public void onForwardPass(Model model, List<INDArray> activations) {
        if (model instanceof MultiLayerNetwork) {
            tap(model, WaitingBlocks::needProducts, session -> session.tapForward(model, activations));
        }
    }

    /**
     * Reads which side of their kinks the activations are on.
     *
     * @param model the network in training
     * @param activations of its vertices
     */
    @Override
    public void onForwardPass(Model model, Map<String, INDArray> activations) {
        if (model instanceof ComputationGraph) {
            tap(model, WaitingBlocks::needProducts, session -> session.tapForward(model, activations));
        }
    }

    /**
     * Remembers what only this callback shows.
     *
     * @param model the network in training
     */
    @Override
    public void onBackwardPass(Model model) {
        if (!Networks.isNetwork(model)) {
            return;
        }
        NetworkSteps.of(model).begin();
        tap(model, waiting -> !waiting.isEmpty(), session -> session.tapBackward(model));
        List<UpdaterBlock> preconditioned = NetworkPreconditioners.blocks(model);
        if (!preconditioned.isEmpty()) {
            try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
                session(model).captureLabels(model);
                NetworkPreconditioners.of(model).afterBackward(model, preconditioned, coldStart);
            }
        }
    }

    /**
     * Estimates and hands over the curvature of this iteration, or sees to it that its step is left out.
     *
     * @param model the network in training
     * @throws NonFiniteException if no step can be made and the listener was told to {@link NonFinite#FAIL}
     */
    @Override
    public void onGradientCalculation(Model model) {
        if (!Networks.isNetwork(model)) {
            // A layer in pretraining: its updater says what is not supported, as it does without this listener.
            return;
        }
        NetworkSteps steps = NetworkSteps.of(model);
        if (!steps.claim(model)) {
            return;
        }
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            try {
                steps.requireUsable(model);
                deliver(model);
            } catch (NonFiniteException e) {
                steps.skip(model, nonFinite, e);
            }
        }
    }

    private void deliver(Model model) {
        WaitingBlocks waiting = WaitingBlocks.afterGradient(model);
        List<UpdaterBlock> preconditioned = NetworkPreconditioners.blocks(model);
        if (waiting.isEmpty() && preconditioned.isEmpty()) {
            return;
        }
        RandomStream stream = RandomStream.here();
        try {
            TrainingSession session = session(model);
            List<INDArray> labels = Arrays.asList(session.labelsOf(model));
            if (!waiting.isEmpty()) {
                gradientEvaluations.addAndGet(session.deliver(model, waiting, seed, probes));
            }
            if (!preconditioned.isEmpty()) {
                gradientEvaluations.addAndGet(
                        NetworkPreconditioners.of(model).deliver(model, preconditioned, labels, coldStart));
            }
        } finally {
            stream.restore();
        }
    }

    /**
     * Ends the iteration, looks at Sophia's win rate, and lets whoever wants to save the network do so before the next
     * step.
     *
     * @param model the network in training
     * @param iteration 0-based
     * @param epoch 0-based
     */
    @Override
    public void iterationDone(Model model, int iteration, int epoch) {
        if (Networks.isNetwork(model)) {
            try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
                NetworkSteps.of(model).end(model);
            }
            session(model).afterStep(model, iteration);
            StepGate.pass(model);
        }
    }

    private void tap(Model model, Predicate<WaitingBlocks> wanted, Consumer<TrainingSession> reader) {
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            if (wanted.test(WaitingBlocks.of(model))) {
                reader.accept(session(model));
            }
        }
    }

    private TrainingSession session(Model model) {
        ConcurrentMap<Model, TrainingSession> map;
        synchronized (this) {
            if (sessions == null) {
                sessions = new MapMaker().weakKeys().makeMap();
            }
            map = sessions;
        }
        return map.computeIfAbsent(model, key -> new TrainingSession(products));
    }

    /** Settings of a listener. */
    public static final class Builder {

        private long seed = DEFAULT_SEED;
        private int probes = DEFAULT_PROBES;
        private HessianProducts products = HessianProducts.FAST;
        private boolean coldStart;
        private NonFinite nonFinite = NonFinite.SKIP;

        private Builder() {}

        /**
         * Seed of the probes and of sampled labels.
         *
         * @param value any number; default {@value #DEFAULT_SEED}
         * @return this
         */
        public Builder seed(long value) {
            this.seed = value;
            return this;
        }

        /**
         * Probes or samples of labels per estimate; the variance of the estimate falls as 1/probes, its cost rises.
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
         * How Hessian products are computed.
         *
         * @param value cost and exactness; default {@link HessianProducts#FAST}, one extra gradient per probe
         * @return this
         */
        public Builder products(HessianProducts value) {
            this.products = Objects.requireNonNull(value, "products");
            return this;
        }

        /**
         * Whether M-FAC, MKOR and K-FAC may start with an empty state in the middle of training; otherwise the first step
         * of a network that has been trained before fails, because its state was probably lost on the way.
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
         * Makes the listener.
         *
         * @return a new listener
         */
        public CurvatureListener build() {
            return new CurvatureListener(this);
        }
    }
}

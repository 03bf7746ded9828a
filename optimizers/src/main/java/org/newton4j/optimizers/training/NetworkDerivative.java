/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.optimizers.training.frozen.FrozenKinks;
import org.newton4j.optimizers.training.frozen.UnknownPartException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The best derivative a network allows: frozen with the tap, frozen with recording, or the tiny step.
 *
 * <p>The way is chosen from the configuration. If the frozen gradient at θ turns out not to be the network's, or an
 * evaluation fails, the next way is taken from then on.
 */
final class NetworkDerivative implements GradientDerivative {

    private static final Logger log = LoggerFactory.getLogger(CurvatureListener.class);

    /** Ways to differentiate, best first. */
    enum Way {
        TAPPED,
        RECORDED,
        TINY_STEP
    }

    /** Weakly: sessions are kept by network, and their values must not keep it alive. */
    private final WeakReference<Model> main;

    private final HessianProducts products;
    private final ParameterLayout layout;
    private final DataType type;
    private final Deque<Way> ways = new ArrayDeque<>();
    private Way way = Way.TINY_STEP;
    private ShadowNetwork shadow;
    private @Nullable FrozenShadow frozenShadow;
    private GradientDerivative derivative;
    private Consumer<ShadowNetwork> loader = network -> {};
    private RandomStream stream = RandomStream.here();
    private boolean tapped;
    private long earlierEvaluations;

    /**
     * Chooses the way and builds the shadow.
     *
     * @param model the network; Not modified, held weakly
     * @param layout of the network
     * @param tapping whether the caller will show the network's passes
     */
    NetworkDerivative(Model model, ParameterLayout layout, HessianProducts products, boolean tapping) {
        this.main = new WeakReference<>(model);
        this.layout = layout;
        this.products = products;
        DataType own = Networks.parameters(model).dataType();
        this.type = products == HessianProducts.EXACT || own == DataType.DOUBLE ? DataType.DOUBLE : DataType.FLOAT;
        if (tapping && own == type) {
            ways.add(Way.TAPPED);
        }
        ways.add(Way.RECORDED);
        ways.add(Way.TINY_STEP);
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            Choice choice = choose();
            this.way = choice.way;
            this.shadow = choice.shadow;
            this.frozenShadow = choice.frozen;
            this.derivative = choice.derivative;
        }
    }

    private record Choice(
            Way way, ShadowNetwork shadow, @Nullable FrozenShadow frozen, GradientDerivative derivative) {}

    Way way() {
        return way;
    }

    /** Prepares products of the loss the network is training on at this moment, from the current random stream. */
    void load(INDArray[] labels) {
        loadWith(network -> network.load(model(), labels));
    }

    /** Prepares products of the loss of a given batch, from the current random stream. */
    void load(MultiDataSet batch, int iteration, int epoch) {
        loadWith(network -> network.load(batch, iteration, epoch));
    }

    /** Shows the forward pass of the network, inside its onForwardPass. */
    void tapForward(List<INDArray> activations) {
        if (way == Way.TAPPED && frozenShadow != null) {
            tap(kinks -> kinks.tapForward((MultiLayerNetwork) model(), activations), frozenShadow.kinks());
            tapped = true;
        }
    }

    /** Shows the forward pass of the network, inside its onForwardPass. */
    void tapForward(Map<String, INDArray> activations) {
        if (way == Way.TAPPED && frozenShadow != null) {
            tap(kinks -> kinks.tapForward((ComputationGraph) model(), activations), frozenShadow.kinks());
            tapped = true;
        }
    }

    /** Shows the network after its backward pass, inside its onBackwardPass. */
    void tapBackward() {
        if (way == Way.TAPPED && tapped && frozenShadow != null) {
            tap(kinks -> kinks.tapBackward(model()), frozenShadow.kinks());
        }
    }

    /**
     * Sets θ; with the tap the network's current gradient is the base.
     *
     * @param parameters flat, rank 1; Not modified; read until the next call
     */
    @Override
    public void moveTo(INDArray parameters) {
        while (true) {
            String problem = tryMoveTo(parameters);
            if (problem == null) {
                return;
            }
            fallBack(problem);
        }
    }

    @Override
    public void along(INDArray direction, double divisor, INDArray out) {
        derivative.along(direction, divisor, out);
    }

    @Override
    public long evaluations() {
        return earlierEvaluations + derivative.evaluations();
    }

    private @Nullable String tryMoveTo(INDArray parameters) {
        if (!(derivative instanceof FrozenDerivative frozen)) {
            derivative.moveTo(parameters);
            return null;
        }
        if (way == Way.TAPPED && !tapped) {
            return "the listener did not see the forward pass";
        }
        tapped = false;
        try {
            if (way == Way.TAPPED) {
                frozen.moveTo(parameters, Networks.gradient(model()));
            } else {
                frozen.moveTo(parameters);
            }
            return frozen.selfCheck();
        } catch (RuntimeException failure) {
            // Whatever fails on the replaced parts only, the next way does not meet; anything else it will repeat.
            log.debug("Frozen gradient failed", failure);
            return failure.toString();
        }
    }

    private void fallBack(String problem) {
        earlierEvaluations += derivative.evaluations();
        Way before = way;
        Choice choice = choose();
        way = choice.way;
        shadow = choice.shadow;
        frozenShadow = choice.frozen;
        derivative = choice.derivative;
        if (way == Way.RECORDED) {
            if (OncePerNetwork.isNew(model(), "tap failed")) {
                log.info(
                        "Hessian products record the network's kinks from now on, at one extra gradient per mini-batch: {}",
                        problem);
            }
        } else if (before != Way.TINY_STEP) {
            // Not by the problem, which may contain a number that differs from one mini-batch to the next.
            logTinyStep("recording failed", problem);
        }
        stream.restore();
        loader.accept(shadow);
    }

    private void tap(Consumer<FrozenKinks> reader, FrozenKinks kinks) {
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            reader.accept(kinks);
        } catch (RuntimeException failure) {
            log.debug("Reading the forward pass failed", failure);
            fallBack(failure.toString());
        }
    }

    private void loadWith(Consumer<ShadowNetwork> newLoader) {
        loader = newLoader;
        stream = RandomStream.here();
        newLoader.accept(shadow);
    }

    /** The first of the remaining ways that the configuration allows. */
    private Choice choose() {
        while (true) {
            Way next = ways.remove();
            if (next == Way.TINY_STEP) {
                ShadowNetwork network = ShadowNetwork.of(model(), DataType.DOUBLE);
                return new Choice(next, network, null, new TinyStepDerivative(network));
            }
            try {
                FrozenShadow frozen = FrozenShadow.of(
                        model(), type, next == Way.TAPPED ? FrozenKinks.Route.TAP : FrozenKinks.Route.RECORD);
                boolean central = products != HessianProducts.FAST;
                return new Choice(next, frozen.network(), frozen, new FrozenDerivative(frozen, layout, central));
            } catch (UnknownPartException unknown) {
                if (next == Way.RECORDED) {
                    String reason = String.valueOf(unknown.getMessage());
                    logTinyStep(reason, reason);
                } else {
                    log.debug("No tap: {}", unknown.getMessage());
                }
            }
        }
    }

    private Model model() {
        Model model = main.get();
        if (model == null) {
            throw new IllegalStateException("the network is gone");
        }
        return model;
    }

    private void logTinyStep(String key, String reason) {
        if (!OncePerNetwork.isNew(model(), key)) {
            return;
        }
        log.info(
                "Hessian products use a DOUBLE copy of the network and cost two of its gradients each (in time 2.1 to "
                        + "3.6 gradients of a FLOAT network): {}",
                reason);
    }
}

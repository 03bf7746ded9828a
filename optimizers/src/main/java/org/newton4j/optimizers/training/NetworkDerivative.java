/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
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
 * The best derivative a network allows: frozen with the tap, frozen with recording, or the tiny step; and for a product that
 * FLOAT cannot give, a frozen copy in DOUBLE.
 *
 * <p>The way is chosen from the configuration. If the frozen gradient turns out not to be the network's, at θ and beside it, or an
 * evaluation fails, the next way is taken from then on: that is a property of the network and found again by every process. Which
 * products are computed anew in DOUBLE is decided product by product.
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
    private Choice chosen;
    /** A recording twin for points where the tap misreads. */
    private @Nullable Choice spare;
    /** The one of both that stands at the present point. */
    private GradientDerivative active;

    private @Nullable Wide wide;
    private Consumer<ShadowNetwork> loader = network -> {};
    private RandomStream stream = RandomStream.here();
    private INDArray point;
    private List<WeightReach> seen = List.of();
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
        this.point = Networks.parameters(model);
        DataType own = point.dataType();
        this.type = products == HessianProducts.EXACT || own == DataType.DOUBLE ? DataType.DOUBLE : DataType.FLOAT;
        if (tapping && own == type) {
            ways.add(Way.TAPPED);
        }
        ways.add(Way.RECORDED);
        ways.add(Way.TINY_STEP);
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            this.chosen = choose();
            this.active = chosen.derivative;
        }
    }

    private record Choice(
            Way way, ShadowNetwork shadow, @Nullable FrozenShadow frozen, GradientDerivative derivative) {}

    /** The copy in DOUBLE, and whether it stands at the present point with the present batch. */
    private static final class Wide {

        final FrozenShadow shadow;
        final FrozenDerivative derivative;
        boolean ready;

        Wide(FrozenShadow shadow, FrozenDerivative derivative) {
            this.shadow = shadow;
            this.derivative = derivative;
        }
    }

    Way way() {
        return chosen.way;
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
        tapForward(
                kinks -> kinks.tapForward((MultiLayerNetwork) model(), activations),
                () -> BendReach.of(model(), model(), activations));
    }

    /** Shows the forward pass of the network, inside its onForwardPass. */
    void tapForward(Map<String, INDArray> activations) {
        tapForward(
                kinks -> kinks.tapForward((ComputationGraph) model(), activations),
                () -> BendReach.of((ComputationGraph) model(), model(), activations));
    }

    private void tapForward(Consumer<FrozenKinks> reader, Supplier<List<WeightReach>> reaches) {
        if (way() == Way.TAPPED && chosen.frozen != null) {
            seen = reaches.get();
            tap(reader, chosen.frozen.kinks());
            tapped = true;
        }
    }

    /** Shows the network after its backward pass, inside its onBackwardPass. */
    void tapBackward() {
        if (way() == Way.TAPPED && tapped && chosen.frozen != null) {
            tap(kinks -> kinks.tapBackward(model()), chosen.frozen.kinks());
        }
    }

    /**
     * Sets θ; with the tap the network's current gradient is the base.
     *
     * @param parameters flat, rank 1; Not modified; read until the next call
     */
    void moveTo(INDArray parameters) {
        point = parameters;
        if (wide != null) {
            wide.ready = false;
        }
        while (true) {
            String problem = tryMoveTo(parameters);
            if (problem == null) {
                return;
            }
            fallBack(problem);
        }
    }

    @Override
    public Product along(INDArray direction, boolean signs, double divisor, INDArray out) {
        Product product = active.along(direction, signs, divisor, out);
        if (product.good() || type == DataType.DOUBLE || way() == Way.TINY_STEP) {
            return product;
        }
        Wide better = wide();
        return better == null ? product : better.derivative.along(direction, signs, divisor, out);
    }

    @Override
    public long evaluations() {
        return earlierEvaluations
                + chosen.derivative.evaluations()
                + (spare == null ? 0 : spare.derivative.evaluations())
                + (wide == null ? 0 : wide.derivative.evaluations());
    }

    /** The copy in DOUBLE at the present point, or null if there is none. */
    private @Nullable Wide wide() {
        try {
            Wide current = wide;
            if (current == null) {
                FrozenShadow copy = FrozenShadow.of(model(), DataType.DOUBLE, FrozenKinks.Route.RECORD);
                current = new Wide(copy, new FrozenDerivative(copy, layout, products));
                wide = current;
                if (OncePerNetwork.isNew(model(), "wide")) {
                    log.info(
                            "Where {} cannot give a Hessian product within the limits of {}, because rounding or bending is too "
                                    + "much for it, the product is computed on a copy in DOUBLE, at 3 to 7 gradients "
                                    + "instead of 1 or 2",
                            type,
                            products);
                }
            }
            if (!current.ready) {
                stream.restore();
                loader.accept(current.shadow.network());
                current.derivative.moveTo(model(), point);
                current.ready = true;
            }
            return current;
        } catch (UnknownPartException unknown) {
            log.debug("No copy in DOUBLE: {}", unknown.getMessage());
            return null;
        }
    }

    /** Moves there on the present way; null, or why that way is closed for this network. */
    private @Nullable String tryMoveTo(INDArray parameters) {
        active = chosen.derivative;
        try {
            if (way() == Way.TINY_STEP) {
                ((TinyStepDerivative) chosen.derivative).moveTo(parameters);
                return null;
            }
            if (way() == Way.TAPPED && !tapped) {
                return "the listener did not see the forward pass";
            }
            tapped = false;
            FrozenDerivative frozen = (FrozenDerivative) chosen.derivative;
            if (way() == Way.TAPPED) {
                Objects.requireNonNull(chosen.frozen).setReaches(seen);
                frozen.moveTo(parameters, Networks.gradient(model()));
            } else {
                frozen.moveTo(model(), parameters);
            }
            String problem = frozen.selfCheck();
            return problem == null || standsAside(frozen, parameters) ? null : problem;
        } catch (RuntimeException failure) {
            if (way() == Way.TINY_STEP) {
                throw failure;
            }
            // Whatever fails on the replaced parts only, the next way does not meet; anything else it will repeat.
            log.debug("Frozen gradient failed", failure);
            return failure.toString();
        }
    }

    /**
     * Gets past a point where the frozen gradient is not the network's: a unit may lie exactly on its kink, where there are two
     * derivatives. That is a matter of this batch and must decide nothing for others.
     *
     * @return false if it is a matter of the network
     */
    private boolean standsAside(FrozenDerivative frozen, INDArray parameters) {
        if (way() == Way.RECORDED) {
            boolean wrong = frozen.isWrongInGeneral(model());
            frozen.moveTo(model(), parameters);
            return !wrong;
        }
        // What was read from the forward pass was misread; a recording reads the same from the inside.
        Choice recorded = spare == null ? choice(Way.RECORDED) : spare;
        spare = recorded;
        if (recorded == null) {
            return false;
        }
        stream.restore();
        loader.accept(recorded.shadow);
        FrozenDerivative inside = (FrozenDerivative) recorded.derivative;
        inside.moveTo(model(), parameters);
        if (inside.isWrongInGeneral(model())) {
            return false;
        }
        inside.moveTo(model(), parameters);
        frozen.checkAgain();
        active = inside;
        return true;
    }

    private void fallBack(String problem) {
        earlierEvaluations += chosen.derivative.evaluations();
        Way before = way();
        chosen = choose();
        active = chosen.derivative;
        if (way() == Way.RECORDED) {
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
        loader.accept(chosen.shadow);
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
        newLoader.accept(chosen.shadow);
    }

    /** The first of the remaining ways that the configuration allows. */
    private Choice choose() {
        while (true) {
            Choice choice = choice(ways.remove());
            if (choice != null) {
                return choice;
            }
        }
    }

    private @Nullable Choice choice(Way wanted) {
        if (wanted == Way.TINY_STEP) {
            WatchedShadow watched = WatchedShadow.of(model(), DataType.DOUBLE);
            return new Choice(wanted, watched.network(), null, new TinyStepDerivative(watched));
        }
        try {
            FrozenShadow frozen = FrozenShadow.of(
                    model(), type, wanted == Way.TAPPED ? FrozenKinks.Route.TAP : FrozenKinks.Route.RECORD);
            return new Choice(wanted, frozen.network(), frozen, new FrozenDerivative(frozen, layout, products));
        } catch (UnknownPartException unknown) {
            if (wanted == Way.RECORDED) {
                String reason = String.valueOf(unknown.getMessage());
                logTinyStep(reason, reason);
            } else {
                log.debug("No tap: {}", unknown.getMessage());
            }
            return null;
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

/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.frozen;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.layers.wrapper.BaseWrapperLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The kinks of one shadow network, held on the side they are on at θ.
 *
 * <p>The gradient of a network of relu, max-pooling and similar parts jumps wherever one of them switches, so a
 * difference of two gradients contains jumps divided by the step, unless the step is tiny. With the pieces held fixed
 *
 * <pre>
 * g_frozen(θ + ε v) = gradient of the smooth function that equals the network's near θ
 * </pre>
 *
 * the derivative of g_frozen at θ is H v almost everywhere (what automatic differentiation returns), and any step that
 * suits a smooth function will do.
 *
 * <p>Which pieces are active comes from a recording evaluation of the shadow at θ, or, without any evaluation, from the
 * activations of the main network's own forward pass (tap). Random masks: plain dropout is tapped; every other noise
 * repeats because each evaluation starts from the same place of the random stream.
 */
public final class FrozenKinks {

    /** Where the active pieces come from. */
    public enum Route {
        /** The activations of the main network. */
        TAP,
        /** An evaluation of the shadow at θ. */
        RECORD
    }

    /** Reads what one part needs from the main network. */
    interface Tap {

        void read(Source source);
    }

    /**
     * What the main network shows at one place.
     *
     * @param layer the layer, without wrappers; null for a vertex without one
     * @param vertex the vertex of a graph, null otherwise
     * @param activation what the layer or vertex returned, null if not known
     */
    record Source(
            @Nullable Layer layer,
            @Nullable GraphVertex vertex,
            @Nullable INDArray activation,
            int iteration,
            int epoch) {

        INDArray input() {
            INDArray input = layer == null ? null : layer.input();
            if (input == null) {
                throw new IllegalStateException("a layer of the network shows no input");
            }
            return input;
        }

        INDArray output() {
            if (activation == null) {
                throw new IllegalStateException("the network shows no activation for a layer");
            }
            return activation;
        }
    }

    private final Recorder recorder;
    private final Map<Object, List<Tap>> forwardTaps;
    private final Map<Object, List<Tap>> backwardTaps;

    private FrozenKinks(Freezer freezer) {
        this.recorder = freezer.recorder;
        this.forwardTaps = freezer.forwardTaps;
        this.backwardTaps = freezer.backwardTaps;
    }

    /**
     * Replaces the parts with kinks.
     *
     * @param configuration of the shadow to be built, a copy; Modified
     * @param route where the active pieces will come from
     * @return the handle on the replaced parts
     * @throws UnknownPartException if a part is not known, or not on this route; the configuration is of no use then
     */
    public static FrozenKinks freeze(MultiLayerConfiguration configuration, Route route) throws UnknownPartException {
        Freezer freezer = new Freezer(route);
        freezer.freeze(configuration);
        return new FrozenKinks(freezer);
    }

    /**
     * Replaces the parts with kinks.
     *
     * @param configuration of the shadow to be built, a copy; Modified
     * @param route where the active pieces will come from
     * @return the handle on the replaced parts
     * @throws UnknownPartException if a part is not known, or not on this route; the configuration is of no use then
     */
    public static FrozenKinks freeze(ComputationGraphConfiguration configuration, Route route)
            throws UnknownPartException {
        Freezer freezer = new Freezer(route);
        freezer.freeze(configuration);
        return new FrozenKinks(freezer);
    }

    /**
     * Whether an activation, once held on its pieces, is a straight line.
     *
     * @param activation of a network; Not modified
     * @return true for identity and every known piecewise linear activation
     */
    public static boolean isStraight(IActivation activation) {
        return activation instanceof ActivationIdentity || KnownParts.kink(activation) instanceof PiecewiseLinear;
    }

    /** Announces an evaluation of the shadow at θ that records. */
    public void startRecording() {
        recorder.startEvaluation(true);
    }

    /** Announces an evaluation of the shadow on the recorded pieces. */
    public void startReplay() {
        recorder.startEvaluation(false);
    }

    /**
     * Whether something was recorded in a new shape since the last call; then the frozen gradient deserves a check.
     *
     * @return true at first
     */
    public boolean takeShapesChanged() {
        return recorder.takeShapesChanged();
    }

    /**
     * Records from the forward pass of the main network; to be called in its onForwardPass.
     *
     * @param main the network; Not modified
     * @param activations the list its listeners get: the input, then the output of each layer but the last
     */
    public void tapForward(MultiLayerNetwork main, List<INDArray> activations) {
        forwardTaps.forEach((place, taps) -> {
            int index = (Integer) place;
            INDArray activation = index + 1 < activations.size() ? activations.get(index + 1) : null;
            readAll(taps, main.getLayer(index), null, activation, main.getIterationCount(), main.getEpochCount());
        });
    }

    /**
     * Records from the forward pass of the main network; to be called in its onForwardPass.
     *
     * @param main the network; Not modified
     * @param activations the map its listeners get, by vertex name
     */
    public void tapForward(ComputationGraph main, Map<String, INDArray> activations) {
        forwardTaps.forEach((place, taps) -> {
            GraphVertex vertex = main.getVertex((String) place);
            readAll(
                    taps,
                    vertex.hasLayer() ? vertex.getLayer() : null,
                    vertex,
                    activations.get((String) place),
                    main.getIterationCount(),
                    main.getEpochCount());
        });
    }

    /**
     * Records what the main network shows only after its backward pass; to be called in its onBackwardPass.
     *
     * @param main the network; Not modified
     */
    public void tapBackward(Model main) {
        backwardTaps.forEach((place, taps) -> {
            if (main instanceof MultiLayerNetwork net) {
                readAll(taps, net.getLayer((Integer) place), null, null, net.getIterationCount(), net.getEpochCount());
            } else {
                ComputationGraph graph = (ComputationGraph) main;
                GraphVertex vertex = graph.getVertex((String) place);
                readAll(taps, vertex.getLayer(), vertex, null, graph.getIterationCount(), graph.getEpochCount());
            }
        });
    }

    private static void readAll(
            List<Tap> taps,
            @Nullable Layer layer,
            @Nullable GraphVertex vertex,
            @Nullable INDArray activation,
            int iteration,
            int epoch) {
        Layer inner = layer;
        while (inner instanceof BaseWrapperLayer wrapper) {
            inner = wrapper.getUnderlying();
        }
        Source source = new Source(inner, vertex, activation, iteration, epoch);
        for (Tap tap : taps) {
            tap.read(source);
        }
    }
}

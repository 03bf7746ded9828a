/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.layers.RecurrentLayer;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossFMeasure;
import org.nd4j.linalg.lossfunctions.impl.LossMixtureDensity;
import org.nd4j.linalg.lossfunctions.impl.LossMultiLabel;
import org.newton4j.optimizers.training.frozen.Losses;

/**
 * A twin of a network, without listeners and updater, on which gradients are evaluated at other parameters.
 *
 * <p>Evaluating on the network itself would fire its listeners, overwrite its score and gradient, and advance the state
 * of truncated backpropagation. The twin is built from a copy of the configuration by its constructor;
 * {@code ComputationGraph.clone()} would share the listener list. Every evaluation after one {@code load} starts from
 * the same place of the random stream and the same recurrent state, so that dropout masks and weight noise are the same
 * in all of them.
 */
abstract class ShadowNetwork {

    private final DataType type;
    private boolean truncated;
    private List<RecurrentState> recurrentStates = List.of();
    private RandomStream stream = RandomStream.here();

    ShadowNetwork(DataType type) {
        this.type = type;
    }

    /**
     * Builds a twin.
     *
     * @param main the network; Not modified
     * @param type precision of the twin, FLOAT or DOUBLE
     */
    static ShadowNetwork of(Model main, DataType type) {
        if (main instanceof MultiLayerNetwork net) {
            return new MultiLayerShadow(net, net.getLayerWiseConfigurations().clone(), type);
        }
        ComputationGraph graph = (ComputationGraph) main;
        return new GraphShadow(graph, graph.getConfiguration().clone(), type);
    }

    /** The twin itself. */
    abstract Model network();

    /** Takes over the mini-batch and masks that {@code main} is training on at this moment. */
    abstract void loadBatch(Model main, INDArray[] labels);

    /** Takes over the given mini-batch. */
    abstract void loadBatch(MultiDataSet batch);

    abstract void setCounts(int iteration, int epoch);

    abstract void evaluate();

    abstract void clearRecurrentState();

    /** Replaces the twin's listeners. */
    abstract void listen(TrainingListener... listeners);

    DataType type() {
        return type;
    }

    /**
     * Prepares evaluations of the loss that {@code main} is training on at this moment. Parameters are not copied.
     *
     * @param main the network inside its onGradientCalculation
     * @param labels one array per output
     */
    final void load(Model main, INDArray[] labels) {
        setCounts(Networks.iteration(main), Networks.epoch(main));
        loadBatch(main, labels);
        truncated = Networks.isTruncatedBackprop(main);
        recurrentStates = truncated ? recurrentStates(main) : List.of();
        stream = RandomStream.here();
    }

    /** Whether sequences are taken whole or in segments. */
    final void setBackpropType(BackpropType backprop) {
        if (network() instanceof MultiLayerNetwork net) {
            net.getLayerWiseConfigurations().setBackpropType(backprop);
        } else {
            ((ComputationGraph) network()).getConfiguration().setBackpropType(backprop);
        }
    }

    /** Prepares evaluations of the loss on a given batch, from the current place of the random stream. */
    final void load(MultiDataSet batch, int iteration, int epoch) {
        setCounts(iteration, epoch);
        loadBatch(batch);
        truncated = Networks.isTruncatedBackprop(network());
        recurrentStates = List.of();
        stream = RandomStream.here();
    }

    /** The twin's own flat parameters, which the caller sets before {@link #gradient()}; rank 1. */
    final INDArray parameters() {
        return Networks.parameters(network());
    }

    /**
     * Gradient of the summed loss at {@link #parameters()}. The random stream of this thread is moved; the caller
     * restores it.
     *
     * @return rank-1 view, overwritten by the next call
     */
    final INDArray gradient() {
        stream.restore();
        if (truncated) {
            // Otherwise an evaluation would start from where the one before it ended.
            clearRecurrentState();
        }
        for (RecurrentState state : recurrentStates) {
            state.restore();
        }
        for (Layer layer : Networks.layers(network())) {
            // VariationalAutoencoder keeps what it drew, in a workspace that is gone by the next evaluation.
            layer.clearNoiseWeightParams();
        }
        evaluate();
        return Networks.gradient(network());
    }

    final @Nullable INDArray cast(@Nullable INDArray array) {
        if (array == null) {
            return null;
        }
        // Integer inputs (embedding indices) keep their type. A view into a workspace must not outlive it.
        INDArray cast = array.dataType().isFPType() ? array.castTo(type) : array;
        return cast.isAttached() ? cast.detach() : cast;
    }

    final INDArray[] castAll(INDArray[] arrays) {
        INDArray[] cast = new INDArray[arrays.length];
        for (int i = 0; i < arrays.length; i++) {
            cast[i] = cast(arrays[i]);
        }
        return cast;
    }

    /**
     * Refuses a loss that cannot be evaluated in the twin's precision: three of Deeplearning4j's create arrays of ND4J's
     * default type whatever the type of the network, and then fail in the middle of an evaluation.
     */
    final void requireUsableLosses() {
        DataType standard = Nd4j.defaultFloatingPointType();
        if (type == standard) {
            return;
        }
        for (Layer layer : Networks.layers(network())) {
            Layer inner = Networks.unwrap(layer);
            ILossFunction loss = inner.conf() == null
                    ? null
                    : LossRounding.inner(Losses.of(inner.conf().getLayer()));
            if (loss instanceof LossMixtureDensity
                    || loss instanceof LossMultiLabel
                    || (loss instanceof LossFMeasure && outputs(inner) > 1)) {
                throw new IllegalStateException(loss.getClass().getSimpleName() + " in layer '"
                        + inner.conf().getLayer().getLayerName() + "' works only in ND4J's default type, which is "
                        + standard + ", but curvature needs it in " + type + "; call Nd4j.setDefaultDataTypes(DataType."
                        + type + ", DataType." + type + ") first, or use products (FAST, CENTRAL) that run in the type "
                        + "of the network, " + standard);
            }
        }
    }

    private static long outputs(Layer layer) {
        return layer.conf().getLayer() instanceof FeedForwardLayer configuration ? configuration.getNOut() : 0;
    }

    private List<RecurrentState> recurrentStates(Model main) {
        List<RecurrentState> states = new ArrayList<>();
        Layer[] mainLayers = Networks.layers(main);
        Layer[] shadowLayers = Networks.layers(network());
        for (int i = 0; i < mainLayers.length; i++) {
            RecurrentLayer from = Networks.recurrent(mainLayers[i]);
            RecurrentLayer to = Networks.recurrent(shadowLayers[i]);
            if (from == null || to == null) {
                continue;
            }
            try {
                Map<String, INDArray> state = new HashMap<>();
                from.rnnGetPreviousState().forEach((name, value) -> state.put(name, cast(value)));
                states.add(new RecurrentState(to, state));
            } catch (UnsupportedOperationException statelessLayer) {
                // Bidirectional layers carry no state from one segment to the next; Deeplearning4j says so by throwing.
            }
        }
        return states;
    }

    /** State at the start of a segment of truncated backpropagation; evaluations advance it, so each restores it. */
    private record RecurrentState(RecurrentLayer layer, Map<String, INDArray> state) {

        void restore() {
            layer.rnnSetPreviousState(state);
            layer.rnnSetTBPTTState(state);
        }
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.api.layers.RecurrentLayer;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.impl.FrozenVertex;
import org.deeplearning4j.nn.layers.FrozenLayer;
import org.deeplearning4j.nn.layers.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.layers.wrapper.BaseWrapperLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.optimizers.update.FlatView;

/**
 * What {@link MultiLayerNetwork} and {@link ComputationGraph} have in common but no interface of Deeplearning4j says.
 */
final class Networks {

    private Networks() {}

    static boolean isNetwork(Model model) {
        return model instanceof MultiLayerNetwork || model instanceof ComputationGraph;
    }

    static int iteration(Model model) {
        return model instanceof MultiLayerNetwork net
                ? net.getIterationCount()
                : ((ComputationGraph) model).getIterationCount();
    }

    static int epoch(Model model) {
        return model instanceof MultiLayerNetwork net
                ? net.getEpochCount()
                : ((ComputationGraph) model).getEpochCount();
    }

    /** Examples of the mini-batch the network is training on. */
    static int examples(Model model) {
        INDArray input =
                model instanceof MultiLayerNetwork net ? net.getInput() : ((ComputationGraph) model).getInput(0);
        return Math.toIntExact(input.size(0));
    }

    /** The live flat parameters, a rank-1 view. */
    static INDArray parameters(Model model) {
        return flat(model.params());
    }

    /**
     * The live flat gradient, a rank-1 view. Inside onGradientCalculation it is the SUM over examples, without L1/L2
     * and clipping.
     */
    static INDArray gradient(Model model) {
        return flat(flattenedGradients(model));
    }

    /** The same, by way of the view that was made at an earlier step. */
    static INDArray gradient(Model model, FlatView known) {
        INDArray gradient = flattenedGradients(model);
        INDArray view = known.of(gradient);
        return view == null ? flat(gradient) : view;
    }

    private static INDArray flattenedGradients(Model model) {
        return model instanceof MultiLayerNetwork net
                ? net.getFlattenedGradients()
                : ((ComputationGraph) model).getFlattenedGradients();
    }

    static INDArray flat(INDArray array) {
        return array.rank() == 1 ? array : array.reshape(array.length());
    }

    /** Divisor between the sum Deeplearning4j accumulates and the loss its updaters see. */
    static double lossDivisor(Model model) {
        return model.conf().isMiniBatch() ? model.batchSize() : 1;
    }

    /** The live updater; created now if this is the first iteration. */
    static BaseMultiLayerUpdater<?> updater(Model model) {
        return model instanceof MultiLayerNetwork net
                ? (BaseMultiLayerUpdater<?>) net.getUpdater()
                : ((ComputationGraph) model).getUpdater();
    }

    /** Layers and parametrised vertices in the order of the flat vectors. */
    static List<Trainable> trainables(Model model) {
        if (model instanceof MultiLayerNetwork net) {
            return Arrays.asList(net.getLayers());
        }
        ComputationGraph graph = (ComputationGraph) model;
        List<Trainable> ordered = new ArrayList<>();
        for (int index : graph.topologicalSortOrder()) {
            GraphVertex vertex = graph.getVertices()[index];
            if (vertex.numParams() > 0) {
                ordered.add(vertex);
            }
        }
        return ordered;
    }

    /** The layer behind a trainable, or null for a parametrised vertex without one. */
    static @Nullable Layer layer(Trainable trainable) {
        if (trainable instanceof GraphVertex vertex) {
            return vertex.hasLayer() ? vertex.getLayer() : null;
        }
        return (Layer) trainable;
    }

    /** Whether a layer or vertex is frozen, on the outside or inside any wrappers. */
    static boolean isFrozen(Trainable trainable) {
        if (trainable instanceof FrozenVertex) {
            return true;
        }
        Layer inner = layer(trainable);
        while (inner instanceof BaseWrapperLayer wrapper) {
            if (inner instanceof FrozenLayer || inner instanceof FrozenLayerWithBackprop) {
                return true;
            }
            inner = wrapper.getUnderlying();
        }
        return false;
    }

    static Layer[] layers(Model model) {
        return model instanceof MultiLayerNetwork net ? net.getLayers() : ((ComputationGraph) model).getLayers();
    }

    static boolean isTruncatedBackprop(Model model) {
        BackpropType type = model instanceof MultiLayerNetwork net
                ? net.getLayerWiseConfigurations().getBackpropType()
                : ((ComputationGraph) model).getConfiguration().getBackpropType();
        return type == BackpropType.TruncatedBPTT;
    }

    /** The layer inside any wrappers. */
    static Layer unwrap(Layer layer) {
        Layer inner = layer;
        while (inner instanceof BaseWrapperLayer wrapper) {
            inner = wrapper.getUnderlying();
        }
        return inner;
    }

    /** The recurrent layer inside any wrappers, or null. */
    static @Nullable RecurrentLayer recurrent(Layer layer) {
        return unwrap(layer) instanceof RecurrentLayer recurrent ? recurrent : null;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.layers.normalization.BatchNormalization;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.optimizers.training.frozen.FrozenKinks;
import org.newton4j.optimizers.training.frozen.UnknownPartException;

/** A twin whose kinks are recorded and replayed, and what is seen in its passes that governs the step of a difference. */
final class FrozenShadow {

    private static final double NORMALIZED = 32;

    private final ShadowNetwork network;
    private final FrozenKinks kinks;
    private final LossRounding rounding;
    private final boolean normalizing;
    private List<WeightReach> reaches = List.of();

    private FrozenShadow(ShadowNetwork network, FrozenKinks kinks, LossRounding rounding) {
        this.network = network;
        this.kinks = kinks;
        this.rounding = rounding;
        this.normalizing = isNormalizing(network.network());
    }

    /**
     * Builds a twin.
     *
     * @param main the network; Not modified
     * @param type precision of the twin
     * @param route where the active pieces will come from
     * @throws UnknownPartException if the network has a part that cannot be frozen on this route
     */
    static FrozenShadow of(Model main, DataType type, FrozenKinks.Route route) throws UnknownPartException {
        FrozenShadow shadow;
        if (main instanceof MultiLayerNetwork net) {
            MultiLayerConfiguration copy = net.getLayerWiseConfigurations().clone();
            FrozenKinks kinks = FrozenKinks.freeze(copy, route);
            LossRounding rounding = LossRounding.watch(copy);
            shadow = new FrozenShadow(new MultiLayerShadow(net, copy, type), kinks, rounding);
        } else {
            ComputationGraph graph = (ComputationGraph) main;
            ComputationGraphConfiguration copy = graph.getConfiguration().clone();
            FrozenKinks kinks = FrozenKinks.freeze(copy, route);
            LossRounding rounding = LossRounding.watch(copy);
            shadow = new FrozenShadow(new GraphShadow(graph, copy, type), kinks, rounding);
        }
        return shadow;
    }

    /** The twin. */
    ShadowNetwork network() {
        return network;
    }

    /** The handle on its kinks. */
    FrozenKinks kinks() {
        return kinks;
    }

    /**
     * Relative rounding of the gradient evaluated last; see {@link LossRounding}. Batch normalisation subtracts means from numbers
     * alike, forwards and backwards; its gradients were seen to be wrong by 16 u.
     */
    double rounding() {
        double seen = rounding.relative(network.type());
        return normalizing ? Math.max(seen, NORMALIZED * LossRounding.unit(network.type())) : seen;
    }

    private static boolean isNormalizing(Model model) {
        for (Layer layer : Networks.layers(model)) {
            if (Networks.unwrap(layer) instanceof BatchNormalization) {
                return true;
            }
        }
        return false;
    }

    /** The weights along the network, as they were seen at θ. */
    List<WeightReach> reaches() {
        return reaches;
    }

    /** Takes over what was seen in the main network's forward pass at θ. */
    void setReaches(List<WeightReach> seen) {
        reaches = seen;
    }

    /**
     * Gradient at the twin's parameters that also records the active pieces; overwritten by the next evaluation.
     *
     * @param main the network the twin was built of, whose activation functions are not replaced; Not modified
     */
    INDArray recordingGradient(Model main) {
        kinks.startRecording();
        network.listen(new ReachListener(main));
        try {
            return network.gradient();
        } finally {
            network.listen();
        }
    }

    /** Gradient at the twin's parameters on the recorded pieces; overwritten by the next evaluation. */
    INDArray frozenGradient() {
        kinks.startReplay();
        return network.gradient();
    }

    /** Reads the inputs of layers while the twin records. */
    private final class ReachListener extends BaseTrainingListener {

        private final Model main;

        ReachListener(Model main) {
            this.main = main;
        }

        @Override
        public void onForwardPass(Model model, List<INDArray> activations) {
            try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
                reaches = BendReach.of(main, model, activations);
            }
        }

        @Override
        public void onForwardPass(Model model, Map<String, INDArray> activations) {
            try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
                reaches = BendReach.of((ComputationGraph) main, model, activations);
            }
        }
    }
}

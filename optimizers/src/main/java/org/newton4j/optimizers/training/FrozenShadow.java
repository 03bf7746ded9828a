/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.newton4j.optimizers.training.frozen.FrozenKinks;
import org.newton4j.optimizers.training.frozen.UnknownPartException;

/**
 * A twin whose kinks are recorded and replayed.
 *
 * @param network the twin
 * @param kinks the handle on its kinks
 */
record FrozenShadow(ShadowNetwork network, FrozenKinks kinks) {

    /**
     * Builds a twin.
     *
     * @param main the network; Not modified
     * @param type precision of the twin
     * @param route where the active pieces will come from
     * @throws UnknownPartException if the network has a part that cannot be frozen on this route
     */
    static FrozenShadow of(Model main, DataType type, FrozenKinks.Route route) throws UnknownPartException {
        if (main instanceof MultiLayerNetwork net) {
            MultiLayerConfiguration copy = net.getLayerWiseConfigurations().clone();
            FrozenKinks kinks = FrozenKinks.freeze(copy, route);
            return new FrozenShadow(new MultiLayerShadow(net, copy, type), kinks);
        }
        ComputationGraph graph = (ComputationGraph) main;
        ComputationGraphConfiguration copy = graph.getConfiguration().clone();
        FrozenKinks kinks = FrozenKinks.freeze(copy, route);
        return new FrozenShadow(new GraphShadow(graph, copy, type), kinks);
    }

    /** Gradient at the twin's parameters that also records the active pieces; overwritten by the next evaluation. */
    org.nd4j.linalg.api.ndarray.INDArray recordingGradient() {
        kinks.startRecording();
        return network.gradient();
    }

    /** Gradient at the twin's parameters on the recorded pieces; overwritten by the next evaluation. */
    org.nd4j.linalg.api.ndarray.INDArray frozenGradient() {
        kinks.startReplay();
        return network.gradient();
    }
}

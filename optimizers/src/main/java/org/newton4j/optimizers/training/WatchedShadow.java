/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A twin as it is, kinks and all, whose losses are watched.
 *
 * @param network the twin
 * @param rounding of the gradient it evaluated last
 */
record WatchedShadow(ShadowNetwork network, LossRounding rounding) {

    /**
     * Builds a twin.
     *
     * @param main the network; Not modified
     * @param type precision of the twin
     */
    static WatchedShadow of(Model main, DataType type) {
        if (main instanceof MultiLayerNetwork net) {
            MultiLayerConfiguration copy = net.getLayerWiseConfigurations().clone();
            LossRounding rounding = LossRounding.watch(copy);
            return new WatchedShadow(new MultiLayerShadow(net, copy, type), rounding);
        }
        ComputationGraph graph = (ComputationGraph) main;
        ComputationGraphConfiguration copy = graph.getConfiguration().clone();
        LossRounding rounding = LossRounding.watch(copy);
        return new WatchedShadow(new GraphShadow(graph, copy, type), rounding);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.generated;

import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.layers.FrozenLayer;
import org.deeplearning4j.nn.layers.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.newton4j.it.network.FixtureNetwork;

/** A MultiLayerNetwork or ComputationGraph, handled alike. */
record Subject(Model model) {

    /** Builds and initialises the network of a configuration, which becomes its own. */
    static Subject of(Object configuration) {
        if (configuration instanceof MultiLayerConfiguration layers) {
            MultiLayerNetwork net = new MultiLayerNetwork(layers);
            net.init();
            return new Subject(net);
        }
        ComputationGraph graph = new ComputationGraph((ComputationGraphConfiguration) configuration);
        graph.init();
        return new Subject(graph);
    }

    boolean isGraph() {
        return model instanceof ComputationGraph;
    }

    void listen(TrainingListener listener) {
        model.setListeners(listener);
    }

    void fit(MultiDataSet batch) {
        if (model instanceof MultiLayerNetwork net) {
            net.fit(single(batch));
        } else {
            ((ComputationGraph) model).fit(batch);
        }
    }

    double[] params() {
        return FixtureNetwork.toArray(model.params());
    }

    /** State of Deeplearning4j's updater, empty if there is none. */
    double[] state() {
        INDArray state = model instanceof MultiLayerNetwork net
                ? net.getUpdater().getStateViewArray()
                : ((ComputationGraph) model).getUpdater().getStateViewArray();
        return state == null ? new double[0] : FixtureNetwork.toArray(state);
    }

    Layer[] layers() {
        return model instanceof MultiLayerNetwork net ? net.getLayers() : ((ComputationGraph) model).getLayers();
    }

    static boolean isFrozen(Layer layer) {
        return layer instanceof FrozenLayer || layer instanceof FrozenLayerWithBackprop;
    }

    /** Parameters of frozen layers, one after the other. */
    double[] frozenParams() {
        double[] all = new double[0];
        for (Layer layer : layers()) {
            if (isFrozen(layer) && layer.numParams() > 0) {
                double[] own = FixtureNetwork.toArray(layer.params());
                int start = all.length;
                all = java.util.Arrays.copyOf(all, start + own.length);
                System.arraycopy(own, 0, all, start, own.length);
            }
        }
        return all;
    }

    static DataSet single(MultiDataSet batch) {
        return new DataSet(
                batch.getFeatures(0),
                batch.getLabels(0),
                batch.getFeaturesMaskArrays() == null ? null : batch.getFeaturesMaskArray(0),
                batch.getLabelsMaskArrays() == null ? null : batch.getLabelsMaskArray(0));
    }
}

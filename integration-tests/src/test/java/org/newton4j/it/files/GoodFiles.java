/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.newton4j.curvature.inverse.KroneckerInverse;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.Kfac;
import org.newton4j.optimizers.Mfac;
import org.newton4j.optimizers.Mkor;
import org.newton4j.optimizers.training.Checkpoints;
import org.newton4j.optimizers.training.CurvatureListener;

/** Small networks with every kind of state, trained for a few steps. */
final class GoodFiles {

    private static final int STEPS = 3;
    private static final int INPUTS = 3;
    private static final int OUTPUTS = 2;

    private GoodFiles() {}

    static List<Model> networks() {
        List<Model> networks = new ArrayList<>();
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            networks.add(layers(new Mkor(new Nesterovs(0.05, 0.9)), type));
            networks.add(
                    layers(Mfac.builder().base(new Nesterovs(0.05)).gradients(2).build(), type));
            networks.add(layers(
                    Kfac.builder()
                            .base(new Sgd(0.05))
                            .inverse(KroneckerInverse.EIGENBASIS)
                            .build(),
                    type));
            networks.add(graph(new Kfac(new Nesterovs(0.05, 0.9)), type));
            networks.add(graph(new AdaHessian(0.05), type));
        }
        networks.forEach(GoodFiles::train);
        return networks;
    }

    static byte[] file(Model network, Path scratch) throws IOException {
        Checkpoints.save(network, scratch);
        return Files.readAllBytes(scratch);
    }

    private static NeuralNetConfiguration.Builder settings(IUpdater updater, DataType type) {
        return new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(type)
                .activation(Activation.TANH)
                .updater(updater);
    }

    private static DenseLayer dense() {
        return new DenseLayer.Builder().nIn(INPUTS).nOut(4).build();
    }

    private static OutputLayer output() {
        return new OutputLayer.Builder()
                .nIn(4)
                .nOut(OUTPUTS)
                .activation(Activation.SOFTMAX)
                .build();
    }

    private static Model layers(IUpdater updater, DataType type) {
        MultiLayerNetwork net = new MultiLayerNetwork(
                settings(updater, type).list().layer(dense()).layer(output()).build());
        net.init();
        net.setListeners(new CurvatureListener());
        return net;
    }

    private static Model graph(IUpdater updater, DataType type) {
        ComputationGraph net = new ComputationGraph(settings(updater, type)
                .graphBuilder()
                .addInputs("in")
                .addLayer("dense", dense(), "in")
                .addLayer("out", output(), "dense")
                .setOutputs("out")
                .build());
        net.init();
        net.setListeners(new CurvatureListener());
        return net;
    }

    private static void train(Model network) {
        DataType type = network.params().dataType();
        INDArray features = Nd4j.rand(type, 5, INPUTS);
        INDArray labels = Nd4j.zeros(type, 5, OUTPUTS);
        for (int i = 0; i < 5; i++) {
            labels.putScalar(i, i % OUTPUTS, 1);
        }
        for (int step = 0; step < STEPS; step++) {
            if (network instanceof MultiLayerNetwork net) {
                net.fit(features, labels);
            } else {
                ((ComputationGraph) network).fit(new INDArray[] {features}, new INDArray[] {labels});
            }
        }
    }
}

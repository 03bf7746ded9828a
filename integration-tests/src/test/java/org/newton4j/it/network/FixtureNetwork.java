/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.network;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.newton4j.it.fixture.FixtureCase;
import org.newton4j.it.fixture.NpyArray;

/**
 * A network built from a golden case, at the case's initial parameters.
 *
 * @param net the network
 * @param layout where the saved parameters sit in its flat vector
 * @param features inputs, in the network's type
 * @param labels targets, in the network's type
 */
public record FixtureNetwork(MultiLayerNetwork net, ParameterLayout layout, INDArray features, INDArray labels) {

    /** Builds the network with plain gradient descent. */
    public static FixtureNetwork of(FixtureCase fixture, DataType type) {
        return of(fixture, type, new Sgd(1), 0);
    }

    /** Builds the network with an updater and decoupled decay of every weight and bias. */
    public static FixtureNetwork of(FixtureCase fixture, DataType type, IUpdater updater, double weightDecay) {
        NetworkSpec spec = NetworkSpec.of(fixture.field("network"));
        MultiLayerNetwork exact = build(spec, DataType.DOUBLE, new Sgd(1), 0);
        ParameterLayout layout = new ParameterLayout(exact, spec.locations());
        double[] flat = toArray(exact.params());
        for (String name : layout.names()) {
            layout.scatter(name, fixture.array(name).values(), flat);
        }
        MultiLayerNetwork net = build(spec, type, updater, weightDecay);
        net.setParams(Nd4j.createFromArray(flat).castTo(type));
        return new FixtureNetwork(net, layout, toNd(fixture.array("x"), type), toNd(fixture.array("y"), type));
    }

    /** Number of examples. */
    public int batchSize() {
        return (int) features.size(0);
    }

    /** The network's parameters as doubles, flat order. */
    public double[] params() {
        return toArray(net.params());
    }

    /** Output in training mode: batch normalisation uses the statistics of the batch. */
    public double[] output() {
        return toArray(net.output(features.dup(), true));
    }

    /** Mean loss at the current parameters, which also leaves {@link #meanGradient} behind. */
    public double meanLoss() {
        net.setInput(features.dup());
        net.setLabels(labels.dup());
        net.computeGradientAndScore();
        // The score contains the decay terms; the loss of a golden case does not.
        return net.score() - net.calcRegularizationScore(true);
    }

    /** Gradient of the mean loss, flat order; DL4J keeps that of the summed loss. */
    public double[] meanGradient() {
        double[] gradient = toArray(net.getFlattenedGradients());
        for (int i = 0; i < gradient.length; i++) {
            gradient[i] /= batchSize();
        }
        return gradient;
    }

    /** Entries of an array as doubles, C order. */
    public static double[] toArray(INDArray array) {
        return array.castTo(DataType.DOUBLE).dup('c').reshape(array.length()).toDoubleVector();
    }

    private static INDArray toNd(NpyArray array, DataType type) {
        return Nd4j.createFromArray(array.values()).reshape('c', array.shape()).castTo(type);
    }

    private static MultiLayerNetwork build(NetworkSpec spec, DataType type, IUpdater updater, double weightDecay) {
        MultiLayerNetwork net = new MultiLayerNetwork(spec.configure(
                new NeuralNetConfiguration.Builder().dataType(type).seed(1).updater(updater), weightDecay));
        net.init();
        return net;
    }
}

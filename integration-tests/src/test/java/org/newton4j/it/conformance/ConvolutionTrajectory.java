/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.newton4j.it.fixture.FixtureCase;
import org.newton4j.it.fixture.NpyArray;
import org.newton4j.optimizers.training.RecordedCurvature;

/**
 * Kind {@code adahessian_conv_trajectory}: raw products of a convolution kernel, averaged the way the listener does it for
 * a real convolution layer of this shape, then stepped.
 */
final class ConvolutionTrajectory implements CaseRunner {

    @Override
    public void run(FixtureCase fixture, Checks checks) {
        NpyArray gradients = fixture.array("grads");
        NpyArray products = fixture.array("zHz");
        NpyArray averages = fixture.array("hessian_used");
        NpyArray expected = fixture.array("params");
        MultiLayerNetwork layer = layer(fixture.array("params0").shape(), fixture);
        FlatTraining training = new FlatTraining(
                UpdaterConfigs.of(fixture, fixture.array("lr").values()),
                UpdaterConfigs.decay(fixture),
                fixture.array("params0").values(),
                fixture.dataType());
        for (int t = 0; t < fixture.field("steps").asInt(); t++) {
            INDArray diagonal = Nd4j.createFromArray(products.row(t)).castTo(fixture.dataType());
            RecordedCurvature.average(diagonal, layer);
            double[] used = FlatTraining.toArray(diagonal);
            checks.compare("averaged |Hz|", fixture.tolerance(), used, broadcast(averages.row(t), used.length));
            training.acceptCurvature(used, t);
            training.step(gradients.row(t), t);
            checks.compare("parameters", fixture.tolerance(), training.params(), expected.row(t));
        }
        ElementwiseTrajectory.compareStates(fixture, training.state(), checks);
    }

    /** A network whose only parameter is a kernel {@code [out, in, kh, kw]}. */
    private static MultiLayerNetwork layer(long[] shape, FixtureCase fixture) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .dataType(fixture.dataType())
                .updater(new Sgd(1))
                .list(
                        new ConvolutionLayer.Builder((int) shape[2], (int) shape[3])
                                .nIn(shape[1])
                                .nOut(shape[0])
                                .hasBias(false)
                                .build(),
                        new CnnLossLayer.Builder(new LossL2())
                                .activation(Activation.IDENTITY)
                                .build())
                .setInputType(InputType.convolutional(shape[2] + 1, shape[3] + 1, shape[1]))
                .build());
        net.init();
        return net;
    }

    private static double[] broadcast(double[] perKernel, int n) {
        int window = n / perKernel.length;
        return IntStream.range(0, n).mapToDouble(i -> perKernel[i / window]).toArray();
    }
}

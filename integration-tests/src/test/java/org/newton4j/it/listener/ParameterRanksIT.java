/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.kernel.Rademacher;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.training.CurvatureListener;

/**
 * Parameters of every rank get their own curvature, at every step: 1-D, 2-D and 3-D convolutions, LSTM and dense layers.
 *
 * <p>A well-known implementation has no branch for ranks 3 and 5: it stops there, or hands on the value of the parameter
 * visited before. Here what reaches the optimizer, |z ⊙ Hz| with spatial averaging, is compared with differences of the
 * network's own gradient, and averaged over kernels found by looking which weights a gradient reaches.
 */
class ParameterRanksIT {

    private static final double BETA2 = 0.999;
    private static final int BATCH = 5;

    /** A layer under test, below a global average and an output layer. */
    private record Row(String name, Layer layer, InputType type, int window, long... shape) {

        @Override
        public String toString() {
            return name;
        }

        MultiLayerNetwork network(boolean averaging) {
            AdaHessian updater = AdaHessian.builder()
                    .learningRate(0.01)
                    .beta2(BETA2)
                    .spatialAveraging(averaging)
                    .build();
            boolean pooled = type.getType() != InputType.Type.FF;
            Layer[] layers = pooled
                    ? new Layer[] {layer.clone(), new GlobalPoolingLayer(PoolingType.AVG), SmallNetworks.output(3)}
                    : new Layer[] {layer.clone(), SmallNetworks.output(3)};
            return SmallNetworks.init(
                    SmallNetworks.builder(updater, DataType.DOUBLE).list(layers).setInputType(type));
        }

        DataSet batch(long seed) {
            return SmallNetworks.data(seed, DataType.DOUBLE, shape);
        }
    }

    static Stream<Row> rows() {
        return Stream.of(
                new Row(
                        "convolution 1-D",
                        new Convolution1DLayer.Builder(3).nIn(2).nOut(3).build(),
                        InputType.recurrent(2, 7),
                        3,
                        BATCH,
                        2,
                        7),
                new Row(
                        "convolution 2-D",
                        new ConvolutionLayer.Builder(3, 2).nIn(2).nOut(3).build(),
                        InputType.convolutional(5, 4, 2),
                        6,
                        BATCH,
                        2,
                        5,
                        4),
                new Row(
                        "convolution 3-D",
                        new Convolution3D.Builder(2, 2, 3).nIn(2).nOut(3).build(),
                        InputType.convolutional3D(Convolution3D.DataFormat.NCDHW, 4, 4, 4, 2),
                        12,
                        BATCH,
                        2,
                        4,
                        4,
                        4),
                new Row("LSTM", new LSTM.Builder().nIn(2).nOut(3).build(), InputType.recurrent(2, 6), 1, BATCH, 2, 6),
                new Row(
                        "dense",
                        new DenseLayer.Builder().nIn(4).nOut(3).build(),
                        InputType.feedForward(4),
                        1,
                        BATCH,
                        4));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void D6_should_give_every_parameter_its_own_curvature(Row row) {
        for (boolean averaging : new boolean[] {false, true}) {
            MultiLayerNetwork net = row.network(averaging);
            net.setListeners(new CurvatureListener());
            int n = Math.toIntExact(net.numParams());
            double[] moment = new double[n];
            for (int step = 0; step < 3; step++) {
                // Another batch and another θ at every step: what was known before is of no use.
                DataSet batch = row.batch(10 + step);
                double[] expected = curvature(net, batch, step);
                if (averaging) {
                    averageOver(kernels(row, net), expected);
                }
                double[] before = moment;
                net.fit(batch);
                moment = States.firstCurvature(net, BETA2);
                double largest = 0;
                for (double value : expected) {
                    largest = Math.max(largest, value);
                }
                assertThat(largest).isGreaterThan(1e-3);
                for (int i = 0; i < n; i++) {
                    // V(t) = β₂ V(t-1) + (1 - β₂) D²; States gives √(V / (1 - β₂)).
                    double square = moment[i] * moment[i] - BETA2 * before[i] * before[i];
                    assertThat(Math.sqrt(Math.max(0, square)))
                            .as("step %d, parameter %d, averaging %s", step, i, averaging)
                            .isCloseTo(expected[i], within(1e-4 * largest + 1e-4 * expected[i]));
                }
            }
        }
    }

    /** |z ⊙ Hz| for the probe of this iteration. */
    private static double[] curvature(MultiLayerNetwork net, DataSet batch, int iteration) {
        int n = Math.toIntExact(net.numParams());
        INDArray z = Nd4j.create(DataType.DOUBLE, n);
        Rademacher.fill(z, CurvatureListener.DEFAULT_SEED, iteration, 0, 0);
        // These networks are smooth, so a plain difference along z will do. On a copy: training must not notice.
        double h = 1e-5;
        MultiLayerNetwork copy = net.clone();
        copy.params().addi(z.mul(h));
        double[] above = gradient(copy, batch);
        copy.params().subi(z.mul(2 * h));
        double[] below = gradient(copy, batch);
        double[] product = new double[n];
        for (int j = 0; j < n; j++) {
            product[j] = Math.abs((above[j] - below[j]) / (2 * h) / BATCH);
        }
        return product;
    }

    private static double[] gradient(MultiLayerNetwork net, DataSet batch) {
        net.setInput(batch.getFeatures());
        net.setLabels(batch.getLabels());
        net.computeGradientAndScore();
        return FixtureNetwork.toArray(net.getFlattenedGradients());
    }

    /**
     * The weights of the kernel from input channel i to output channel o are those whose gradient is not zero when only
     * channel i carries a signal and the next layer reads only channel o.
     */
    private static List<List<Integer>> kernels(Row row, MultiLayerNetwork trained) {
        List<List<Integer>> kernels = new ArrayList<>();
        if (row.window() == 1) {
            return kernels;
        }
        MultiLayerNetwork net = trained.clone();
        INDArray weights = net.getParam("0_W");
        int start = Math.toIntExact(weights.offset() - net.params().offset());
        INDArray kept = net.getParam("2_W").dup();
        for (int in = 0; in < 2; in++) {
            for (int out = 0; out < 3; out++) {
                DataSet batch = row.batch(1);
                INDArray features = Nd4j.zerosLike(batch.getFeatures());
                for (int example = 0; example < BATCH; example++) {
                    features.slice(example)
                            .slice(in)
                            .assign(batch.getFeatures().slice(example).slice(in));
                }
                net.getParam("2_W").assign(0);
                net.getParam("2_W").getRow(out).assign(kept.getRow(out));
                double[] gradient = gradient(net, new DataSet(features, batch.getLabels()));
                List<Integer> kernel = new ArrayList<>();
                for (int i = start; i < start + weights.length(); i++) {
                    if (gradient[i] != 0) {
                        kernel.add(i);
                    }
                }
                assertThat(kernel).as("kernel %d to %d", in, out).hasSize(row.window());
                kernels.add(kernel);
            }
        }
        return kernels;
    }

    private static void averageOver(List<List<Integer>> kernels, double[] values) {
        for (List<Integer> kernel : kernels) {
            double mean = kernel.stream().mapToDouble(i -> values[i]).average().orElseThrow();
            kernel.forEach(i -> values[i] = mean);
        }
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.training.CurvatureListener;

/**
 * Spatial averaging: the mean of |D| over the window of each kernel, 2-D kernels as the reference does it, 1-D and 3-D
 * kernels, for which the reference fails or uses the value of another parameter, by the same rule.
 */
class SpatialAveragingIT {

    private static final double BETA2 = 0.999;

    @Test
    void should_average_over_two_dimensional_kernels() {
        Layer layer = new ConvolutionLayer.Builder(3, 2).nIn(2).nOut(3).build();
        check(layer, InputType.convolutional(5, 4, 2), new long[] {8, 2, 5, 4}, 3 * 2, false);
    }

    /** Deeplearning4j's forward pass reads the weights as {@code [k, in, out]}, whatever the shape in the table says. */
    @Test
    void should_average_over_one_dimensional_kernels() {
        Layer layer = new Convolution1DLayer.Builder(3).nIn(2).nOut(3).build();
        check(layer, InputType.recurrent(2, 7), new long[] {8, 2, 7}, 3, true);
    }

    @Test
    void should_average_over_three_dimensional_kernels() {
        Layer layer = new Convolution3D.Builder(2, 2, 3).nIn(2).nOut(3).build();
        check(
                layer,
                InputType.convolutional3D(Convolution3D.DataFormat.NCDHW, 4, 4, 4, 2),
                new long[] {8, 2, 4, 4, 4},
                2 * 2 * 3,
                false);
    }

    /** Trains one step with and without averaging: same probes, so the averaged run must hold the means of the other. */
    private static void check(Layer layer, InputType type, long[] shape, int window, boolean apart) {
        MultiLayerNetwork raw = train(layer, type, shape, false);
        MultiLayerNetwork averaged = train(layer, type, shape, true);
        double[] d = States.firstCurvature(raw, BETA2);
        double[] used = States.firstCurvature(averaged, BETA2);
        INDArray w = raw.getParam("0_W");
        assertThat(w.length()).isEqualTo(3L * 2 * window);
        int start = Math.toIntExact(w.offset() - raw.params().offset());
        boolean[] inKernel = new boolean[d.length];
        int kernels = Math.toIntExact(w.length() / window);
        for (int k = 0; k < kernels; k++) {
            int first = start + (apart ? k : k * window);
            int stride = apart ? kernels : 1;
            double mean = 0;
            for (int i = 0; i < window; i++) {
                mean += d[first + i * stride] / window;
                inKernel[first + i * stride] = true;
            }
            for (int i = 0; i < window; i++) {
                assertThat(used[first + i * stride])
                        .as("entry %d of kernel %d", i, k)
                        .isCloseTo(mean, within(1e-9 + 1e-6 * mean));
            }
        }
        for (int i = 0; i < d.length; i++) {
            if (!inKernel[i]) {
                assertThat(used[i]).as("parameter %d, no kernel", i).isEqualTo(d[i]);
            }
        }
    }

    private static MultiLayerNetwork train(Layer layer, InputType type, long[] shape, boolean averaging) {
        AdaHessian updater = AdaHessian.builder()
                .learningRate(0.01)
                .beta2(BETA2)
                .spatialAveraging(averaging)
                .build();
        MultiLayerNetwork net = SmallNetworks.init(SmallNetworks.builder(updater, DataType.DOUBLE)
                .list(layer.clone(), new GlobalPoolingLayer(PoolingType.AVG), SmallNetworks.output(3))
                .setInputType(type));
        DataSet batch = SmallNetworks.data(5, DataType.DOUBLE, shape);
        net.setListeners(new CurvatureListener());
        net.fit(batch);
        return net;
    }
}

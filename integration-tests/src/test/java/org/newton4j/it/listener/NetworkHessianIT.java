/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.optimizers.training.NetworkHessian;

/** The Hessian of a network as users get it: zero where nothing is trained, symmetric, without side effects. */
class NetworkHessianIT {

    private final DataSet batch = SmallNetworks.data(1, DataType.DOUBLE);

    @Test
    void should_have_zero_rows_and_columns_for_the_statistics_of_batch_normalisation() {
        MultiLayerNetwork net = SmallNetworks.batchNorm(new Sgd(), DataType.DOUBLE);
        int first =
                Math.toIntExact(net.getParam("1_mean").offset() - net.params().offset());
        assertZeroRowsAndColumns(net, first, first + 12);
    }

    @Test
    void should_have_zero_rows_and_columns_for_frozen_layers() {
        DenseLayer dense =
                new DenseLayer.Builder().nIn(SmallNetworks.FEATURES).nOut(6).build();
        for (org.deeplearning4j.nn.conf.layers.Layer frozen :
                List.of(new FrozenLayer(dense.clone()), new FrozenLayerWithBackprop(dense.clone()))) {
            MultiLayerNetwork net = SmallNetworks.init(
                    SmallNetworks.builder(new Sgd(), DataType.DOUBLE).list(frozen, SmallNetworks.output(6)));
            assertZeroRowsAndColumns(net, 0, SmallNetworks.FEATURES * 6 + 6);
        }
    }

    @Test
    void should_be_symmetric_with_dropout_and_leave_network_and_random_stream_alone() {
        MultiLayerNetwork net = SmallNetworks.mlp(new Sgd(), DataType.DOUBLE, b -> b.dropOut(new Dropout(0.7)));
        double[] params = States.params(net);
        List<Long> stream = States.randomStream();
        NetworkHessian hessian = NetworkHessian.of(net, batch);
        INDArray u = direction(net, 3);
        INDArray v = direction(net, 4);
        double uHv = product(hessian, v).mul(u).sumNumber().doubleValue();
        double vHu = product(hessian, u).mul(v).sumNumber().doubleValue();
        assertThat(uHv).isCloseTo(vHu, within(1e-4 * Math.abs(vHu))).isNotZero();
        assertThat(States.params(net)).isEqualTo(params);
        assertThat(States.randomStream()).isEqualTo(stream);
        assertThat(net.getIterationCount()).isZero();
    }

    private void assertZeroRowsAndColumns(MultiLayerNetwork net, int from, int to) {
        NetworkHessian hessian = NetworkHessian.of(net, batch);
        INDArray everywhere = direction(net, 2);
        INDArray trainable = everywhere.dup();
        INDArray untrainable = everywhere.dup();
        for (int i = 0; i < net.numParams(); i++) {
            (i >= from && i < to ? trainable : untrainable).putScalar(i, 0);
        }
        double[] product = FixtureNetwork.toArray(product(hessian, everywhere));
        double largest = 0;
        for (int i = 0; i < product.length; i++) {
            if (i >= from && i < to) {
                assertThat(product[i]).as("row %d", i).isZero();
            }
            largest = Math.max(largest, Math.abs(product[i]));
        }
        assertThat(largest).isPositive();
        // The step of the difference adapts from product to product, so equal means up to its error.
        assertThat(FixtureNetwork.toArray(product(hessian, trainable)))
                .usingComparatorWithPrecision(1e-8 * largest)
                .containsExactly(product);
        assertThat(FixtureNetwork.toArray(product(hessian, untrainable))).containsOnly(0);
    }

    private static INDArray product(NetworkHessian hessian, INDArray v) {
        INDArray out = Nd4j.create(DataType.DOUBLE, hessian.dimension());
        hessian.multiply(v, out);
        return out;
    }

    private static INDArray direction(MultiLayerNetwork net, long seed) {
        return SmallNetworks.data(seed, DataType.DOUBLE, 1, net.numParams())
                .getFeatures()
                .reshape(net.numParams());
    }
}

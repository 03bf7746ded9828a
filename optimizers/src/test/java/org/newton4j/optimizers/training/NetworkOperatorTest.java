/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.newton4j.optimizers.training.GaussNewtonNets.EXAMPLES;
import static org.newton4j.optimizers.training.GaussNewtonNets.IN;
import static org.newton4j.optimizers.training.GaussNewtonNets.OUT;
import static org.newton4j.optimizers.training.GaussNewtonNets.mlp;
import static org.newton4j.optimizers.training.GaussNewtonNets.oneHot;
import static org.newton4j.optimizers.training.GaussNewtonNets.ramp;

import java.util.List;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.newton4j.curvature.operator.DampedOperator;
import org.newton4j.curvature.operator.LinearOperator;

/** A product is the same wherever its vectors lie, for every operator on a network. */
class NetworkOperatorTest {

    private final DataSet batch = new DataSet(ramp(EXAMPLES, IN), oneHot(EXAMPLES, OUT));
    private final MultiLayerNetwork net = mlp(Activation.TANH, new LossMCXENT(), Activation.SOFTMAX);
    private final int d = (int) net.numParams();
    private final INDArray v = ramp(1, d).reshape(d);

    private List<LinearOperator> operators() {
        return List.of(
                NetworkHessian.of(net, batch),
                NetworkGaussNewton.of(net, batch),
                NetworkFisher.of(net, batch, 0.1),
                DataSetOperator.hessian(net, new ListDataSetIterator<>(batch.asList(), 3), (n, m) -> {}),
                NetworkHessian.of(net, batch).layer("layer1"),
                new DampedOperator(NetworkHessian.of(net, batch), 0.1));
    }

    @Test
    void should_read_and_write_vectors_wherever_they_lie() {
        for (LinearOperator operator : operators()) {
            int n = (int) operator.dimension();
            INDArray x = v.get(NDArrayIndex.interval(0, n)).dup();
            INDArray expected = Nd4j.create(DataType.DOUBLE, n);
            operator.multiply(x, expected);
            INDArray columns = Nd4j.create(DataType.DOUBLE, n, 3);
            columns.getColumn(2).assign(x);
            for (INDArray in : List.of(x, x.reshape(1, n), columns.getColumn(2))) {
                for (INDArray out : List.of(
                        Nd4j.create(DataType.DOUBLE, new long[] {1, n}, 'f'),
                        columns.getColumn(1),
                        columns.getColumn(1, true),
                        Nd4j.create(DataType.DOUBLE, 2 * n).get(NDArrayIndex.interval(0, 2, 2 * n)))) {
                    out.assign(Double.NaN);
                    operator.multiply(in, out);
                    assertThat(out.dup('c').reshape(n))
                            .as(operator.getClass().getName())
                            .isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void should_refuse_matrices_and_shared_memory() {
        for (LinearOperator operator : operators()) {
            int n = (int) operator.dimension();
            INDArray x = Nd4j.ones(DataType.DOUBLE, n);
            for (char order : new char[] {'c', 'f'}) {
                INDArray folded = Nd4j.ones(DataType.DOUBLE, 2 * n).reshape(order, n, 2);
                assertThatThrownBy(() -> operator.multiply(x, folded))
                        .hasMessageMatching("out (must be a vector|has length).*");
                assertThatThrownBy(() -> operator.multiply(folded, x))
                        .hasMessageMatching("in (must be a vector|has length).*");
            }
            assertThatThrownBy(() -> operator.multiply(x, x.reshape(1, n)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("pass a second vector");
        }
    }
}

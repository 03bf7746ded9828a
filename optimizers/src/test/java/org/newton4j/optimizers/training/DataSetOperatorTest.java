/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.newton4j.optimizers.training.GaussNewtonNets.IN;
import static org.newton4j.optimizers.training.GaussNewtonNets.OUT;
import static org.newton4j.optimizers.training.GaussNewtonNets.dense;
import static org.newton4j.optimizers.training.GaussNewtonNets.error;
import static org.newton4j.optimizers.training.GaussNewtonNets.mlp;
import static org.newton4j.optimizers.training.GaussNewtonNets.oneHot;
import static org.newton4j.optimizers.training.GaussNewtonNets.ramp;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.adapter.MultiDataSetIteratorAdapter;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.newton4j.curvature.operator.EmpiricalFisher;

class DataSetOperatorTest {

    private static final int EXAMPLES = 11;
    private static final int BATCH = 4;
    private static final DataSet ALL = new DataSet(ramp(EXAMPLES, IN), oneHot(EXAMPLES, OUT));
    private static final DataSetOperator.Progress QUIET = (batches, examples) -> {};

    @Test
    void should_equal_one_big_batch_although_the_last_one_is_smaller() {
        MultiLayerNetwork net = mlp(Activation.TANH, new LossMCXENT(), Activation.SOFTMAX);

        assertThat(error(
                        dense(DataSetOperator.gaussNewton(net, batches(), QUIET)),
                        dense(NetworkGaussNewton.of(net, ALL))))
                .isLessThan(1e-7);
        assertThat(error(dense(DataSetOperator.hessian(net, batches(), QUIET)), dense(NetworkHessian.of(net, ALL))))
                .isLessThan(1e-4);
    }

    @Test
    void should_equal_one_big_batch_of_a_graph() {
        MultiLayerNetwork net = mlp(Activation.TANH, new LossMCXENT(), Activation.SOFTMAX);
        ComputationGraph graph = net.toComputationGraph();

        assertThat(error(
                        dense(DataSetOperator.gaussNewton(graph, new MultiDataSetIteratorAdapter(batches()), QUIET)),
                        dense(NetworkGaussNewton.of(net, ALL))))
                .isLessThan(1e-7);
        assertThat(error(
                        dense(DataSetOperator.hessian(graph, new MultiDataSetIteratorAdapter(batches()), QUIET)),
                        dense(NetworkHessian.of(net, ALL))))
                .isLessThan(1e-4);
    }

    @Test
    void should_take_any_operator_of_a_batch_and_report_progress() {
        MultiLayerNetwork net = mlp(Activation.TANH, new LossMCXENT(), Activation.SOFTMAX);
        List<String> seen = new ArrayList<>();
        DataSetOperator operator = DataSetOperator.of(
                net.numParams(),
                new MultiDataSetIteratorAdapter(batches()),
                batch -> new EmpiricalFisher(
                        NetworkFisher.of(net.toComputationGraph(), batch, 0).gradients(), 0),
                (batches, examples) -> seen.add(batches + ":" + examples));
        INDArray v = ramp(net.numParams());
        INDArray out = Nd4j.create(DataType.DOUBLE, net.numParams());
        INDArray expected = Nd4j.create(DataType.DOUBLE, net.numParams());

        operator.multiply(v, out);
        NetworkFisher.of(net, ALL, 0).multiply(v, expected);

        assertThat(error(out, expected)).isLessThan(1e-12);
        assertThat(seen).containsExactly("1:4", "2:8", "3:11");
    }

    @Test
    void should_follow_the_parameters_of_the_network() {
        MultiLayerNetwork net = mlp(Activation.TANH, new LossMCXENT(), Activation.SOFTMAX);
        DataSetOperator operator = DataSetOperator.gaussNewton(net, batches(), QUIET);
        dense(operator);
        net.params().muli(1.5);

        assertThat(error(dense(operator), dense(NetworkGaussNewton.of(net, ALL))))
                .isLessThan(1e-7);
    }

    @Test
    void should_refuse_iterators_that_are_empty_or_cannot_start_again() {
        MultiLayerNetwork net = mlp(Activation.TANH, new LossMCXENT(), Activation.SOFTMAX);
        DataSetIterator once = new ListDataSetIterator<>(ALL.asList(), BATCH) {
            @Override
            public boolean resetSupported() {
                return false;
            }
        };
        assertThatThrownBy(() -> DataSetOperator.gaussNewton(net, once, QUIET))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cannot be reset");
        DataSetOperator empty =
                DataSetOperator.gaussNewton(net, new ListDataSetIterator<>(new ArrayList<>(), BATCH), QUIET);
        INDArray v = Nd4j.ones(DataType.DOUBLE, net.numParams());
        assertThatThrownBy(() -> empty.multiply(v, v.dup()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no examples");
    }

    private static DataSetIterator batches() {
        return new ListDataSetIterator<>(ALL.asList(), BATCH);
    }
}

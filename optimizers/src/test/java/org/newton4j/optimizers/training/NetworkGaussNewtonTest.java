/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.newton4j.optimizers.training.GaussNewtonNets.EXAMPLES;
import static org.newton4j.optimizers.training.GaussNewtonNets.IN;
import static org.newton4j.optimizers.training.GaussNewtonNets.OUT;
import static org.newton4j.optimizers.training.GaussNewtonNets.dense;
import static org.newton4j.optimizers.training.GaussNewtonNets.error;
import static org.newton4j.optimizers.training.GaussNewtonNets.mlp;
import static org.newton4j.optimizers.training.GaussNewtonNets.oneHot;
import static org.newton4j.optimizers.training.GaussNewtonNets.ramp;

import java.util.function.Function;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossHinge;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT;
import org.newton4j.curvature.operator.LinearOperator;

class NetworkGaussNewtonTest {

    private static final INDArray X = ramp(EXAMPLES, IN);

    @Test
    void should_be_the_dense_matrix_for_softmax_and_cross_entropy() {
        matchesDense(new LossMCXENT(), Activation.SOFTMAX, oneHot(EXAMPLES, OUT), NetworkGaussNewtonTest::softmax);
    }

    @Test
    void should_weigh_examples_by_the_weight_of_their_class() {
        INDArray weights = Nd4j.createFromArray(new double[][] {{1, 2, 5}});
        INDArray y = oneHot(EXAMPLES, OUT);
        INDArray c = y.mulRowVector(weights).sum(1);
        MultiLayerNetwork net = mlp(Activation.TANH, new LossMCXENT(weights), Activation.SOFTMAX);
        INDArray expected = oracle(net, (n, z) -> softmax(z).mul(c.getDouble(n)));

        assertThat(error(dense(NetworkGaussNewton.of(net, new DataSet(X, y))), expected))
                .isLessThan(1e-7);
    }

    @Test
    void should_accept_class_numbers_as_labels() {
        INDArray weights = Nd4j.createFromArray(new double[][] {{1, 2, 5}});
        INDArray y = oneHot(EXAMPLES, OUT);
        INDArray numbers = y.argMax(1).castTo(DataType.DOUBLE).reshape(EXAMPLES, 1);
        INDArray sparse = dense(NetworkGaussNewton.of(
                mlp(Activation.TANH, new LossSparseMCXENT(weights), Activation.SOFTMAX), new DataSet(X, numbers)));
        INDArray full = dense(NetworkGaussNewton.of(
                mlp(Activation.TANH, new LossMCXENT(weights), Activation.SOFTMAX), new DataSet(X, y)));

        assertThat(error(sparse, full)).isLessThan(1e-12);
    }

    @Test
    void should_be_the_dense_matrix_for_sigmoid_and_binary_cross_entropy() {
        INDArray y = ramp(EXAMPLES, OUT).gt(0).castTo(DataType.DOUBLE);
        matchesDense(new LossBinaryXENT(), Activation.SIGMOID, y, z -> {
            INDArray p = sigmoid(z);
            return Nd4j.diag(p.mul(p.rsub(1)));
        });
    }

    @Test
    void should_be_the_dense_matrix_for_squared_errors_behind_any_activation() {
        INDArray y = ramp(EXAMPLES, OUT);
        matchesDense(
                new LossL2(),
                Activation.IDENTITY,
                y,
                z -> Nd4j.eye(OUT).castTo(DataType.DOUBLE).mul(2));
        matchesDense(new LossMSE(), Activation.SIGMOID, y, z -> {
            INDArray p = sigmoid(z);
            INDArray slope = p.mul(p.rsub(1));
            return Nd4j.diag(slope.mul(slope).mul(2.0 / OUT));
        });
        matchesDense(
                new LossL2(),
                Activation.SOFTMAX,
                y,
                z -> softmax(z).mmul(softmax(z)).mul(2));
    }

    @Test
    void should_equal_the_hessian_where_the_outputs_are_linear_in_the_parameters() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .dataType(DataType.DOUBLE)
                .list()
                .layer(output(LossFunction.MCXENT, Activation.SOFTMAX))
                .build());
        net.init();
        DataSet batch = new DataSet(X, oneHot(EXAMPLES, OUT));

        equalsHessian(NetworkGaussNewton.of(net, batch), NetworkHessian.of(net, batch));
    }

    @Test
    void should_add_up_the_outputs_of_a_graph() {
        ComputationGraph net = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .dataType(DataType.DOUBLE)
                .graphBuilder()
                .addInputs("a", "b")
                .addLayer("classes", output(LossFunction.MCXENT, Activation.SOFTMAX), "a")
                .addLayer("values", output(LossFunction.MSE, Activation.IDENTITY), "b")
                .setOutputs("classes", "values")
                .build());
        net.init();
        MultiDataSet batch = new MultiDataSet(
                new INDArray[] {X, X.mul(2)}, new INDArray[] {oneHot(EXAMPLES, OUT), ramp(EXAMPLES, OUT)});

        equalsHessian(NetworkGaussNewton.of(net, batch), NetworkHessian.of(net, batch));
    }

    @Test
    void should_sum_time_steps_and_leave_out_masked_ones() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .dataType(DataType.DOUBLE)
                .list()
                .layer(new RnnOutputLayer.Builder(LossFunction.MCXENT)
                        .activation(Activation.SOFTMAX)
                        .nIn(IN)
                        .nOut(2)
                        .build())
                .setInputType(InputType.recurrent(IN))
                .build());
        net.init();
        INDArray labels = Nd4j.zeros(DataType.DOUBLE, EXAMPLES, 2, 4);
        for (int n = 0; n < EXAMPLES; n++) {
            for (int t = 0; t < 4; t++) {
                labels.putScalar(n, (n + t) % 2, t, 1);
            }
        }
        INDArray mask = Nd4j.ones(DataType.DOUBLE, EXAMPLES, 4);
        mask.putScalar(0, 3, 0);
        mask.putScalar(2, 2, 0);
        mask.putScalar(2, 3, 0);
        INDArray x = ramp(EXAMPLES, IN, 4);
        NetworkGaussNewton masked = NetworkGaussNewton.of(net, new DataSet(x, labels, null, mask));
        NetworkGaussNewton unmasked = NetworkGaussNewton.of(net, new DataSet(x, labels));

        equalsHessian(masked, NetworkHessian.of(net, new DataSet(x, labels, null, mask)));
        assertThat(error(dense(masked), dense(unmasked))).isGreaterThan(1e-2);
    }

    @Test
    void should_sum_pixels() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .dataType(DataType.DOUBLE)
                .list()
                .layer(new ConvolutionLayer.Builder(1, 1)
                        .nIn(2)
                        .nOut(2)
                        .activation(Activation.IDENTITY)
                        .build())
                .layer(new CnnLossLayer.Builder(LossFunction.XENT)
                        .activation(Activation.SIGMOID)
                        .build())
                .setInputType(InputType.convolutional(3, 2, 2))
                .build());
        net.init();
        DataSet batch = new DataSet(
                ramp(EXAMPLES, 2, 3, 2), ramp(EXAMPLES, 2, 3, 2).gt(0).castTo(DataType.DOUBLE));

        equalsHessian(NetworkGaussNewton.of(net, batch), NetworkHessian.of(net, batch));
    }

    @Test
    void should_be_symmetric_and_positive_semidefinite_across_kinks_and_batch_statistics() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(3)
                .dataType(DataType.FLOAT)
                .list()
                .layer(new ConvolutionLayer.Builder(3, 3)
                        .nOut(3)
                        .activation(Activation.RELU)
                        .build())
                .layer(new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX).build())
                .layer(new BatchNormalization())
                .layer(new DenseLayer.Builder()
                        .nOut(6)
                        .activation(Activation.RELU)
                        .dropOut(0.7)
                        .build())
                .layer(new OutputLayer.Builder(LossFunction.MCXENT)
                        .activation(Activation.SOFTMAX)
                        .nOut(OUT)
                        .build())
                .setInputType(InputType.convolutional(8, 8, 1))
                .build());
        net.init();
        INDArray before = net.params().dup();
        RandomStream stream = RandomStream.here();
        NetworkGaussNewton g = NetworkGaussNewton.of(net, new DataSet(ramp(EXAMPLES, 1, 8, 8), oneHot(EXAMPLES, OUT)));

        INDArray matrix = dense(g);

        assertThat(error(matrix.transpose(), matrix)).isLessThan(1e-5);
        INDArray symmetric = matrix.add(matrix.transpose()).div(2);
        INDArray values = Nd4j.zeros(DataType.DOUBLE, matrix.rows());
        INDArray vectors = symmetric.dup('f');
        Nd4j.getBlasWrapper().lapack().syev('N', 'U', vectors, values);
        double largest = values.maxNumber().doubleValue();
        assertThat(values.minNumber().doubleValue()).isGreaterThan(-1e-6 * largest);
        assertThat(largest).isPositive();
        assertThat(net.params()).isEqualTo(before);
        assertThat(RandomStream.here()).isEqualTo(stream);
    }

    @Test
    void should_take_recurrent_layers_with_feature_masks() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(3)
                .dataType(DataType.DOUBLE)
                .list()
                .layer(new LSTM.Builder().nIn(2).nOut(3).build())
                .layer(new RnnOutputLayer.Builder(LossFunction.MSE)
                        .activation(Activation.IDENTITY)
                        .nIn(3)
                        .nOut(1)
                        .build())
                .setInputType(InputType.recurrent(2))
                .tBPTTLength(2)
                .backpropType(org.deeplearning4j.nn.conf.BackpropType.TruncatedBPTT)
                .build());
        net.init();
        INDArray mask = Nd4j.ones(DataType.DOUBLE, 2, 4);
        mask.putScalar(1, 3, 0);
        INDArray matrix = dense(NetworkGaussNewton.of(net, new DataSet(ramp(2, 2, 4), ramp(2, 1, 4), mask, mask)));

        assertThat(error(matrix.transpose(), matrix)).isLessThan(1e-7);
        assertThat(matrix.norm2Number().doubleValue()).isPositive();
    }

    @Test
    void should_refuse_a_loss_without_a_gauss_newton_matrix() {
        MultiLayerNetwork net = mlp(Activation.TANH, new LossHinge(), Activation.IDENTITY);
        assertThatThrownBy(() -> NetworkGaussNewton.of(net, new DataSet(X, oneHot(EXAMPLES, OUT))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("output 'layer1' has loss LossHinge() with activation identity")
                .hasMessageContaining("XENT with sigmoid")
                .hasMessageContaining("NetworkHessian");
    }

    @Test
    void should_refuse_a_batch_without_labels_and_vectors_of_another_length() {
        MultiLayerNetwork net = mlp(Activation.TANH, new LossL2(), Activation.IDENTITY);
        assertThatThrownBy(() -> NetworkGaussNewton.of(net, new DataSet(X, null)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("labels");
        NetworkGaussNewton g = NetworkGaussNewton.of(net, new DataSet(X, ramp(EXAMPLES, OUT)));
        assertThatThrownBy(() -> g.multiply(Nd4j.ones(DataType.DOUBLE, 3), Nd4j.ones(DataType.DOUBLE, 31)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("in has length 3, but the network has 31 parameters");
    }

    private static OutputLayer output(LossFunction loss, Activation activation) {
        return new OutputLayer.Builder(loss)
                .activation(activation)
                .nIn(IN)
                .nOut(OUT)
                .build();
    }

    private static void equalsHessian(LinearOperator gaussNewton, LinearOperator hessian) {
        assertThat(error(dense(gaussNewton), dense(hessian))).isLessThan(1e-5);
    }

    private static void matchesDense(
            ILossFunction loss, Activation activation, INDArray y, Function<INDArray, INDArray> curvature) {
        MultiLayerNetwork net = mlp(Activation.TANH, loss, activation);
        NetworkGaussNewton g = NetworkGaussNewton.of(net, new DataSet(X, y));

        assertThat(error(dense(g), oracle(net, (n, z) -> curvature.apply(z)))).isLessThan(1e-7);
        assertThat(g.gradientEvaluations()).isEqualTo(g.dimension());
        assertThat(g.forwardEvaluations()).isEqualTo(2 * g.dimension());
    }

    private interface Curvature {
        INDArray of(int example, INDArray z);
    }

    /** (1/N) Σ J_n' H_n J_n with every Jacobian by differences of a network that ends at z. */
    private static INDArray oracle(MultiLayerNetwork net, Curvature curvature) {
        MultiLayerNetwork linear = mlp(Activation.TANH, new LossL2(), Activation.IDENTITY);
        int d = (int) net.numParams();
        INDArray jacobian = Nd4j.create(DataType.DOUBLE, EXAMPLES * OUT, d);
        double step = 1e-5;
        for (int i = 0; i < d; i++) {
            jacobian.putColumn(
                    i,
                    outputs(linear, net, i, step)
                            .sub(outputs(linear, net, i, -step))
                            .div(2 * step));
        }
        INDArray z = outputs(linear, net, 0, 0).reshape('c', EXAMPLES, OUT);
        INDArray sum = Nd4j.zeros(DataType.DOUBLE, d, d);
        for (int n = 0; n < EXAMPLES; n++) {
            INDArray j = jacobian.get(
                    org.nd4j.linalg.indexing.NDArrayIndex.interval(n * OUT, (n + 1) * OUT),
                    org.nd4j.linalg.indexing.NDArrayIndex.all());
            sum.addi(j.transpose().mmul(curvature.of(n, z.getRow(n))).mmul(j));
        }
        return sum.div(EXAMPLES);
    }

    private static INDArray outputs(MultiLayerNetwork linear, MultiLayerNetwork net, int i, double step) {
        INDArray parameters = net.params().dup();
        parameters.putScalar(i, parameters.getDouble(i) + step);
        linear.setParams(parameters);
        return linear.output(X).dup('c').reshape(EXAMPLES * OUT);
    }

    private static INDArray softmax(INDArray z) {
        INDArray p = org.nd4j.linalg.ops.transforms.Transforms.softmax(z.reshape(1, OUT))
                .reshape(OUT);
        return Nd4j.diag(p).sub(p.reshape(OUT, 1).mmul(p.reshape(1, OUT)));
    }

    private static INDArray sigmoid(INDArray z) {
        return org.nd4j.linalg.ops.transforms.Transforms.sigmoid(z);
    }
}

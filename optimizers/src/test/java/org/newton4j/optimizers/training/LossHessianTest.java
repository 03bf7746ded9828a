/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.nd4j.linalg.activations.Activation.IDENTITY;
import static org.nd4j.linalg.activations.Activation.SIGMOID;
import static org.nd4j.linalg.activations.Activation.SOFTMAX;
import static org.nd4j.linalg.activations.Activation.SOFTPLUS;
import static org.nd4j.linalg.activations.Activation.TANH;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationELU;
import org.nd4j.linalg.activations.impl.ActivationGELU;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationThresholdedReLU;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossCosineProximity;
import org.nd4j.linalg.lossfunctions.impl.LossFMeasure;
import org.nd4j.linalg.lossfunctions.impl.LossHinge;
import org.nd4j.linalg.lossfunctions.impl.LossKLD;
import org.nd4j.linalg.lossfunctions.impl.LossL1;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMAE;
import org.nd4j.linalg.lossfunctions.impl.LossMAPE;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.nd4j.linalg.lossfunctions.impl.LossMSLE;
import org.nd4j.linalg.lossfunctions.impl.LossMixtureDensity;
import org.nd4j.linalg.lossfunctions.impl.LossMultiLabel;
import org.nd4j.linalg.lossfunctions.impl.LossNegativeLogLikelihood;
import org.nd4j.linalg.lossfunctions.impl.LossPoisson;
import org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossSquaredHinge;
import org.nd4j.linalg.lossfunctions.impl.LossWasserstein;

/**
 * Every loss of Deeplearning4j with every output activation that makes sense for it: the Hessian against central
 * differences of the network's own gradient, column by column.
 *
 * <p>The defect this guards against is a framework that returned 0 for the second derivative of its fused softmax cross
 * entropy, silently. Where Deeplearning4j's own gradient is not that of its score, the last tests say so: the product is
 * then the derivative of that gradient, and a warning names the part.
 */
class LossHessianTest {

    private static final int EXAMPLES = 6;
    private static final int OUTPUTS = 3;

    /** Labels a loss is made for. */
    private enum Labels {
        ONE_HOT,
        INDEX,
        BINARY,
        ONE_BINARY,
        PLUS_MINUS,
        DISTRIBUTION,
        POSITIVE,
        COUNT,
        REAL;

        DataSet batch() {
            Random random = new Random(5);
            INDArray features = Nd4j.create(DataType.DOUBLE, EXAMPLES, 2);
            fill(features, random::nextGaussian);
            int columns = this == INDEX || this == ONE_BINARY ? 1 : OUTPUTS;
            INDArray labels = Nd4j.create(DataType.DOUBLE, EXAMPLES, columns);
            switch (this) {
                case ONE_HOT -> {
                    for (int i = 0; i < EXAMPLES; i++) {
                        labels.putScalar(i, i % OUTPUTS, 1);
                    }
                }
                case INDEX -> {
                    for (int i = 0; i < EXAMPLES; i++) {
                        labels.putScalar(i, i % OUTPUTS);
                    }
                }
                case BINARY, ONE_BINARY -> {
                    for (int i = 0; i < EXAMPLES; i++) {
                        for (int j = 0; j < columns; j++) {
                            labels.putScalar(i, j, (i + j * j) % 2);
                        }
                    }
                }
                case PLUS_MINUS -> fill(labels, () -> random.nextBoolean() ? 1 : -1);
                case DISTRIBUTION -> {
                    fill(labels, () -> 0.1 + random.nextDouble());
                    labels.diviColumnVector(labels.sum(true, 1));
                }
                case POSITIVE -> fill(labels, () -> 0.5 + 2 * random.nextDouble());
                case COUNT -> fill(labels, () -> random.nextInt(4));
                default -> fill(labels, random::nextGaussian);
            }
            return new DataSet(features, labels);
        }

        private static void fill(INDArray array, java.util.function.DoubleSupplier values) {
            for (long i = 0; i < array.length(); i++) {
                array.putScalar(i, values.getAsDouble());
            }
        }
    }

    /** A loss, the activation in front of it, what it is fed with and how many outputs it reads. */
    private record Case(Supplier<ILossFunction> loss, IActivation activation, Labels labels, int outputs) {

        MultiLayerNetwork network(DataType type) {
            return LossHessianTest.network(loss.get(), activation, TANH.getActivationFunction(), outputs, type);
        }

        @Override
        public String toString() {
            return loss.get() + " " + activation + " " + labels;
        }
    }

    /** By loss; Deeplearning4j itself refuses the cross entropies with any other activation. */
    static Stream<Case> cases() {
        Supplier<INDArray> weights = () -> Nd4j.createFromArray(0.5, 1.0, 3.0);
        List<Case> cases = new ArrayList<>();
        add(cases, LossMCXENT::new, Labels.ONE_HOT, SOFTMAX);
        add(cases, LossMCXENT::new, Labels.DISTRIBUTION, SOFTMAX);
        add(cases, () -> new LossMCXENT(weights.get()), Labels.ONE_HOT, SOFTMAX);
        add(cases, LossNegativeLogLikelihood::new, Labels.ONE_HOT, SOFTMAX);
        add(cases, LossSparseMCXENT::new, Labels.INDEX, SOFTMAX);
        add(cases, LossBinaryXENT::new, Labels.BINARY, SIGMOID);
        add(cases, () -> new LossBinaryXENT(weights.get()), Labels.BINARY, SIGMOID);
        add(cases, () -> new LossMSE(weights.get()), Labels.REAL, IDENTITY);
        add(cases, LossL2::new, Labels.REAL, IDENTITY, TANH, SIGMOID, SOFTMAX, SOFTPLUS);
        add(cases, LossL1::new, Labels.REAL, IDENTITY, TANH, SIGMOID, SOFTMAX, SOFTPLUS);
        add(cases, LossMAE::new, Labels.REAL, IDENTITY, TANH, SIGMOID, SOFTMAX, SOFTPLUS);
        add(cases, LossMAPE::new, Labels.POSITIVE, IDENTITY, TANH, SIGMOID, SOFTMAX, SOFTPLUS);
        add(cases, LossMSLE::new, Labels.POSITIVE, SIGMOID, SOFTMAX, SOFTPLUS);
        add(cases, LossPoisson::new, Labels.COUNT, SIGMOID, SOFTMAX, SOFTPLUS);
        add(cases, LossKLD::new, Labels.DISTRIBUTION, SIGMOID, SOFTMAX);
        add(cases, LossHinge::new, Labels.PLUS_MINUS, IDENTITY, TANH, SIGMOID, SOFTMAX, SOFTPLUS);
        add(cases, LossSquaredHinge::new, Labels.PLUS_MINUS, IDENTITY, TANH, SIGMOID, SOFTMAX, SOFTPLUS);
        add(cases, LossCosineProximity::new, Labels.REAL, IDENTITY, TANH, SIGMOID, SOFTMAX, SOFTPLUS);
        add(cases, LossWasserstein::new, Labels.PLUS_MINUS, IDENTITY, TANH, SIGMOID, SOFTMAX, SOFTPLUS);
        cases.add(new Case(LossFMeasure::new, SIGMOID.getActivationFunction(), Labels.ONE_BINARY, 1));
        for (Activation activation : Activation.values()) {
            // RReLU is no function at all: its slope is random forward and 1 backward. Thresholded relu follows below.
            if (activation != Activation.RRELU && activation != Activation.THRESHOLDEDRELU) {
                add(cases, LossMSE::new, Labels.REAL, activation.getActivationFunction());
            }
        }
        add(cases, LossMSE::new, Labels.REAL, new ActivationReLU(1.0, 0.1, 0.2));
        add(cases, LossMSE::new, Labels.REAL, new ActivationLReLU(0.3));
        add(cases, LossMSE::new, Labels.REAL, new ActivationThresholdedReLU(0.2));
        return cases.stream();
    }

    private static void add(List<Case> cases, Supplier<ILossFunction> loss, Labels labels, Activation... activations) {
        for (Activation activation : activations) {
            add(cases, loss, labels, activation.getActivationFunction());
        }
    }

    private static void add(List<Case> cases, Supplier<ILossFunction> loss, Labels labels, IActivation activation) {
        cases.add(new Case(loss, activation, labels, OUTPUTS));
    }

    private static MultiLayerNetwork network(
            ILossFunction loss, IActivation activation, IActivation hidden, int outputs, DataType type) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .dataType(type)
                .list()
                .validateOutputLayerConfig(false)
                .layer(new DenseLayer.Builder()
                        .nIn(2)
                        .nOut(3)
                        .activation(hidden)
                        .build())
                .layer(new OutputLayer.Builder(loss)
                        .nIn(3)
                        .nOut(outputs)
                        .activation(activation)
                        .build())
                .build());
        net.init();
        Random random = new Random(11);
        for (int i = 0; i < net.numParams(); i++) {
            net.params().putScalar(i, (float) (0.7 * random.nextGaussian()));
        }
        return net;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void D16_should_agree_with_differences_of_the_gradient_column_by_column(Case row) {
        MultiLayerNetwork net = row.network(DataType.DOUBLE);
        DataSet batch = row.labels().batch();
        DenseReference reference = DenseReference.of(net, batch);

        // What is compared with is a Hessian: the gradient is the slope of the score, and its derivative is symmetric.
        assertThat(DenseReference.error(reference.gradient(), reference.slope()))
                .as("gradient and score")
                .isLessThan(1e-6);
        assertThat(DenseReference.error(reference.hessian().transpose(), reference.hessian()))
                .as("asymmetry")
                .isLessThan(1e-7);
        assertThat(reference.hessian().norm2Number().doubleValue()).isGreaterThan(0.05);
        assertThat(WrongGradients.findings(net)).isEmpty();

        assertProducts(net, batch, reference, 1e-7);
    }

    private static void assertProducts(
            MultiLayerNetwork net, DataSet batch, DenseReference reference, double tolerance) {
        // On a DOUBLE network CENTRAL is EXACT.
        for (HessianProducts products : List.of(HessianProducts.EXACT, HessianProducts.FAST)) {
            INDArray matrix = DenseReference.matrix(NetworkHessian.of(net, batch, products));

            assertThat(DenseReference.error(matrix, reference.hessian()))
                    .as(products.toString())
                    .isLessThan(products == HessianProducts.FAST ? 2e-6 : tolerance);
        }
    }

    /** Each loss once, with its most usual activation. */
    static Stream<Case> losses() {
        Set<Class<?>> seen = new HashSet<>();
        return cases().filter(row -> seen.add(row.loss().get().getClass()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("losses")
    void should_agree_along_random_signs_on_float_networks(Case row) {
        DataSet batch = row.labels().batch();
        INDArray expected =
                DenseReference.of(row.network(DataType.DOUBLE), batch).hessian();
        MultiLayerNetwork net = row.network(DataType.FLOAT);
        DataSet single = new DataSet(
                batch.getFeatures().castTo(DataType.FLOAT), batch.getLabels().castTo(DataType.FLOAT));

        assertThat(error(net, single, HessianProducts.EXACT, expected)).isLessThan(1e-7);
        for (int seed = 1; seed <= 3; seed++) {
            INDArray z = KinkedNets.signs(DataType.DOUBLE, net.numParams(), seed);
            INDArray hz = expected.mmul(z);
            // The second derivative of squared hinge jumps, which a step of usual length may meet.
            boolean jumps = row.loss().get() instanceof LossSquaredHinge;
            assertThat(error(net, single, HessianProducts.CENTRAL, z, hz)).isLessThan(jumps ? 5e-2 : 1e-3);
            assertThat(error(net, single, HessianProducts.FAST, z, hz)).isLessThan(jumps ? 5e-2 : 2e-2);
        }
    }

    private static double error(
            MultiLayerNetwork net, DataSet batch, HessianProducts products, INDArray v, INDArray expected) {
        INDArray product = v.ulike();
        NetworkHessian.of(net, batch, products).multiply(v, product);
        return DenseReference.error(product, expected);
    }

    private static double error(MultiLayerNetwork net, DataSet batch, HessianProducts products, INDArray expected) {
        return DenseReference.error(DenseReference.matrix(NetworkHessian.of(net, batch, products)), expected);
    }

    /** Both only work in ND4J's default type, which is a global setting. */
    @Test
    void should_agree_for_losses_bound_to_the_default_type() {
        DataType before = Nd4j.defaultFloatingPointType();
        try {
            Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
            Supplier<ILossFunction> mixture = () -> LossMixtureDensity.builder()
                    .gaussians(2)
                    .labelWidth(OUTPUTS)
                    .build();
            for (Case row : List.of(
                    new Case(mixture, IDENTITY.getActivationFunction(), Labels.REAL, 2 * (OUTPUTS + 2)),
                    new Case(mixture, TANH.getActivationFunction(), Labels.REAL, 2 * (OUTPUTS + 2)),
                    new Case(LossMultiLabel::new, IDENTITY.getActivationFunction(), Labels.BINARY, OUTPUTS),
                    new Case(LossMultiLabel::new, SIGMOID.getActivationFunction(), Labels.BINARY, OUTPUTS))) {
                D16_should_agree_with_differences_of_the_gradient_column_by_column(row);
            }
        } finally {
            Nd4j.setDefaultDataTypes(before, before);
        }
    }

    @Test
    void should_say_what_to_do_about_losses_bound_to_the_default_type() {
        ILossFunction mixture =
                LossMixtureDensity.builder().gaussians(2).labelWidth(OUTPUTS).build();
        MultiLayerNetwork net = network(
                mixture,
                IDENTITY.getActivationFunction(),
                TANH.getActivationFunction(),
                2 * (OUTPUTS + 2),
                DataType.FLOAT);
        DataSet batch = Labels.REAL.batch();
        DataSet single = new DataSet(
                batch.getFeatures().castTo(DataType.FLOAT), batch.getLabels().castTo(DataType.FLOAT));

        assertThatThrownBy(() -> NetworkHessian.of(net, single))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("LossMixtureDensity in layer 'layer1' works only in ND4J's default type")
                .hasMessageContaining("which is FLOAT")
                .hasMessageContaining("setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE)");
        INDArray z = KinkedNets.signs(DataType.FLOAT, net.numParams(), 1);
        INDArray central = z.ulike();
        NetworkHessian.of(net, single, HessianProducts.CENTRAL).multiply(z, central);
        assertThat(error(net, single, HessianProducts.FAST, z, central)).isLessThan(2e-2);
    }

    /** With a linear activation all that is left of such a loss is the curvature of the layers below. */
    @ParameterizedTest
    @MethodSource("piecewiseLinear")
    void should_see_no_curvature_in_a_piecewise_linear_loss_itself(Supplier<ILossFunction> loss, Labels labels) {
        MultiLayerNetwork net = network(
                loss.get(), IDENTITY.getActivationFunction(), TANH.getActivationFunction(), OUTPUTS, DataType.DOUBLE);
        INDArray matrix = DenseReference.matrix(NetworkHessian.of(net, labels.batch()));
        long first = net.numParams() - (3 + 1) * OUTPUTS;
        INDArray outputBlock = matrix.get(
                NDArrayIndex.interval(first, net.numParams()), NDArrayIndex.interval(first, net.numParams()));

        double whole = matrix.norm2Number().doubleValue();
        assertThat(outputBlock.dup().norm2Number().doubleValue()).isLessThan(1e-8 * whole);
        assertThat(whole).isGreaterThan(0.05);
    }

    static Stream<Arguments> piecewiseLinear() {
        return Stream.of(
                arguments(LossL1::new, Labels.REAL),
                arguments(LossMAE::new, Labels.REAL),
                arguments(LossMAPE::new, Labels.POSITIVE),
                arguments(LossHinge::new, Labels.PLUS_MINUS),
                arguments(LossWasserstein::new, Labels.PLUS_MINUS));
    }

    private static Arguments arguments(Supplier<ILossFunction> loss, Labels labels) {
        return Arguments.of(loss, labels);
    }

    @Test
    void should_miss_no_loss() {
        Set<Class<?>> tested = new HashSet<>(Set.of(LossMixtureDensity.class, LossMultiLabel.class));
        cases().forEach(row -> tested.add(row.loss().get().getClass()));

        for (LossFunction loss : LossFunction.values()) {
            assertThat(tested).contains(loss.getILossFunction().getClass());
        }
        assertThat(tested).hasSize(19);
    }

    /** Configurations whose gradient is not the slope of their score; the product is the derivative of the gradient. */
    @ParameterizedTest
    @MethodSource("wrong")
    void should_name_configurations_whose_gradient_is_wrong(
            ILossFunction loss,
            IActivation activation,
            IActivation hidden,
            Labels labels,
            double least,
            String finding) {
        MultiLayerNetwork net = network(loss, activation, hidden, OUTPUTS, DataType.DOUBLE);
        DataSet batch = labels.batch();
        DenseReference reference = DenseReference.of(net, batch);

        assertThat(DenseReference.error(reference.gradient(), reference.slope()))
                .as("Deeplearning4j was repaired: remove the warning")
                .isGreaterThan(least);
        assertThat(WrongGradients.findings(net)).singleElement().asString().contains(finding);
        assertProducts(net, batch, reference, 1e-6);
    }

    static Stream<Arguments> wrong() {
        IActivation tanh = TANH.getActivationFunction();
        IActivation identity = IDENTITY.getActivationFunction();
        return Stream.of(
                wrong(new LossKLD(), SOFTPLUS.getActivationFunction(), tanh, Labels.DISTRIBUTION, 1e-2, "softplus"),
                wrong(new LossKLD(), identity, tanh, Labels.DISTRIBUTION, 0.1, "ignores the clipping"),
                wrong(new LossKLD(), tanh, tanh, Labels.DISTRIBUTION, 0.1, "LossKLD() in 'layer1'"),
                wrong(
                        new LossBinaryXENT(),
                        SOFTMAX.getActivationFunction(),
                        tanh,
                        Labels.BINARY,
                        0.1,
                        "LossBinaryXENT"),
                wrong(new LossMSE(), identity, new ActivationELU(0.5), Labels.REAL, 1e-2, "alpha of 0.5"),
                wrong(new LossMSE(), new ActivationELU(0.5), tanh, Labels.REAL, 1e-2, "ELU in 'layer1'"),
                wrong(
                        new LossMSE(),
                        identity,
                        new ActivationGELU(true),
                        Labels.REAL,
                        1e-5,
                        "precise GELU in 'layer0'"));
    }

    private static Arguments wrong(
            ILossFunction loss,
            IActivation activation,
            IActivation hidden,
            Labels labels,
            double least,
            String finding) {
        return Arguments.of(loss, activation, hidden, labels, least, finding);
    }

    /** Deeplearning4j backpropagates p - y, where the slope of -Σ y log p is p Σ y - y; no configuration shows it. */
    @Test
    void should_differentiate_what_softmax_cross_entropy_backpropagates_for_labels_that_do_not_sum_to_one() {
        MultiLayerNetwork net = network(
                new LossMCXENT(),
                SOFTMAX.getActivationFunction(),
                TANH.getActivationFunction(),
                OUTPUTS,
                DataType.DOUBLE);
        DataSet batch = Labels.BINARY.batch();
        DenseReference reference = DenseReference.of(net, batch);

        assertThat(DenseReference.error(reference.gradient(), reference.slope()))
                .isGreaterThan(0.1);
        assertProducts(net, batch, reference, 1e-7);
    }

    /** Beyond its clip at 1e-5 the score of an example is flat, but a part of its gradient stays. */
    @Test
    void should_know_that_saturated_binary_cross_entropy_keeps_a_gradient() {
        INDArray label = Nd4j.createFromArray(1.0).reshape(1, 1);
        INDArray z = Nd4j.createFromArray(-13.0).reshape(1, 1);
        LossBinaryXENT loss = new LossBinaryXENT();
        IActivation sigmoid = SIGMOID.getActivationFunction();

        double gradient = loss.computeGradient(label, z.dup(), sigmoid, null).getDouble(0);
        double slope = loss.computeScore(label, z.add(0.1), sigmoid, null, false)
                - loss.computeScore(label, z.sub(0.1), sigmoid, null, false);

        assertThat(slope).isZero();
        assertThat(gradient).isBetween(-0.3, -0.2);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.newton4j.curvature.estimate.HutchinsonTrace;
import org.newton4j.curvature.estimate.ProbeBudget;
import org.newton4j.curvature.estimate.Probes;
import org.newton4j.curvature.operator.DampedOperator;

/**
 * Products against exact second derivatives where people really are: at initialisation, where examples are learned, at a minimum, with
 * features of any scale, with labels that are surely wrong, with a layer that is all but zero.
 */
class ProductLimitsTest {

    private static final int INPUTS = 4;
    private static final int HIDDEN = 5;
    private static final int CLASSES = 3;
    private static final int EXAMPLES = 24;

    /** A network, its data and what its loss is. */
    private record Place(String name, Activation activation, double[][] x, int[] labels, double[] theta) {

        HyperDual.Loss loss(double[][] rows) {
            UnaryOperator<HyperDual> bend = activation == Activation.TANH ? HyperDual::tanh : HyperDual::relu;
            return point -> {
                HyperDual sum = HyperDual.of(0);
                for (int n = 0; n < rows.length; n++) {
                    HyperDual[] in = new HyperDual[INPUTS];
                    for (int i = 0; i < INPUTS; i++) {
                        in[i] = HyperDual.of(rows[n][i]);
                    }
                    HyperDual[] hidden = HyperDual.dense(point, 0, in, HIDDEN);
                    for (int h = 0; h < HIDDEN; h++) {
                        hidden[h] = bend.apply(hidden[h]);
                    }
                    HyperDual[] z = HyperDual.dense(point, (INPUTS + 1) * HIDDEN, hidden, CLASSES);
                    sum = sum.plus(HyperDual.crossEntropy(z, labels[n]));
                }
                return sum.times(1.0 / rows.length);
            };
        }

        /** What the network answers for an example. */
        int decision(int n) {
            int best = 0;
            double least = Double.POSITIVE_INFINITY;
            for (int k = 0; k < CLASSES; k++) {
                Place alone = new Place(name, activation, x, new int[] {k}, theta);
                double loss = alone.loss(new double[][] {x[n]}).at(constants()).a();
                if (loss < least) {
                    least = loss;
                    best = k;
                }
            }
            return best;
        }

        private HyperDual[] constants() {
            HyperDual[] point = new HyperDual[theta.length];
            for (int i = 0; i < point.length; i++) {
                point[i] = HyperDual.of(theta[i]);
            }
            return point;
        }

        double largest() {
            double largest = 0;
            for (double[] row : x) {
                largest = Math.max(largest, norm(row));
            }
            return largest;
        }

        MultiLayerNetwork net(DataType type) {
            return ProductLimitsTest.net(
                    type,
                    theta,
                    new DenseLayer.Builder()
                            .nIn(INPUTS)
                            .nOut(HIDDEN)
                            .activation(activation)
                            .build(),
                    new OutputLayer.Builder(LossFunction.MCXENT)
                            .nIn(HIDDEN)
                            .nOut(CLASSES)
                            .activation(Activation.SOFTMAX)
                            .build());
        }

        DataSet data(DataType type) {
            INDArray y = Nd4j.zeros(type, x.length, CLASSES);
            for (int n = 0; n < x.length; n++) {
                y.putScalar(n, labels[n], 1);
            }
            return new DataSet(Nd4j.createFromArray(x).castTo(type), y);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static Stream<Place> places() {
        List<Place> places = new ArrayList<>();
        for (Activation activation : new Activation[] {Activation.TANH, Activation.RELU}) {
            places.add(place("at initialisation, " + activation, activation, 1, 1, 1, true));
            for (double scale : new double[] {1e-3, 1e3}) {
                places.add(place("features times " + scale + ", " + activation, activation, scale, 1, 1, true));
            }
            // Larger outputs: the same decisions with less doubt, mean losses from 1e-1 to 1e-6.
            for (double certainty : new double[] {4, 8, 16, 32}) {
                places.add(place("certainty " + certainty + ", " + activation, activation, 1, 1, certainty, true));
                places.add(
                        place("one label wrong, " + certainty + ", " + activation, activation, 1, 1, certainty, false));
            }
            places.add(place("first layer 1e-9, " + activation, activation, 1, 1e-9, 1, true));
            places.add(place("second layer 1e-9, " + activation, activation, 1, 1, 1e-9, true));
        }
        return places.stream();
    }

    private static Place place(
            String name, Activation activation, double scale, double first, double second, boolean right) {
        Random random = new Random(7);
        double[] theta = new double[(INPUTS + 1) * HIDDEN + (HIDDEN + 1) * CLASSES];
        for (int i = 0; i < theta.length; i++) {
            double size = i < (INPUTS + 1) * HIDDEN ? first : second;
            theta[i] = (float) (size * 0.8 * random.nextGaussian());
        }
        double[][] x = new double[EXAMPLES][INPUTS];
        int[] labels = new int[EXAMPLES];
        Place unlabelled = new Place(name, activation, x, labels, theta);
        for (int n = 0; n < EXAMPLES; n++) {
            for (int i = 0; i < INPUTS; i++) {
                x[n][i] = (float) (scale * random.nextGaussian());
            }
            labels[n] = unlabelled.decision(n);
        }
        if (!right) {
            labels[3] = (labels[3] + 1) % CLASSES;
        }
        return unlabelled;
    }

    private static void check(
            NetworkHessian hessian,
            HessianProducts products,
            double[] v,
            double[] exact,
            double[] gradient,
            double[] theta,
            double largest) {
        INDArray out = Nd4j.create(DataType.DOUBLE, v.length);
        hessian.multiply(Nd4j.createFromArray(v), out);
        double length = norm(exact);
        double unit = norm(gradient) * norm(v) / norm(theta);
        double limit = switch (products) {
            case FAST -> 2e-2 * length + 1e-3 * unit;
            case CENTRAL -> 1e-3 * length + 1e-4 * unit;
            case EXACT -> 1e-8 * length + 1e-10 * unit;
        };
        // Rounding of the reference itself, which adds up squares of the features.
        limit += 1e-15 * largest * largest * norm(v);
        double error = out.distance2(Nd4j.createFromArray(exact));
        assertThat(error)
                .as("%s, |H v| %.1e, |g| |v| / |θ| %.1e, estimate %s", products, length, unit, hessian.lastError())
                .isLessThanOrEqualTo(limit);
        INDArray again = out.ulike();
        hessian.multiply(Nd4j.createFromArray(v), again);
        assertThat(again).as("the same product again").isEqualTo(out);
    }

    private static double norm(double[] vector) {
        double sum = 0;
        for (double x : vector) {
            sum += x * x;
        }
        return Math.sqrt(sum);
    }

    @ParameterizedTest
    @MethodSource("places")
    void should_stay_within_the_limits(Place place) {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            MultiLayerNetwork net = place.net(type);
            HyperDual.Loss loss = place.loss(place.x());
            double[] gradient = HyperDual.gradient(loss, place.theta());
            for (HessianProducts products : HessianProducts.values()) {
                NetworkHessian hessian = NetworkHessian.of(net, place.data(type), products);
                double[] v = signs(place.theta().length);
                for (int i = 0; i < 3; i++) {
                    double[] exact = HyperDual.product(loss, place.theta(), v);
                    check(hessian, products, v, exact, gradient, place.theta(), place.largest());
                    // A random direction, then what power iteration makes of it.
                    double length = norm(exact);
                    for (int k = 0; k < v.length; k++) {
                        v[k] = exact[k] / length;
                    }
                }
            }
        }
    }

    private static double[] signs(int length) {
        Random random = new Random(5);
        double[] signs = new double[length];
        for (int i = 0; i < length; i++) {
            signs[i] = random.nextBoolean() ? 1 : -1;
        }
        return signs;
    }

    private static MultiLayerNetwork net(DataType type, double[] theta, Layer... layers) {
        NeuralNetConfiguration.ListBuilder list = new NeuralNetConfiguration.Builder()
                .dataType(type)
                .updater(new Sgd(0.1))
                .list();
        for (Layer layer : layers) {
            list.layer(layer);
        }
        MultiLayerNetwork net = new MultiLayerNetwork(list.build());
        net.init();
        net.setParams(Nd4j.createFromArray(theta).castTo(type).reshape(1, theta.length));
        return net;
    }

    /** One example saturated and labelled wrong, the other learned: H = 1/2 p (1 - p) x x' of the second, whose z is 17. */
    @ParameterizedTest
    @MethodSource("scales")
    void should_find_curvature_behind_a_large_gradient(double scale) {
        MultiLayerNetwork net = net(
                DataType.DOUBLE,
                new double[] {0.5, 0.5, 0, 0},
                new OutputLayer.Builder(LossFunction.MCXENT)
                        .nIn(2)
                        .nOut(2)
                        .hasBias(false)
                        .activation(Activation.SOFTMAX)
                        .build());
        DataSet data = new DataSet(
                Nd4j.createFromArray(new double[][] {{200 * scale, 0}, {100 * scale, -66 * scale}}),
                Nd4j.createFromArray(new double[][] {{0, 1}, {1, 0}}));
        double q = 1 / (1 + Math.exp(17 * scale));
        double p = 1 / (1 + Math.exp(100 * scale));
        double right = 0.5 * (q * (1 - q) * 100 * 200 + p * (1 - p) * 200 * 400) * scale * scale;
        for (HessianProducts products : HessianProducts.values()) {
            NetworkHessian hessian = NetworkHessian.of(net, data, products);
            for (int i = 0; i < 5; i++) {
                INDArray product = Nd4j.create(DataType.DOUBLE, 4);
                hessian.multiply(Nd4j.createFromArray(1.0, 1, -1, 1), product);
                assertThat(product.getDouble(0))
                        .as("%s, product %s", products, i)
                        .isCloseTo(right, org.assertj.core.data.Offset.offset(2e-2 * right + 1e-3 * 140 * scale));
                if (products == HessianProducts.EXACT) {
                    assertThat(product.getDouble(0))
                            .isCloseTo(right, org.assertj.core.data.Offset.offset(1e-8 * right + 1e-10 * 400 * scale));
                }
            }
        }
    }

    private static double[] scales() {
        return new double[] {1, 0.1, 10};
    }

    /** Linear regression: H = 2/N X'X wherever θ is, at the minimum, too. */
    @Test
    void should_not_shrink_with_the_gradient() {
        INDArray x = Nd4j.createFromArray(new double[][] {{1, 2}, {-1, 1}, {0.5, -1.5}, {2, 0}});
        INDArray w = Nd4j.createFromArray(new double[][] {{0.7}, {-0.4}});
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            for (double residual : new double[] {1, 1e-2, 1e-5, 0}) {
                for (double offset : new double[] {0, 290}) {
                    INDArray noise = Nd4j.createFromArray(new double[][] {{1}, {-1}, {2}, {1}})
                            .muli(residual);
                    MultiLayerNetwork net = net(
                            type,
                            new double[] {0.7, -0.4, offset},
                            new OutputLayer.Builder(LossFunction.MSE)
                                    .nIn(2)
                                    .nOut(1)
                                    .activation(Activation.IDENTITY)
                                    .build());
                    DataSet data = new DataSet(
                            x.castTo(type), x.mmul(w).addi(noise).addi(offset).castTo(type));
                    INDArray extended = Nd4j.hstack(x, Nd4j.ones(DataType.DOUBLE, 4, 1));
                    INDArray h = extended.transpose().mmul(extended).muli(0.5);
                    for (HessianProducts products : HessianProducts.values()) {
                        NetworkHessian hessian = NetworkHessian.of(net, data, products);
                        for (double[] v : new double[][] {{1, -1, 1}, {1, 0, 0}, {0, 0, 1}, {0.3, -2, 0.1}}) {
                            INDArray direction = Nd4j.createFromArray(v);
                            INDArray exact = h.mmul(direction.reshape(3, 1)).reshape(3);
                            INDArray product = Nd4j.create(DataType.DOUBLE, 3);
                            hessian.multiply(direction, product);
                            double limit = products == HessianProducts.FAST
                                    ? 2e-2
                                    : products == HessianProducts.CENTRAL ? 1e-3 : 1e-8;
                            assertThat(product.distance2(exact)
                                            / exact.norm2Number().doubleValue())
                                    .as(
                                            "%s %s residual %s offset %s: %s",
                                            type, products, residual, offset, hessian.lastError())
                                    .isLessThan(limit);
                        }
                    }
                }
            }
        }
    }

    @Test
    void should_hand_its_error_to_estimators() {
        Place place = places().findFirst().orElseThrow();
        MultiLayerNetwork net = place.net(DataType.FLOAT);
        for (HessianProducts products : HessianProducts.values()) {
            NetworkHessian hessian = NetworkHessian.of(net, place.data(DataType.FLOAT), products);
            double error = HutchinsonTrace.of(
                            new DampedOperator(hessian, 0.1), new Probes(DataType.DOUBLE, 3), ProbeBudget.exactly(4))
                    .cost()
                    .productError();
            assertThat(error).isEqualTo(hessian.worstError().relative()).isPositive();
            assertThat(error).isLessThan(products == HessianProducts.EXACT ? 1e-8 : 2e-2);
        }
    }

    /** Everything is next to nothing, and tiny steps are below what a gradient in DOUBLE resolves. */
    @Test
    void should_not_believe_steps_that_resolve_nothing() {
        Place place = places().findFirst().orElseThrow();
        double[] theta = place.theta().clone();
        for (int i = 0; i < theta.length; i++) {
            theta[i] *= 1e-9;
        }
        Place tiny = new Place("tiny", place.activation(), place.x(), place.labels(), theta);
        MultiLayerNetwork net = tiny.net(DataType.DOUBLE);
        NetworkHessian hessian = NetworkHessian.of(net, tiny.data(DataType.DOUBLE));
        double[] v = signs(theta.length);
        INDArray product = Nd4j.create(DataType.DOUBLE, v.length);
        hessian.multiply(Nd4j.createFromArray(v), product);
        INDArray exact = Nd4j.createFromArray(HyperDual.product(tiny.loss(tiny.x()), theta, v));
        assertThat(product.distance2(exact) / exact.norm2Number().doubleValue())
                .isLessThan(Math.max(1e-6, 10 * hessian.lastError().relative()));
        assertThat(hessian.lastError().relative()).isLessThan(1e-3);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.inverse.InvertMatrix;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.newton4j.curvature.inverse.FactoredInverse;
import org.newton4j.curvature.inverse.KroneckerFactors;
import org.newton4j.curvature.inverse.KroneckerInverse;
import org.newton4j.optimizers.Kfac;
import org.newton4j.optimizers.update.KfacSettings;

/** Inversions in the background of training: their results are used at fixed iterations. */
class KfacDelayTest {

    private static final double LEARNING_RATE = 0.1;
    private static final double DAMPING = 0.05;
    private static final double DECAY = 0.7;
    private static final int INTERVAL = 4;
    private static final int STEPS = 14;

    private final INDArray features =
            Nd4j.create(new double[][] {{1, 2, -1}, {0, 1, 3}, {2, -2, 1}, {1, 1, 1}, {0, -1, 2}});
    private final INDArray labels = Nd4j.create(new double[][] {{1, 0}, {0, 1}, {1, 0}, {0, 1}, {1, 0}});

    private static Kfac.Builder kfac() {
        return Kfac.builder()
                .base(new Sgd(LEARNING_RATE))
                .factorInterval(1)
                .inverseInterval(INTERVAL)
                .damping(DAMPING)
                .decay(DECAY)
                .klClip(0)
                .inverse(KroneckerInverse.FACTORS);
    }

    private static MultiLayerNetwork network(IUpdater updater, DataType type, int... widths) {
        var list = new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(type)
                .activation(Activation.TANH)
                .updater(updater)
                .list();
        int last = widths.length - 1;
        for (int i = 1; i < last; i++) {
            list.layer(
                    new DenseLayer.Builder().nIn(widths[i - 1]).nOut(widths[i]).build());
        }
        MultiLayerNetwork net = new MultiLayerNetwork(list.layer(new OutputLayer.Builder()
                        .nIn(widths[last - 1])
                        .nOut(widths[last])
                        .activation(Activation.SOFTMAX)
                        .build())
                .build());
        net.init();
        net.setListeners(new CurvatureListener());
        return net;
    }

    @ParameterizedTest
    @CsvSource({"0, false", "1, false", "2, false", "3, false", "0, true", "2, true", "3, true"})
    void each_step_should_use_the_inverse_of_the_factors_of_so_many_steps_before(int delay, boolean spread) {
        MultiLayerNetwork net =
                network(kfac().inverseDelay(delay).spreadRefreshes(spread).build(), DataType.DOUBLE, 3, 4, 2);
        Reference reference = new Reference(net);
        for (int step = 0; step < STEPS; step++) {
            net.fit(features, labels);
            reference.step(step, delay, spread);
        }
        for (int layer = 0; layer < 2; layer++) {
            assertThat(distance(reference.weights[layer], reference.live(layer)))
                    .as("layer %d", layer)
                    .isLessThan(1e-10);
        }
    }

    private static double distance(INDArray one, INDArray other) {
        return one.sub(other).norm2Number().doubleValue() / one.norm2Number().doubleValue();
    }

    /** K-FAC on two dense layers, written down once more, with all factors there ever were. */
    private final class Reference {

        private final MultiLayerNetwork net;
        private final INDArray[] weights;
        private final List<INDArray[]> inputFactors = new ArrayList<>();
        private final List<INDArray[]> outputFactors = new ArrayList<>();

        Reference(MultiLayerNetwork net) {
            this.net = net;
            weights = new INDArray[] {live(0), live(1)};
            inputFactors.add(new INDArray[] {Nd4j.eye(4), Nd4j.eye(5)});
            outputFactors.add(new INDArray[] {Nd4j.eye(4), Nd4j.eye(2)});
        }

        /** [nOut, K], bias last. */
        INDArray live(int layer) {
            return Nd4j.hstack(
                            net.getParam(layer + "_W").transpose(),
                            net.getParam(layer + "_b").reshape(-1, 1))
                    .castTo(DataType.DOUBLE);
        }

        void step(int step, int delay, boolean spread) {
            double examples = features.size(0);
            INDArray one = Nd4j.ones(DataType.DOUBLE, features.size(0), 1);
            INDArray input = Nd4j.hstack(features.castTo(DataType.DOUBLE), one);
            INDArray hidden = Transforms.tanh(input.mmul(weights[0].transpose()));
            INDArray second = Nd4j.hstack(hidden, one);
            INDArray output = Transforms.softmax(second.mmul(weights[1].transpose()));
            INDArray deltaOut = output.sub(labels.castTo(DataType.DOUBLE));
            INDArray withoutBias = weights[1].get(NDArrayIndex.all(), NDArrayIndex.interval(0, 4));
            INDArray deltaHidden =
                    deltaOut.mmul(withoutBias).mul(hidden.mul(hidden).rsub(1));
            INDArray[] inputs = {input, second};
            INDArray[] deltas = {deltaHidden, deltaOut};
            INDArray[] a = new INDArray[2];
            INDArray[] g = new INDArray[2];
            for (int layer = 0; layer < 2; layer++) {
                a[layer] = averaged(inputFactors.get(step)[layer], inputs[layer], examples);
                g[layer] = averaged(outputFactors.get(step)[layer], deltas[layer], examples);
            }
            inputFactors.add(a);
            outputFactors.add(g);
            for (int layer = 0; layer < 2; layer++) {
                int late = spread ? layer * INTERVAL / 2 : 0;
                // The last step that was due and is so many steps ago; before there is one, the first.
                int from = 0;
                for (int due = late; due + delay <= step; due += INTERVAL) {
                    from = due;
                }
                INDArray gradient =
                        deltas[layer].transpose().mmul(inputs[layer]).div(examples);
                weights[layer] = weights[layer].sub(damped(outputFactors.get(from + 1)[layer])
                        .mmul(gradient)
                        .mmul(damped(inputFactors.get(from + 1)[layer]))
                        .mul(LEARNING_RATE));
            }
        }

        private INDArray averaged(INDArray before, INDArray rows, double examples) {
            return before.castTo(DataType.DOUBLE)
                    .mul(DECAY)
                    .add(rows.transpose().mmul(rows).mul((1 - DECAY) / examples));
        }

        private INDArray damped(INDArray factor) {
            return InvertMatrix.invert(
                    factor.add(Nd4j.eye(factor.size(0)).castTo(DataType.DOUBLE).mul(DAMPING)), false);
        }
    }

    private INDArray trained(IUpdater updater) {
        MultiLayerNetwork net = network(updater, DataType.FLOAT, 20, 30, 5);
        INDArray batch = Nd4j.linspace(-1, 1, 8 * 20, DataType.FLOAT).reshape(8, 20);
        INDArray classes = Nd4j.eye(8).castTo(DataType.FLOAT).get(NDArrayIndex.all(), NDArrayIndex.interval(0, 5));
        for (int step = 0; step < STEPS; step++) {
            net.fit(batch, classes);
        }
        return net.params();
    }

    @Test
    void the_time_an_inversion_takes_should_not_matter() {
        Kfac delayed = kfac().base(new Nesterovs(0.01, 0.9)).inverseDelay(1).build();
        INDArray expected = trained(delayed);
        KroneckerFactors large = new KroneckerFactors(700, 700, DataType.FLOAT);
        List<PendingInverse> crowd = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            crowd.add(PendingInverse.begin(large, KroneckerInverse.FACTORS, 0.1, 0));
        }
        assertThat(trained(delayed)).isEqualTo(expected);
        crowd.forEach(PendingInverse::await);
    }

    /** Both threads use the backend's matrix products and decompositions; neither may see the other. */
    @ParameterizedTest
    @EnumSource(KroneckerInverse.class)
    void an_inversion_beside_training_should_have_the_bits_of_one_alone(KroneckerInverse how) {
        KroneckerFactors factors = new KroneckerFactors(150, 90, DataType.FLOAT);
        Nd4j.getRandom().setSeed(1);
        factors.update(Nd4j.randn(DataType.FLOAT, 200, 150), Nd4j.randn(DataType.FLOAT, 200, 90), 0.5);
        FactoredInverse alone = factors.invert(how, 0.1);
        INDArray undisturbed = trained(new Nesterovs(0.01, 0.9));

        for (int round = 0; round < 4; round++) {
            List<PendingInverse> beside = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                beside.add(PendingInverse.begin(factors, how, 0.1, 0));
            }
            int rounds = 0;
            do {
                assertThat(trained(new Nesterovs(0.01, 0.9))).isEqualTo(undisturbed);
                rounds++;
            } while (!beside.get(7).result().isDone() && rounds < 1000);
            for (PendingInverse each : beside) {
                assertThat(each.await()).isEqualTo(alone);
            }
        }
    }

    private static List<String> refreshed(KfacLayer layer, boolean due, KfacSettings settings, int iteration) {
        KfacLayer.Step step = layer.prepare(null, due, settings, iteration, 0);
        step.commit();
        return step.refusals();
    }

    @Test
    void factors_that_cannot_be_inverted_should_leave_the_old_inverse_in_use() {
        KroneckerLayer geometry = new KroneckerLayer("layer", 2, 3, 0, -1, false);
        KfacLayer layer = new KfacLayer(geometry, new KroneckerProduct.Buffers(DataType.DOUBLE, List.of(geometry)));
        KfacSettings settings = (KfacSettings) kfac().inverseDelay(2).build().preconditioning();
        assertThat(refreshed(layer, true, settings, 0)).isEmpty();
        FactoredInverse first = layer.factors().inverse();
        layer.factors().a().putScalar(1, 1, -5);
        assertThat(refreshed(layer, true, settings, 4)).isEmpty();
        SavedArrays saved = new SavedArrays();
        layer.save(saved);
        assertThat(saved.all()).containsOnlyKeys("layer/A", "layer/G", "layer/left", "layer/right");
        assertThat(refreshed(layer, false, settings, 5)).isEmpty();
        assertThat(refreshed(layer, false, settings, 6))
                .singleElement()
                .asString()
                .contains("not positive definite", "increase the damping");
        assertThat(layer.factors().inverse()).isSameAs(first);

        layer.factors().a().putScalar(1, 1, Double.NaN);
        assertThat(refreshed(layer, true, settings, 8)).isEmpty();
        assertThat(refreshed(layer, false, settings, 10)).hasSize(1);
        assertThat(layer.factors().inverse()).isSameAs(first);

        layer.factors().a().putScalar(1, 1, 3);
        assertThat(refreshed(layer, true, settings, 12)).isEmpty();
        assertThat(refreshed(layer, false, settings, 14)).isEmpty();
        assertThat(layer.factors().inverse().right().getDouble(1, 1)).isCloseTo(1 / (3 + DAMPING), within(1e-12));
    }

    @Test
    void what_else_fails_in_the_background_should_reach_the_training_thread() {
        PendingInverse failed =
                new PendingInverse(3, CompletableFuture.failedFuture(new IllegalStateException("no memory")));
        assertThatThrownBy(failed::await)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("inversion in the background failed")
                .hasRootCauseMessage("no memory");
        PendingInverse refused =
                PendingInverse.begin(new KroneckerFactors(2, 2, DataType.DOUBLE), KroneckerInverse.FACTORS, -1, 3);
        assertThatThrownBy(refused::await).hasStackTraceContaining("damping");
    }

    @Test
    void an_inversion_under_way_should_be_finished_where_iterations_are_counted_anew() {
        KroneckerLayer geometry = new KroneckerLayer("layer", 2, 3, 0, -1, false);
        KfacLayer layer = new KfacLayer(geometry, new KroneckerProduct.Buffers(DataType.DOUBLE, List.of(geometry)));
        KfacSettings settings = (KfacSettings) kfac().inverseDelay(2).build().preconditioning();
        refreshed(layer, true, settings, 0);
        FactoredInverse first = layer.factors().inverse();
        refreshed(layer, true, settings, 400);
        assertThat(refreshed(layer, false, settings, 3)).isEmpty();
        assertThat(layer.factors().inverse()).isSameAs(first);
        assertThat(refreshed(layer, true, settings, 4)).isEmpty();
        assertThat(layer.factors().inverse()).isNotSameAs(first);
    }

    @Test
    void a_file_from_before_there_was_a_delay_should_be_read() {
        String json = network(kfac().build(), DataType.DOUBLE, 3, 4, 2)
                .getLayerWiseConfigurations()
                .toJson();
        String older = json.replaceAll(",\\s*\"inverseDelay\" : 0", "");
        assertThat(older).isNotEqualTo(json).doesNotContain("inverseDelay");
        assertThat(MultiLayerConfiguration.fromJson(older)).isEqualTo(MultiLayerConfiguration.fromJson(json));
    }

    /** What waits for the thread may wait for long, behind the inversions of other networks. */
    @Test
    void a_network_should_be_collectable_while_its_inversion_waits() throws InterruptedException {
        CountDownLatch gate = new CountDownLatch(1);
        CompletableFuture<Void> busy = CompletableFuture.runAsync(() -> await(gate), PendingInverse.BACKGROUND);
        try {
            List<WeakReference<?>> abandoned = abandonedWithAnInversionPending();
            for (WeakReference<?> each : abandoned) {
                for (int i = 0; i < 100 && each.get() != null; i++) {
                    System.gc();
                    Thread.sleep(20);
                }
                assertThat(each.get()).isNull();
            }
            assertThat(PendingInverse.BACKGROUND.getQueue())
                    .as("inversions still waiting")
                    .hasSize(2);
        } finally {
            gate.countDown();
            busy.join();
        }
    }

    private static void await(CountDownLatch gate) {
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** In a method of its own, so that no local variable of the caller keeps the network. */
    private List<WeakReference<?>> abandonedWithAnInversionPending() {
        MultiLayerNetwork net = network(kfac().inverseDelay(2).build(), DataType.DOUBLE, 3, 4, 2);
        for (int step = 0; step <= INTERVAL; step++) {
            net.fit(features, labels);
        }
        return List.of(
                new WeakReference<>(net),
                new WeakReference<>(net.getListeners().iterator().next()));
    }

    @Test
    void the_thread_should_end_when_there_is_nothing_to_do() throws InterruptedException {
        PendingInverse.begin(new KroneckerFactors(2, 2, DataType.DOUBLE), KroneckerInverse.FACTORS, 1, 3)
                .await();
        Thread inverter = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("newton4j-inverse"))
                .findAny()
                .orElseThrow();
        assertThat(inverter.isDaemon()).isTrue();
        inverter.join(30_000);
        assertThat(inverter.isAlive()).isFalse();
    }
}

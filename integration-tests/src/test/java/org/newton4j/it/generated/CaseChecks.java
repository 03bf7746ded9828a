/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.generated;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.rng.Random;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.optimizers.training.Checkpoints;
import org.newton4j.optimizers.training.HessianProducts;
import org.newton4j.optimizers.training.NetworkHessian;

/** What must hold for one generated case. */
final class CaseChecks {

    /** The step after which training is saved and resumed. */
    private static final int PAUSE = 3;

    /** An oracle that is less sure of itself than this share of what it measures is none. */
    private static final double SURE = 1e-4;

    private final Path folder;
    private final Tally tally;

    CaseChecks(Path folder, Tally tally) {
        this.folder = folder;
        this.tally = tally;
    }

    /** JSON and YAML hold everything. */
    void roundTrip(GeneratedCase drawn) throws Exception {
        tally.timed(Tally.Part.JSON, () -> {
            Object configuration = drawn.copyOfConfiguration();
            if (configuration instanceof MultiLayerConfiguration layers) {
                assertThat(MultiLayerConfiguration.fromJson(layers.toJson())).isEqualTo(layers);
                assertThat(MultiLayerConfiguration.fromYaml(layers.toYaml())).isEqualTo(layers);
            } else {
                ComputationGraphConfiguration graph = (ComputationGraphConfiguration) configuration;
                assertThat(ComputationGraphConfiguration.fromJson(graph.toJson()))
                        .isEqualTo(graph);
                assertThat(ComputationGraphConfiguration.fromYaml(graph.toYaml()))
                        .isEqualTo(graph);
            }
            return null;
        });
    }

    /**
     * Trains without and with a pause: everything stays finite, frozen layers stay, and both end at the same place.
     *
     * @param ours false for Deeplearning4j's own updaters, without a listener
     */
    void training(GeneratedCase drawn, boolean ours) throws Exception {
        Subject straight = Subject.of(drawn.copyOfConfiguration());
        double[] frozen = straight.frozenParams();
        if (ours) {
            straight.listen(drawn.listener());
        }
        Path file = Files.createTempFile(folder, "case", ".zip");
        tally.timed(Tally.Part.TRAIN, () -> {
            Nd4j.getRandom().setSeed(drawn.randomSeed());
            train(straight, drawn, 0, PAUSE);
            return null;
        });
        tally.timed(Tally.Part.RESUME, () -> {
            Random stream = Nd4j.getRandom();
            long[] before = {stream.rootState(), stream.nodeState()};
            double[] paramsBefore = straight.params();
            Checkpoints.save(straight.model(), file);
            assertThat(new long[] {stream.rootState(), stream.nodeState()})
                    .as("random stream after saving")
                    .isEqualTo(before);
            assertThat(straight.params()).as("parameters after saving").isEqualTo(paramsBefore);
            return null;
        });
        tally.timed(Tally.Part.TRAIN, () -> {
            train(straight, drawn, PAUSE, GeneratedCase.STEPS);
            return null;
        });
        assertThat(Vectors.isFinite(straight.params()))
                .as("parameters are finite after training")
                .isTrue();
        assertThat(straight.model().score()).as("score after training").isFinite();
        if (ours) {
            assertThat(straight.frozenParams())
                    .as("parameters of frozen layers")
                    .isEqualTo(frozen);
        }
        tally.timed(Tally.Part.RESUME, () -> {
            Model restored = straight.isGraph()
                    ? Checkpoints.restoreComputationGraph(file)
                    : Checkpoints.restoreMultiLayerNetwork(file);
            Subject resumed = new Subject(restored);
            if (ours) {
                resumed.listen(drawn.listener());
            }
            train(resumed, drawn, PAUSE, GeneratedCase.STEPS);
            assertThat(resumed.params()).as("parameters after a resume").isEqualTo(straight.params());
            assertThat(resumed.state()).as("updater state after a resume").isEqualTo(straight.state());
            return null;
        });
        Files.delete(file);
    }

    /** EXACT products of a DOUBLE copy are the derivative of Deeplearning4j's gradient. */
    void product(GeneratedCase drawn) throws Exception {
        if (!drawn.exact()) {
            tally.count("product: no DOUBLE copy");
            return;
        }
        tally.timed(Tally.Part.PRODUCT, () -> {
            compare(drawn);
            return null;
        });
    }

    private void compare(GeneratedCase drawn) {
        Object configuration = drawn.copyOfConfiguration();
        if (configuration instanceof MultiLayerConfiguration layers) {
            layers.setDataType(DataType.DOUBLE);
        } else {
            ((ComputationGraphConfiguration) configuration).setDataType(DataType.DOUBLE);
        }
        Subject subject = Subject.of(configuration);
        GeneratedCase.Id id = drawn.id();
        Draw draw = new Draw(id.seed() + 1, id.number(), id.attempt());
        boolean[] trainable = DerivativeOracle.trainable(subject);
        double[] direction = new double[trainable.length];
        double[] point = subject.params();
        for (int i = 0; i < direction.length; i++) {
            direction[i] = trainable[i] ? draw.oneOf(-1, 1) : 0;
            // Off the kinks on which biases of 0 and inputs of 0 lie.
            point[i] += trainable[i] ? 0.05 * draw.gaussian() : 0;
        }
        subject.model()
                .params()
                .assign(Nd4j.createFromArray(point)
                        .reshape(subject.model().params().shape()));
        MultiDataSet batch = inDouble(drawn.batches().get(0));
        Random stream = Nd4j.getRandom();
        stream.setSeed(drawn.randomSeed());
        DerivativeOracle oracle = new DerivativeOracle(subject, batch, stream);
        DerivativeOracle.Answer answer;
        try {
            answer = oracle.along(direction);
        } catch (RuntimeException refused) {
            tally.count("product: Deeplearning4j fails in DOUBLE");
            return;
        }
        double[] expected = Vectors.keep(answer.value(), trainable);
        double size = Vectors.norm(expected);
        double rounding = answer.gradientNorm() * Vectors.norm(direction) / Vectors.norm(point);
        if (!(answer.error() <= SURE * (size + rounding))) {
            tally.count("product: no oracle");
            return;
        }
        stream.setSeed(drawn.randomSeed());
        NetworkHessian hessian = subject.model() instanceof MultiLayerNetwork net
                ? NetworkHessian.of(net, Subject.single(batch), HessianProducts.EXACT)
                : NetworkHessian.of((ComputationGraph) subject.model(), batch, HessianProducts.EXACT);
        INDArray product = Nd4j.create(DataType.DOUBLE, direction.length);
        hessian.multiply(Nd4j.createFromArray(direction), product);
        double[] actual = FixtureNetwork.toArray(product);
        double error = Vectors.distance(actual, expected);
        double promised = 1e-8 * size + 1e-10 * rounding;
        double reported = hessian.lastError().absolute();
        // What is reported is an estimate, too.
        double allowed = Math.max(promised, 10 * reported) + 10 * answer.error();
        if (error > promised + 10 * answer.error()) {
            tally.count("product: less than the documented accuracy, and said so");
        }
        tally.count("product: compared");
        assertThat(error)
                .as(
                        "error of an EXACT product of norm %s, reported %s, oracle's own error %s, |g||v|/|θ| %s",
                        size, reported, answer.error(), rounding)
                .isLessThanOrEqualTo(allowed);
    }

    private static MultiDataSet inDouble(MultiDataSet batch) {
        return new MultiDataSet(
                cast(batch.getFeatures()),
                cast(batch.getLabels()),
                batch.getFeaturesMaskArrays() == null ? null : cast(batch.getFeaturesMaskArrays()),
                batch.getLabelsMaskArrays() == null ? null : cast(batch.getLabelsMaskArrays()));
    }

    private static INDArray[] cast(INDArray[] arrays) {
        INDArray[] cast = new INDArray[arrays.length];
        for (int i = 0; i < cast.length; i++) {
            cast[i] = arrays[i].castTo(DataType.DOUBLE);
        }
        return cast;
    }

    private static void train(Subject subject, GeneratedCase drawn, int from, int to) {
        for (int step = from; step < to; step++) {
            subject.fit(drawn.batches().get(step));
        }
    }
}

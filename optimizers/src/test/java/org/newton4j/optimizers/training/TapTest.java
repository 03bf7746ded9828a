/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Kinks read from the main network's own passes during training. */
class TapTest {

    private static final int ITERATIONS = 3;

    /** What the forward pass does not show, or not reliably. */
    private static final Set<String> RECORDED = Set.of(
            "dense leaky relu -0.3",
            "dense relu max",
            "dense relu max, threshold and slope",
            "dense relu threshold and slope",
            "loss L1",
            "loss MEAN_ABSOLUTE_ERROR",
            "loss MEAN_ABSOLUTE_PERCENTAGE_ERROR",
            "loss HINGE",
            "relu output",
            "dropout hard tanh",
            // One reader's dropout works in place on what another reader got whole: noticed by the self-check.
            "dropout graph with two readers",
            "alpha dropout",
            "gaussian dropout",
            "gaussian noise",
            "spatial dropout",
            "drop connect",
            "lstm hard gates",
            "simple rnn relu",
            "bidirectional relu",
            "last time step relu");

    static Stream<String> nets() {
        return KinkedNets.all().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("nets")
    void should_give_the_recorded_products_and_leave_training_alone(String name) {
        for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT}) {
            KinkedNets.Net plain = KinkedNets.all().get(name).make(type);
            Nd4j.getRandom().setSeed(3);
            fit(plain);
            RandomStream after = RandomStream.here();

            KinkedNets.Net watched = KinkedNets.all().get(name).make(type);
            Tapping tapping = new Tapping();
            watched.model().setListeners(tapping);
            Nd4j.getRandom().setSeed(3);
            fit(watched);

            assertThat(watched.parameters()).isEqualTo(plain.parameters());
            assertThat(RandomStream.here()).isEqualTo(after);
            boolean tapped = !RECORDED.contains(name);
            assertThat(tapping.way())
                    .as(type.toString())
                    .isEqualTo(tapped ? NetworkDerivative.Way.TAPPED : NetworkDerivative.Way.RECORDED);
            assertThat(tapping.tapped).hasSizeGreaterThanOrEqualTo(ITERATIONS);
            for (int i = 0; i < tapping.tapped.size(); i++) {
                INDArray hv = tapping.tapped.get(i);
                // Masks of a recording are not the main network's, so with the tap only the modes can be compared.
                boolean ownMasks = tapped && name.startsWith("dropout");
                INDArray reference = ownMasks ? tapping.tappedCentral.get(i) : tapping.recorded.get(i);
                double error = hv.distance2(reference) / reference.norm2Number().doubleValue();
                double tolerance = ownMasks && type == DataType.FLOAT ? 2e-2 : 1e-5;
                assertThat(error).as(type + " iteration " + i).isLessThan(tolerance);
            }
        }
    }

    private static void fit(KinkedNets.Net net) {
        for (int i = 0; i < ITERATIONS; i++) {
            if (net.model() instanceof MultiLayerNetwork network) {
                network.fit(
                        net.batch().getFeatures(0),
                        net.batch().getLabels(0),
                        net.batch().getFeaturesMaskArray(0),
                        net.batch().getLabelsMaskArray(0));
            } else {
                ((ComputationGraph) net.model()).fit(net.batch());
            }
        }
    }
}

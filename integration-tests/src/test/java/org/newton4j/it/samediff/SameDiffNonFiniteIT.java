/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.samediff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.DiffGrad;
import org.newton4j.optimizers.Lion;
import org.newton4j.optimizers.Mfac;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.samediff.SameDiffCurvatureListener;
import org.newton4j.optimizers.update.NonFinite;
import org.newton4j.optimizers.update.NonFiniteException;

/** A mini-batch of which no step can be made leaves a graph as it was, or ends training; one listener serves a graph. */
class SameDiffNonFiniteIT {

    static Map<String, IUpdater> optimizers() {
        Map<String, IUpdater> all = new LinkedHashMap<>();
        all.put(
                "AdaHessian",
                AdaHessian.builder().learningRate(0.05).updateInterval(2).build());
        all.put(
                "Sophia",
                Sophia.builder().updateInterval(3).estimator(Sophia.Estimator.H).build());
        all.put(
                "Mfac",
                Mfac.builder().base(new Adam(0.01)).gradients(2).damping(0.1).build());
        all.put("Lion", new Lion(0.01));
        all.put("DiffGrad", new DiffGrad(0.01));
        all.put("Adam", new Adam(0.01));
        return all;
    }

    static Stream<String> names() {
        return optimizers().keySet().stream();
    }

    private static SameDiff graph(String name, boolean decoupled) {
        return SmallGraphs.mlp(
                Objects.requireNonNull(optimizers().get(name)),
                DataType.FLOAT,
                (sd, h) -> sd.math.tanh(h),
                b -> decoupled ? b.weightDecay(0.01, true) : b.l2(0.01));
    }

    private static DataSet bad() {
        DataSet bad = SmallGraphs.data(77, DataType.FLOAT);
        bad.getFeatures().putScalar(0, 1, Double.NaN);
        return bad;
    }

    private static void assertSame(SameDiff actual, SameDiff expected) {
        assertThat(SmallGraphs.flat(SmallGraphs.parameters(actual)))
                .isEqualTo(SmallGraphs.flat(SmallGraphs.parameters(expected)));
        assertThat(SmallGraphs.flat(SmallGraphs.states(actual)))
                .isEqualTo(SmallGraphs.flat(SmallGraphs.states(expected)));
    }

    @ParameterizedTest
    @MethodSource("names")
    void a_skipped_step_should_leave_everything_but_the_iteration(String name) {
        for (boolean decoupled : new boolean[] {false, true}) {
            SameDiff skipping = graph(name, decoupled);
            SameDiff never = graph(name, decoupled);
            for (SameDiff sd : List.of(skipping, never)) {
                sd.setListeners(new SameDiffCurvatureListener());
                SmallGraphs.train(sd, 0, 3, DataType.FLOAT);
            }
            skipping.fit(bad());
            assertThat(SameDiffCurvatureListener.skippedSteps(skipping)).isEqualTo(1);
            never.getTrainingConfig().incrementIterationCount();
            assertSame(skipping, never);
            SmallGraphs.train(skipping, 4, 7, DataType.FLOAT);
            SmallGraphs.train(never, 4, 7, DataType.FLOAT);
            assertSame(skipping, never);
            assertThat(SameDiffCurvatureListener.skippedSteps(never)).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void the_first_step_should_be_no_exception(String name) {
        SameDiff sd = graph(name, false);
        sd.setListeners(new SameDiffCurvatureListener());
        double[] before = SmallGraphs.flat(SmallGraphs.parameters(sd));
        sd.fit(bad());
        assertThat(SmallGraphs.flat(SmallGraphs.parameters(sd))).isEqualTo(before);
        SmallGraphs.train(sd, 1, 3, DataType.FLOAT);
        assertThat(SmallGraphs.flat(SmallGraphs.parameters(sd)))
                .doesNotContain(Double.NaN)
                .isNotEqualTo(before);
    }

    @ParameterizedTest
    @MethodSource("names")
    void fail_should_end_training_before_anything_has_changed(String name) {
        SameDiff failing = graph(name, true);
        SameDiff never = graph(name, true);
        failing.setListeners(
                SameDiffCurvatureListener.builder().nonFinite(NonFinite.FAIL).build());
        never.setListeners(new SameDiffCurvatureListener());
        SmallGraphs.train(failing, 0, 3, DataType.FLOAT);
        SmallGraphs.train(never, 0, 3, DataType.FLOAT);
        assertThatThrownBy(() -> failing.fit(bad()))
                .isInstanceOf(NonFiniteException.class)
                .hasMessageContaining("No step can be made at iteration 3");
        assertSame(failing, never);
        failing.setListeners(new SameDiffCurvatureListener());
        SmallGraphs.train(failing, 3, 5, DataType.FLOAT);
        SmallGraphs.train(never, 3, 5, DataType.FLOAT);
        assertSame(failing, never);
    }

    @Test
    void what_was_updated_before_the_bad_gradient_came_should_be_put_back() {
        // The gradient of w does not depend on the feature that spoils that of u.
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, 1);
        SDVariable y = sd.placeHolder("y", DataType.FLOAT, -1, 1);
        SDVariable w = sd.var("w", Nd4j.createFromArray(1f));
        SDVariable u = sd.var("u", Nd4j.createFromArray(1e-3f));
        sd.math.abs(x.mul(u)).add(y.mul(w)).sum("loss");
        sd.setLossVariables("loss");
        SmallGraphs.configure(sd, new Adam(0.01), b -> b);
        sd.setListeners(new SameDiffCurvatureListener());
        sd.fit(new DataSet(Nd4j.createFromArray(new float[][] {{1}}), Nd4j.createFromArray(new float[][] {{1}})));
        double[] before = SmallGraphs.flat(SmallGraphs.parameters(sd));
        double[] state = SmallGraphs.flat(SmallGraphs.states(sd));
        sd.fit(new DataSet(Nd4j.createFromArray(new float[][] {{1e30f}}), Nd4j.createFromArray(new float[][] {{1}})));
        assertThat(SmallGraphs.flat(SmallGraphs.parameters(sd))).isEqualTo(before);
        assertThat(SmallGraphs.flat(SmallGraphs.states(sd))).isEqualTo(state);
        assertThat(SameDiffCurvatureListener.skippedSteps(sd)).isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("names")
    void a_second_listener_should_change_nothing(String name) {
        SameDiff one = graph(name, false);
        SameDiff many = graph(name, false);
        SameDiffCurvatureListener shared = new SameDiffCurvatureListener();
        one.setListeners(shared);
        many.setListeners(
                new SameDiffCurvatureListener(),
                SameDiffCurvatureListener.builder().seed(4).build(),
                shared);
        for (int step = 0; step < 6; step++) {
            if (step == 3) {
                many.addListeners(new SameDiffCurvatureListener());
            }
            if (step == 4) {
                many.setListeners(new SameDiffCurvatureListener(), shared);
            }
            SmallGraphs.train(one, step, step + 1, DataType.FLOAT);
            SmallGraphs.train(many, step, step + 1, DataType.FLOAT);
        }
        assertSame(many, one);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import java.util.List;
import java.util.Map;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.newton4j.it.fixture.FixtureCase;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.DiffGrad;
import org.newton4j.optimizers.Lion;
import org.newton4j.optimizers.Sophia;

/** The hyper-parameters of a golden case as an optimizer of this library and a regularisation of ND4J. */
final class UpdaterConfigs {

    /** The reference's names of state vectors and ours. */
    private static final Map<String, Map<String, String>> SLOTS = Map.of(
            "lion", Map.of("final_exp_avg", "M"),
            "diffgrad", Map.of("final_exp_avg", "M", "final_exp_avg_sq", "V", "final_previous_grad", "PREVIOUS"),
            "adahessian", Map.of("final_exp_avg", "M", "final_exp_hessian_diag_sq", "V"),
            "sophia", Map.of("final_exp_avg", "M", "final_hessian", "H"));

    private UpdaterConfigs() {}

    /** The optimizer, its learning rate taken from a table. */
    static IUpdater of(FixtureCase fixture, double[] learningRates) {
        StepSchedule schedule = new StepSchedule(learningRates);
        return switch (fixture.text("optimizer")) {
            case "lion" ->
                Lion.builder()
                        .learningRateSchedule(schedule)
                        .beta1(fixture.beta(0))
                        .beta2(fixture.beta(1))
                        .build();
            case "diffgrad" ->
                DiffGrad.builder()
                        .learningRateSchedule(schedule)
                        .beta1(fixture.beta(0))
                        .beta2(fixture.beta(1))
                        .epsilon(fixture.hyper("eps"))
                        .build();
            case "adahessian" ->
                adaHessianBuilder(fixture).learningRateSchedule(schedule).build();
            case "sophia" ->
                sophiaBuilder(fixture).learningRateSchedule(schedule).build();
            default -> throw new IllegalArgumentException("unknown optimizer '" + fixture.text("optimizer") + "'");
        };
    }

    /** AdaHessian with a constant learning rate. */
    static AdaHessian adaHessian(FixtureCase fixture, double learningRate) {
        return adaHessianBuilder(fixture).learningRate(learningRate).build();
    }

    /** Sophia with a constant learning rate. */
    static Sophia sophia(FixtureCase fixture, double learningRate) {
        return sophiaBuilder(fixture).learningRate(learningRate).build();
    }

    /** The decay of the case as ND4J applies it: for diffGrad L2 in front of the updater, for the others behind it. */
    static List<Regularization> decay(FixtureCase fixture) {
        double coefficient = fixture.hyper("weight_decay");
        if (fixture.text("optimizer").equals("diffgrad")) {
            return List.of(new L2Regularization(coefficient));
        }
        // The reference's decoupled decay of Lion divides by the initial learning rate.
        boolean decoupled =
                fixture.field("hyper").path("decoupled_weight_decay").asBoolean(false);
        return List.of(new WeightDecay(decoupled ? coefficient / fixture.hyper("lr_initial") : coefficient, true));
    }

    /** Our key for a {@code final_*} array. */
    static String slot(FixtureCase fixture, String array) {
        String slot = SLOTS.get(fixture.text("optimizer")).get(array);
        if (slot == null) {
            throw new IllegalArgumentException(fixture.folder() + ": no state is known for " + array);
        }
        return slot;
    }

    private static Sophia.Builder sophiaBuilder(FixtureCase fixture) {
        return Sophia.builder()
                .beta1(fixture.beta(0))
                .beta2(fixture.beta(1))
                .rho(fixture.hyper("rho"))
                .updateInterval((int) fixture.hyper("k"))
                .batchFactor(fixture.hyper("bs"));
    }

    private static AdaHessian.Builder adaHessianBuilder(FixtureCase fixture) {
        return AdaHessian.builder()
                // The paper and its code have no bound.
                .updateClip(0)
                .beta1(fixture.beta(0))
                .beta2(fixture.beta(1))
                .epsilon(fixture.hyper("eps"))
                .hessianPower(fixture.hyper("hessian_power"));
    }
}

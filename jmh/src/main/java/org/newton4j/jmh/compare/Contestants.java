/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.DiffGrad;
import org.newton4j.optimizers.Kfac;
import org.newton4j.optimizers.Lion;
import org.newton4j.optimizers.Mfac;
import org.newton4j.optimizers.Mkor;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.update.MkorRule;

/**
 * The optimizer table. A new optimizer is one row here, then {@code ./compare --tune --optimizers NAME --model MODEL} for
 * each network; the trials go into tuning.csv, from which its defaults are read.
 */
final class Contestants {
    private static final double MOMENTUM = 0.9;

    /** Name, title, kind, colour; learning rate → builder; what is attached; centres of the grids for cnn, mlp, autoencoder. */
    static final List<Contestant> ALL = List.of(
            row(
                    "adam",
                    "Adam",
                    "ND4J",
                    "#3f7fd9",
                    lr -> Adam.builder().learningRate(lr),
                    Companion::none,
                    grid(1e-2, 2e-3, 4e-3)),
            row(
                    "nesterovs",
                    "Nesterovs",
                    "ND4J, momentum 0.9",
                    "#838b97",
                    lr -> Nesterovs.builder().learningRate(lr).momentum(MOMENTUM),
                    Companion::none,
                    grid(5e-2, 5e-2, 2e-3)),
            row(
                    "lion",
                    "Lion",
                    "sign of momentum",
                    "#d9822b",
                    lr -> Lion.builder().learningRate(lr),
                    Companion::none,
                    grid(1e-3, 1e-3, 1e-3)),
            row(
                    "diffgrad",
                    "diffGrad",
                    "gradient change",
                    "#2f9e6e",
                    lr -> DiffGrad.builder().learningRate(lr),
                    Companion::none,
                    grid(1e-2, 4e-3, 8e-3)),
            row(
                    "adahessian",
                    "AdaHessian",
                    "Hutchinson diagonal",
                    "#c8456d",
                    // Tuned as the paper has it, without a bound.
                    lr -> AdaHessian.builder().learningRate(lr).updateClip(0),
                    Companion::curvature,
                    grid(1e-1, 5e-2, 2.5e-2)),
            row(
                    "sophiag",
                    "Sophia-G",
                    "Gauss-Newton-Bartlett every 10 steps",
                    "#b8860b",
                    lr -> Sophia.builder().learningRate(lr).estimator(Sophia.Estimator.G),
                    Companion::curvature,
                    grid(1e-3, 4e-4, 7e-4)),
            row(
                    "sophiah",
                    "Sophia-H",
                    "Hutchinson every 10 steps",
                    "#8a9a2b",
                    lr -> Sophia.builder().learningRate(lr).estimator(Sophia.Estimator.H),
                    Companion::curvature,
                    grid(1e-3, 4e-4, 7e-4)),
            inFront(
                    "mfac",
                    "M-FAC",
                    "32 gradients, damping 0.01",
                    "#7b61c9",
                    base -> Mfac.builder().base(base).gradients(32).damping(0.01),
                    grid(2e-3, 1e-2, 4e-3)),
            inFront(
                    "mkor",
                    "MKOR",
                    "exact rank-one inverses every step",
                    "#d24f2f",
                    base -> Mkor.builder().base(base),
                    grid(5e-2, 5e-2, 6e-3)),
            inFront(
                    "mkor-full",
                    "MKOR-FULL",
                    "whole covariances every 10 steps",
                    "#5f4b32",
                    base -> Mkor.builder().base(base).rule(MkorRule.FULL),
                    grid(5e-2, 5e-2, 6e-3)),
            new Contestant(
                    "kfac",
                    "K-FAC",
                    "Kronecker factors every 5 steps, Nesterovs inside",
                    "#2a9da8",
                    (model, lr) -> Kfac.builder().base(new Nesterovs(lr, MOMENTUM)),
                    Companion::curvature,
                    // While klClip is active the learning rate cancels; turning it would turn nothing.
                    new Contestant.Knob("klClip", Kfac.DEFAULT_LEARNING_RATE),
                    grid(2e-3, 2e-3, 6e-3)));

    private Contestants() {}

    private static Contestant row(
            String name,
            String title,
            String kind,
            String colour,
            DoubleFunction<Object> builder,
            Supplier<Companion> companion,
            Map<Model, Double> centres) {
        return new Contestant(
                name,
                title,
                kind,
                colour,
                (model, lr) -> builder.apply(lr),
                companion,
                Contestant.Knob.LEARNING_RATE,
                centres);
    }

    /** In front of the base updater that suits the network; the learning rate is the base's. */
    private static Contestant inFront(
            String name,
            String title,
            String kind,
            String colour,
            Function<IUpdater, Object> builder,
            Map<Model, Double> centres) {
        return new Contestant(
                name,
                title,
                kind,
                colour,
                (model, lr) -> builder.apply(base(model, lr)),
                Companion::curvature,
                Contestant.Knob.LEARNING_RATE,
                centres);
    }

    /** Plain momentum is poor on the autoencoder, whatever stands in front of it. */
    private static IUpdater base(Model model, double learningRate) {
        return model == Model.AUTOENCODER ? new Adam(learningRate) : new Nesterovs(learningRate, MOMENTUM);
    }

    private static Map<Model, Double> grid(double cnn, double mlp, double autoencoder) {
        return Map.of(Model.CNN, cnn, Model.MLP, mlp, Model.AUTOENCODER, autoencoder);
    }

    static Contestant named(String name) {
        String wanted = name.strip().toLowerCase(Locale.ROOT);
        return ALL.stream()
                .filter(c -> c.name().equals(wanted))
                .findFirst()
                .orElseThrow(() -> new BadInput("unknown optimizer '" + name + "'; there are " + names()));
    }

    static String names() {
        return ALL.stream().map(Contestant::name).collect(Collectors.joining(", "));
    }
}

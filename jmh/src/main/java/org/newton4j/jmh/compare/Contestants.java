/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;
import java.util.stream.Collectors;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.DiffGrad;
import org.newton4j.optimizers.Lion;

/**
 * The optimizer table. A new optimizer is one row here, then {@code ./compare --tune --optimizers NAME} for each model;
 * the rows it prints go into tuning.csv, and the best rate into the row.
 */
final class Contestants {
    /** Name, title, kind, colour; learning rate → updater; for cnn and for mlp the centre of the tuning grid and the tuned rate. */
    static final List<Contestant> ALL = List.of(
            plain("adam", "Adam", "ND4J", "#3f7fd9", Adam::new, rate(1e-2, 1e-2), rate(2e-3, 9.28e-4)),
            plain(
                    "nesterovs",
                    "Nesterovs",
                    "ND4J, momentum 0.9",
                    "#838b97",
                    lr -> new Nesterovs(lr, 0.9),
                    rate(5e-2, 5e-2),
                    rate(5e-2, 2.32e-2)),
            plain("lion", "Lion", "sign of momentum", "#d9822b", Lion::new, rate(1e-3, 2.15e-3), rate(1e-3, 1e-3)),
            plain(
                    "diffgrad",
                    "diffGrad",
                    "gradient change",
                    "#2f9e6e",
                    DiffGrad::new,
                    rate(1e-2, 2.15e-2),
                    rate(2e-3, 4.31e-3)),
            curved(
                    "adahessian",
                    "AdaHessian",
                    "Hutchinson diagonal",
                    "#c8456d",
                    AdaHessian::new,
                    rate(1e-1, 4.64e-2),
                    rate(5e-2, 2.32e-2)));

    private Contestants() {}

    private static Contestant.Rate rate(double centre, double tuned) {
        return new Contestant.Rate(centre, tuned);
    }

    private static Contestant plain(
            String name,
            String title,
            String kind,
            String colour,
            DoubleFunction<IUpdater> updater,
            Contestant.Rate cnn,
            Contestant.Rate mlp) {
        return new Contestant(name, title, kind, colour, updater, Companion::none, cnn, mlp);
    }

    /** With a {@code CurvatureListener} attached. */
    private static Contestant curved(
            String name,
            String title,
            String kind,
            String colour,
            DoubleFunction<IUpdater> updater,
            Contestant.Rate cnn,
            Contestant.Rate mlp) {
        return new Contestant(name, title, kind, colour, updater, Companion::curvature, cnn, mlp);
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

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
    /** Name, title, kind, colour; learning rate → updater; centre of the tuning grid; tuned rate for cnn, for mlp. */
    static final List<Contestant> ALL = List.of(
            plain("adam", "Adam", "ND4J", "#3f7fd9", Adam::new, 2e-3, 2e-3, 1e-3),
            plain(
                    "nesterovs",
                    "Nesterovs",
                    "ND4J, momentum 0.9",
                    "#838b97",
                    rate -> new Nesterovs(rate, 0.9),
                    5e-2,
                    5e-2,
                    5e-2),
            plain("lion", "Lion", "sign of momentum", "#d9822b", Lion::new, 3e-4, 1e-3, 1e-3),
            plain("diffgrad", "diffGrad", "gradient change", "#2f9e6e", DiffGrad::new, 2e-3, 4e-3, 4e-3),
            curved("adahessian", "AdaHessian", "Hutchinson diagonal", "#c8456d", AdaHessian::new, 1e-1, 5e-2, 5e-2));

    private Contestants() {}

    private static Contestant plain(
            String name,
            String title,
            String kind,
            String colour,
            DoubleFunction<IUpdater> updater,
            double centre,
            double cnnRate,
            double mlpRate) {
        return new Contestant(name, title, kind, colour, updater, Companion::none, centre, cnnRate, mlpRate);
    }

    /** With a {@code CurvatureListener} attached. */
    private static Contestant curved(
            String name,
            String title,
            String kind,
            String colour,
            DoubleFunction<IUpdater> updater,
            double centre,
            double cnnRate,
            double mlpRate) {
        return new Contestant(name, title, kind, colour, updater, Companion::curvature, centre, cnnRate, mlpRate);
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

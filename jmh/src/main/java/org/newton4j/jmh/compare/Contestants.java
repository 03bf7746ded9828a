/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Nesterovs;

/**
 * The optimizer table. A new optimizer is one row here, then {@code ./compare --tune --optimizers NAME} for each model;
 * the rows it prints go into tuning.csv, and the best rate into the row.
 */
final class Contestants {
    /** Name, title, kind, colour; updater; companion; grid centre, tuned rate for cnn, for mlp. */
    static final List<Contestant> ALL = List.of(
            new Contestant(
                    "adam", "Adam", "ND4J", "#3f7fd9", rate -> new Adam(rate), Companion::none, 2e-3, 2e-3, 1e-3),
            new Contestant(
                    "nesterovs",
                    "Nesterovs",
                    "ND4J, momentum 0.9",
                    "#838b97",
                    rate -> new Nesterovs(rate, 0.9),
                    Companion::none,
                    5e-2,
                    5e-2,
                    5e-2));

    private Contestants() {}

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

/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.function.DoubleFunction;
import java.util.function.Supplier;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * One row of the optimizer table.
 *
 * @param name on the command line
 * @param title in tables and charts
 * @param kind what it is, in a few words
 * @param colour of its curve, legible on white and on black
 * @param updater learning rate → configuration; everything else is the optimizer's default
 * @param companion what else is attached to the network
 * @param cnn learning rate for {@link Model#CNN}
 * @param mlp learning rate for {@link Model#MLP}
 */
record Contestant(
        String name,
        String title,
        String kind,
        String colour,
        DoubleFunction<IUpdater> updater,
        Supplier<Companion> companion,
        Rate cnn,
        Rate mlp) {

    /**
     * A learning rate and the grid it comes from.
     *
     * @param centre middle of the tuning grid
     * @param tuned best value of the grid
     */
    record Rate(double centre, double tuned) {}

    Rate rate(Model model) {
        return switch (model) {
            case CNN -> cnn;
            case MLP -> mlp;
        };
    }
}

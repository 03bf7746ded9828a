/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * One row of the optimizer table.
 *
 * @param name on the command line
 * @param title in tables and charts
 * @param kind what it is, in a few words
 * @param colour of its curve, legible on white and on black
 * @param recipe network and learning rate → the optimizer's builder; everything else is the optimizer's default
 * @param companion what else is attached to the network
 * @param knob what is tuned
 * @param centres middle of the tuning grid for each network
 */
record Contestant(
        String name,
        String title,
        String kind,
        String colour,
        Recipe recipe,
        Supplier<Companion> companion,
        Knob knob,
        Map<Model, Double> centres) {

    /** Makes an optimizer's builder: an object with {@code build()} and a method of one parameter for each setting. */
    @FunctionalInterface
    interface Recipe {
        Object builder(Model model, double learningRate);
    }

    /**
     * The hyper-parameter the search turns.
     *
     * @param parameter its name in the builder
     * @param learningRate of all trials, where something else is turned; NaN where the learning rate is
     */
    record Knob(String parameter, double learningRate) {
        static final Knob LEARNING_RATE = new Knob("learningRate", Double.NaN);
    }

    /** This optimizer with its knob at a value. */
    Entry at(double value, String source) {
        return knob.equals(Knob.LEARNING_RATE)
                ? new Entry(this, value, Map.of(), source)
                : new Entry(this, knob.learningRate(), Map.of(knob.parameter(), Text.number(value)), source);
    }

    /** The best of the recorded trials, or the middle of the grid before there are any. */
    Entry tuned(Model model) {
        return Trials.recorded()
                .best(model, this)
                .map(value -> at(value, Entry.TUNED))
                .orElseGet(() -> at(centre(model), Entry.UNTUNED));
    }

    double centre(Model model) {
        Double centre = centres.get(model);
        if (centre == null) {
            throw new IllegalStateException(name + " has no tuning grid for " + model.label());
        }
        return centre;
    }

    /**
     * Makes the configuration.
     *
     * @throws BadInput if the optimizer refuses a setting
     */
    IUpdater updater(Model model, Entry entry) {
        return Settings.build(name, recipe.builder(model, entry.learningRate()), new LinkedHashMap<>(entry.settings()));
    }
}

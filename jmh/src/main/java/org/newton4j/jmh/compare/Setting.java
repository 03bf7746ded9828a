/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.List;

/**
 * What is the same for all optimizers of a comparison.
 *
 * @param data images
 * @param model network
 * @param epochs passes over the training images
 * @param batch images in a step
 * @param seeds one run each per optimizer
 * @param evaluations evaluations in an epoch
 * @param target test accuracy to reach
 */
record Setting(ImageData data, Model model, int epochs, int batch, List<Long> seeds, int evaluations, double target) {
    Setting {
        model.check(data.train());
        if (seeds.contains(0L)) {
            throw new IllegalArgumentException("seed 0 is no seed: ND4J takes it for \"draw one from the clock\"");
        }
        if (batch > data.train().count()) {
            throw new BadInput(
                    "--batch " + batch + " is more than the " + data.train().count() + " training images there are");
        }
    }

    /** Whole batches only, so that every step costs the same; what is left over differs from epoch to epoch. */
    int stepsPerEpoch() {
        return data.train().count() / batch;
    }

    int steps() {
        return epochs * stepsPerEpoch();
    }

    /** Evaluations are spread evenly over an epoch and end with it. */
    boolean evaluatesAfter(int step) {
        int n = Math.min(evaluations, stepsPerEpoch());
        long inEpoch = (step - 1L) % stepsPerEpoch() + 1;
        return inEpoch * n / stepsPerEpoch() != (inEpoch - 1) * n / stepsPerEpoch();
    }
}

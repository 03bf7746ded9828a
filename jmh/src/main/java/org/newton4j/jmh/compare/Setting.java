/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.List;

/**
 * What is the same for all optimizers of a comparison.
 *
 * @param data images
 * @param model network
 * @param budget length of a run and its evaluations
 * @param batch images in a step
 * @param seeds one run each per optimizer
 * @param goal what to reach
 */
record Setting(ImageData data, Model model, Budget budget, int batch, List<Long> seeds, Goal goal) {
    private static final int FEW_LOSS_IMAGES = 500;
    private static final int MANY_LOSS_IMAGES = 2000;

    Setting {
        model.check(data.train());
        if (seeds.contains(0L)) {
            throw new IllegalArgumentException("seed 0 is no seed: ND4J takes it for \"draw one from the clock\"");
        }
        checkBatch(data, batch);
    }

    static void checkBatch(ImageData data, int batch) {
        if (batch > data.train().count()) {
            throw new BadInput(
                    "--batch " + batch + " is more than the " + data.train().count() + " training images there are");
        }
    }

    /** Whole batches only, so that every step costs the same; what is left over differs from epoch to epoch. */
    int stepsPerEpoch() {
        return data.train().count() / batch;
    }

    /** Training images whose loss is followed: more where the loss is the target. */
    int lossImages() {
        int wanted = goal.metric() == Metric.LOSS ? MANY_LOSS_IMAGES : FEW_LOSS_IMAGES;
        return Math.min(wanted, data.train().count());
    }

    /** Test images: all where accuracy is the target, else enough to see where it goes; none for a network without labels. */
    int testImages() {
        if (!model.hasAccuracy()) {
            return 0;
        }
        int all = data.test().count();
        return goal.metric() == Metric.ACCURACY ? all : Math.min(all, MANY_LOSS_IMAGES);
    }
}

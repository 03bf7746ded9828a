/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.optimizers.update.MkorFallback;

/** Watches the loss for the knee described in {@link MkorFallback}. */
final class ImprovementRate {

    private final MkorFallback rule;
    private double first = Double.NaN;
    private double previous;
    private double average;
    private double weight = 1;
    private long steps;
    private long knees;
    private boolean over;

    ImprovementRate(MkorFallback rule) {
        this.rule = rule;
    }

    /**
     * Takes in the loss of one more iteration.
     *
     * @param loss ignored if not finite
     * @return true for the one call that finds the knee
     */
    boolean add(double loss) {
        if (over || !Double.isFinite(loss)) {
            return false;
        }
        if (Double.isNaN(first)) {
            first = loss;
            previous = loss;
            return false;
        }
        steps++;
        average = rule.decay() * average + (1 - rule.decay()) * (previous - loss);
        weight *= rule.decay();
        previous = loss;
        if (steps < rule.warmup()) {
            return false;
        }
        knees = rate() < rule.beta() * meanRate() ? knees + 1 : 0;
        over = knees >= rule.patience();
        return over;
    }

    /** The present rate, in loss per iteration. */
    double rate() {
        return average / (1 - weight);
    }

    /** The mean rate since the start. */
    double meanRate() {
        return (first - previous) / steps;
    }

    boolean over() {
        return over;
    }

    INDArray state() {
        return Nd4j.createFromArray(first, previous, average, weight, (double) steps, (double) knees, over ? 1.0 : 0.0);
    }

    void restore(INDArray state) {
        first = state.getDouble(0);
        previous = state.getDouble(1);
        average = state.getDouble(2);
        weight = state.getDouble(3);
        steps = (long) state.getDouble(4);
        knees = (long) state.getDouble(5);
        over = state.getDouble(6) != 0;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import org.nd4j.linalg.schedule.ISchedule;

/**
 * A learning rate per iteration, taken from a table.
 *
 * @param values learning rate of iteration 0, 1, …
 */
record StepSchedule(double[] values) implements ISchedule {

    @Override
    public double valueAt(int iteration, int epoch) {
        return values[iteration];
    }

    @Override
    public ISchedule clone() {
        return new StepSchedule(values.clone());
    }
}

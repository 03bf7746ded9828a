/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

/**
 * An optimizer with the learning rate it runs at.
 *
 * @param contestant the optimizer
 * @param learningRate its step size
 * @param source where the learning rate comes from, for the report
 */
record Entry(Contestant contestant, double learningRate, String source) {
    static final String TUNED = "tuned";
    static final String GIVEN = "--lr";
}

/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.estimate;

import org.newton4j.curvature.operator.Arguments;

/**
 * How many probes an estimate may use.
 *
 * <p>With a target, probes are drawn until the standard error is at most target times the size of the estimate, but at
 * least {@code least} and at most {@code most}. The error itself is an estimate: with fewer than about ten probes it can be
 * too small by chance, and stopping on it favours that chance slightly.
 *
 * @param least probes drawn in any case, at least 2
 * @param most probes drawn at most, at least {@code least}
 * @param target relative standard error to stop at, at least 0; 0 draws all
 */
public record ProbeBudget(int least, int most, double target) {

    /**
     * Checks the numbers.
     *
     * @param least probes drawn in any case, at least 2: one has no standard error
     * @param most probes drawn at most, at least {@code least}
     * @param target relative standard error to stop at, at least 0
     * @throws IllegalArgumentException when a number is out of range
     */
    public ProbeBudget {
        Arguments.count("least", least, 2);
        Arguments.count("most", most, least);
        Arguments.notNegative("target", target);
    }

    /**
     * A fixed number of probes.
     *
     * @param probes at least 2
     * @return a budget without a target
     */
    public static ProbeBudget exactly(int probes) {
        return new ProbeBudget(probes, probes, 0);
    }

    /**
     * As many probes as the accuracy needs, from 10 on.
     *
     * @param target relative standard error, greater than 0, for example 0.05
     * @param most at least 10
     * @return a budget with a target
     * @throws IllegalArgumentException when a number is out of range
     */
    public static ProbeBudget upTo(double target, int most) {
        Arguments.positive("target", target);
        Arguments.count("most", most, 10);
        return new ProbeBudget(10, most, target);
    }

    /** Whether to stop after this many probes; 0 by 0 counts as exact. */
    boolean reached(int probes, double standardError, double size) {
        return probes >= most || (probes >= least && target > 0 && standardError <= target * size);
    }
}

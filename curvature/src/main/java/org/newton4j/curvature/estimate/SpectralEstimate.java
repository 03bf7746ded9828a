/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.estimate;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.newton4j.curvature.operator.Arguments;

/**
 * A sampled spectrum: per probe a set of nodes with weights that sum to 1.
 */
public final class SpectralEstimate {

    private final double[][] nodes;
    private final double[][] weights;
    private final long dimension;
    private final Cost cost;

    SpectralEstimate(double[][] nodes, double[][] weights, long dimension, Cost cost) {
        this.nodes = nodes;
        this.weights = weights;
        this.dimension = dimension;
        this.cost = cost;
    }

    /**
     * The Ritz values.
     *
     * @return one ascending row per probe; a copy
     */
    public double[][] nodes() {
        return copy(nodes);
    }

    /**
     * The squared first components.
     *
     * @return the shape of {@link #nodes}, every row sums to 1; a copy
     */
    public double[][] weights() {
        return copy(weights);
    }

    /**
     * Size of the operator.
     *
     * @return d
     */
    public long dimension() {
        return dimension;
    }

    /**
     * What it cost.
     *
     * @return products and seconds
     */
    public Cost cost() {
        return cost;
    }

    private static double[][] copy(double[][] rows) {
        return Arrays.stream(rows).map(double[]::clone).toArray(double[][]::new);
    }

    /**
     * The mean of a function over the spectrum, (1/d) trace f(A).
     *
     * @param f any function of an eigenvalue
     * @return the estimate; its standard error, over the probes, is NaN for a single one
     */
    public ScalarEstimate mean(DoubleUnaryOperator f) {
        RunningMean mean = new RunningMean();
        for (int i = 0; i < nodes.length; i++) {
            double sum = 0;
            for (int k = 0; k < nodes[i].length; k++) {
                sum += weights[i][k] * f.applyAsDouble(nodes[i][k]);
            }
            mean.add(sum);
        }
        return new ScalarEstimate(mean.mean(), mean.standardError(), nodes.length, cost);
    }

    /**
     * A moment of the spectrum, (1/d) trace A^power.
     *
     * @param power at least 0; 1 is the mean eigenvalue, 2 the mean square
     * @return the estimate; no quadrature error up to power 2 m - 1 for m steps
     * @throws IllegalArgumentException when the power is negative
     */
    public ScalarEstimate moment(int power) {
        Arguments.count("power", power, 0);
        return mean(x -> Math.pow(x, power));
    }

    /**
     * The density, every eigenvalue smeared by a Gaussian.
     *
     * <pre>
     * density(t) = mean over probes of sum_k weight_k exp(-(t - node_k)^2 / (2 sigma^2)) / (sigma sqrt(2 pi))
     * </pre>
     *
     * @param points where to evaluate it
     * @param sigma width of the Gaussian in units of the eigenvalues, greater than 0; about 1 % of the range shows shape
     *     without noise
     * @return one number per point; the integral over the line is 1
     * @throws IllegalArgumentException when sigma is not positive
     */
    public double[] density(double[] points, double sigma) {
        Arguments.positive("sigma", sigma);
        double[] density = new double[points.length];
        double height = 1 / (sigma * Math.sqrt(2 * Math.PI) * nodes.length);
        for (int i = 0; i < nodes.length; i++) {
            for (int k = 0; k < nodes[i].length; k++) {
                for (int p = 0; p < points.length; p++) {
                    double distance = (points[p] - nodes[i][k]) / sigma;
                    density[p] += height * weights[i][k] * Math.exp(-0.5 * distance * distance);
                }
            }
        }
        return density;
    }

    /**
     * Evenly spaced points over the sampled range, widened by a margin of 3 sigma.
     *
     * @param count number of points, at least 2
     * @param sigma width that {@link #density} will use, greater than 0
     * @return ascending points
     * @throws IllegalArgumentException when a number is out of range
     */
    public double[] grid(int count, double sigma) {
        Arguments.count("count", count, 2);
        Arguments.positive("sigma", sigma);
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (double[] row : nodes) {
            low = Math.min(low, row[0]);
            high = Math.max(high, row[row.length - 1]);
        }
        double[] points = new double[count];
        for (int p = 0; p < count; p++) {
            points[p] = low - 3 * sigma + p * (high - low + 6 * sigma) / (count - 1);
        }
        return points;
    }
}

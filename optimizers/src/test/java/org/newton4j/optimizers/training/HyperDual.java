/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

/**
 * A number a + b e₁ + c e₂ + d e₁e₂ with e₁² = e₂² = 0, whose arithmetic carries exact first and second derivatives.
 *
 * @param a value
 * @param b derivative along the first direction
 * @param c derivative along the second direction
 * @param d second derivative along both
 */
record HyperDual(double a, double b, double c, double d) {

    /** A loss written out by hand. */
    interface Loss {
        HyperDual at(HyperDual[] theta);
    }

    static HyperDual of(double value) {
        return new HyperDual(value, 0, 0, 0);
    }

    /** H v of a loss at θ. */
    static double[] product(Loss loss, double[] theta, double[] v) {
        double[] product = new double[theta.length];
        for (int i = 0; i < theta.length; i++) {
            HyperDual[] point = new HyperDual[theta.length];
            for (int k = 0; k < theta.length; k++) {
                point[k] = new HyperDual(theta[k], k == i ? 1 : 0, v[k], 0);
            }
            product[i] = loss.at(point).d;
        }
        return product;
    }

    /** The gradient of a loss at θ. */
    static double[] gradient(Loss loss, double[] theta) {
        double[] gradient = new double[theta.length];
        for (int i = 0; i < theta.length; i++) {
            HyperDual[] point = new HyperDual[theta.length];
            for (int k = 0; k < theta.length; k++) {
                point[k] = new HyperDual(theta[k], k == i ? 1 : 0, 0, 0);
            }
            gradient[i] = loss.at(point).b;
        }
        return gradient;
    }

    HyperDual plus(HyperDual o) {
        return new HyperDual(a + o.a, b + o.b, c + o.c, d + o.d);
    }

    HyperDual plus(double value) {
        return new HyperDual(a + value, b, c, d);
    }

    HyperDual minus(HyperDual o) {
        return plus(o.times(-1));
    }

    HyperDual times(HyperDual o) {
        return new HyperDual(a * o.a, a * o.b + b * o.a, a * o.c + c * o.a, a * o.d + d * o.a + b * o.c + c * o.b);
    }

    HyperDual times(double value) {
        return new HyperDual(a * value, b * value, c * value, d * value);
    }

    HyperDual exp() {
        double e = Math.exp(a);
        return function(e, e, e);
    }

    HyperDual log() {
        return function(Math.log(a), 1 / a, -1 / (a * a));
    }

    HyperDual tanh() {
        double t = Math.tanh(a);
        double slope = 1 - t * t;
        return function(t, slope, -2 * t * slope);
    }

    HyperDual relu() {
        return a > 0 ? this : of(0);
    }

    private HyperDual function(double value, double first, double second) {
        return new HyperDual(value, first * b, first * c, first * d + second * b * c);
    }

    /** Softmax cross entropy of one row, exact however certain the network is. */
    static HyperDual crossEntropy(HyperDual[] z, int label) {
        double largest = Double.NEGATIVE_INFINITY;
        for (HyperDual x : z) {
            largest = Math.max(largest, x.a);
        }
        HyperDual sum = of(0);
        for (HyperDual x : z) {
            sum = sum.plus(x.plus(-largest).exp());
        }
        return sum.log().plus(largest).minus(z[label]);
    }

    /** Deeplearning4j's dense layer: weights [in, out] in F order from {@code offset}, then the bias. */
    static HyperDual[] dense(HyperDual[] theta, int offset, HyperDual[] x, int outputs) {
        HyperDual[] z = new HyperDual[outputs];
        for (int o = 0; o < outputs; o++) {
            z[o] = theta[offset + x.length * outputs + o];
            for (int i = 0; i < x.length; i++) {
                z[o] = z[o].plus(theta[offset + i + x.length * o].times(x[i]));
            }
        }
        return z;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.generated;

/** Plain arrays as vectors. */
final class Vectors {

    private Vectors() {}

    /** a x + b y. */
    static double[] sum(double a, double[] x, double b, double[] y) {
        double[] z = new double[x.length];
        for (int i = 0; i < z.length; i++) {
            z[i] = a * x[i] + b * y[i];
        }
        return z;
    }

    static double norm(double[] x) {
        double sum = 0;
        for (double value : x) {
            sum += value * value;
        }
        return Math.sqrt(sum);
    }

    static double distance(double[] x, double[] y) {
        return norm(sum(1, x, -1, y));
    }

    static boolean isFinite(double[] x) {
        for (double value : x) {
            if (!Double.isFinite(value)) {
                return false;
            }
        }
        return true;
    }

    /** Only the entries that are kept. */
    static double[] keep(double[] x, boolean[] kept) {
        double[] y = new double[x.length];
        for (int i = 0; i < y.length; i++) {
            y[i] = kept[i] ? x[i] : 0;
        }
        return y;
    }
}

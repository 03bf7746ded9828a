/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.nd4j.linalg.api.buffer.DataType;

/**
 * Steps and limits of one kind of product in one precision.
 *
 * <p>A step lies in the middle, on a logarithmic scale, of those that are good enough: bending gives F a relative error of one to
 * five times the relative change k of the layers, rounding of u/k times some ten, in FLOAT and DOUBLE, at initialisation and near a
 * minimum alike. docs/adr/0014 has the table.
 *
 * @param products which
 * @param change k, the relative change of the layers that a step makes; arguments of bent functions may move {@value #MOTION} times as far
 * @param relativeLimit largest error beside |H v|
 * @param slack largest error beside |g| |v| / |θ|, for what rounding of the gradient costs where H v is next to nothing
 */
record DifferenceRule(HessianProducts products, double change, double relativeLimit, double slack) {

    /** How far an argument of a bent function may move, beside the relative change of the layers. */
    private static final double MOTION = 5;

    /** The same where no second difference will show whether that was too far. */
    private static final double MOTION_UNSEEN = 3;

    /** {@link LossRounding} follows the true rounding within a factor of three, and is below it as often as above. */
    private static final double ROUNDING_MARGIN = 2;

    /** r = |g(θ + ε v) - g(θ)| / |g(θ)| above which a one-sided difference along a direction of meaning is looked at twice. */
    private static final double SUSPICIOUS = 2.5e-2;

    static DifferenceRule of(HessianProducts products, DataType type) {
        boolean wide = type == DataType.DOUBLE;
        return switch (products) {
            case FAST -> new DifferenceRule(products, wide ? 1e-7 : 1.5e-3, 1.5e-2, 5e-4);
            case CENTRAL -> new DifferenceRule(products, wide ? 2e-6 : 2e-3, 7e-4, 7e-5);
            case EXACT -> new DifferenceRule(products, 2.5e-6, 5e-9, 5e-11);
        };
    }

    /**
     * ε.
     *
     * @param size of v, see {@link DifferenceScale#size}
     * @param motion of v
     * @param signs whether v are random signs, along which a one-sided difference is not looked at twice
     */
    double step(double size, double motion, boolean signs) {
        boolean unseen = signs && products == HessianProducts.FAST;
        return change / Math.max(size, motion / (unseen ? MOTION_UNSEEN : MOTION));
    }

    /** What is taken for the rounding of a two-sided difference, whose limit is close to it in FLOAT. */
    double twoSidedRounding(double estimate) {
        return ROUNDING_MARGIN * estimate;
    }

    double suspiciousChange() {
        return SUSPICIOUS;
    }

    /** The relative change of a gradient, whose examples do not cancel, at a relative change k of the layers. */
    double ordinaryChange(double k) {
        return 5 * k;
    }

    /** Whether arguments of bent functions, and not the layers, limit the step, and move so far that bending may show. */
    boolean mayBend(double size, double motion) {
        return motion / MOTION > size && step(size, motion, false) * motion > 0.1 * relativeLimit;
    }

    /** The error of (F + B)/2 that goes with ρ = |F - B| / |F + B|; with a third derivative as large as the second twice a fifth of it. */
    double twoSidedError(double rho) {
        return 5 * rho * rho;
    }

    /** The relative error of F that bending usually gives at a relative change k of the layers and a motion m. */
    double usualError(double k, double m) {
        return 5 * k + m;
    }
}

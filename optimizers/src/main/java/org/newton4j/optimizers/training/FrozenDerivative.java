/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.api.Model;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.kernel.Elementwise;
import org.newton4j.curvature.kernel.Rademacher;

/**
 * Differences of a gradient whose kinks are frozen at θ.
 *
 * <pre>
 * F = (g_frozen(θ + ε v) - g(θ)) / ε,   B = (g(θ) - g_frozen(θ - ε v)) / ε
 * FAST     F, or (F + B)/2 where F is in doubt
 * CENTRAL  (F + B)/2
 * EXACT    (F + B)/2 extrapolated to ε = 0, see {@link StepSearch}
 * </pre>
 *
 * <p>A product is a function of θ, the batch and v: nothing is kept from one to the next. ε comes from {@link DifferenceScale}, what
 * rounding does to the difference from {@link LossRounding}, and |F - B| / |F + B| = ρ measures both errors of F as soon as there is
 * a B; the error of (F + B)/2 is of the order of ρ². g(θ) is the recording gradient of the shadow, or the gradient
 * the main network has just computed when the kinks were read from its forward pass.
 */
final class FrozenDerivative implements GradientDerivative {

    /** Largest relative difference between frozen and recorded gradient at θ; rounding only is expected, mostly none. */
    private static final double FLOAT_TOLERANCE = 1e-6;

    private static final double DOUBLE_TOLERANCE = 1e-11;

    /** How far a relative change beside θ's ties the check goes; see {@link #isWrongInGeneral}. */
    private static final double BESIDE = 1e-3;

    /** Arbitrary; the check beside θ must be the same in every process. */
    private static final long CHECK_SEED = 0x6e4a;

    private final FrozenShadow shadow;
    private final ParameterLayout layout;
    private final DifferenceRule rule;
    private final DifferenceScale scale;
    private final DataType type;
    private final List<long[]> trainable;
    /** Copies of θ and g(θ), needed only if the network does not lend its own. */
    private @Nullable INDArray ownPoint;

    private @Nullable INDArray ownBase;
    /** Where a product is computed that is wanted in another type. */
    private @Nullable INDArray ownProduct;

    private @Nullable INDArray ownOther;
    private INDArray point;
    private INDArray base;
    private double baseSize;
    private boolean checkPending = true;
    private long evaluations;

    /**
     * A derivative on a shadow.
     *
     * @param shadow its batch is loaded by the caller
     * @param layout of the network
     * @param products which difference
     */
    FrozenDerivative(FrozenShadow shadow, ParameterLayout layout, HessianProducts products) {
        this.shadow = shadow;
        this.layout = layout;
        this.type = shadow.network().type();
        this.rule = DifferenceRule.of(products, type);
        this.scale = new DifferenceScale(layout);
        this.trainable = trainableRanges(layout);
        // Until the first moveTo.
        this.point = shadow.network().parameters();
        this.base = point;
    }

    /**
     * Records at θ with one evaluation.
     *
     * @param main the network; Not modified
     */
    void moveTo(Model main, INDArray parameters) {
        ownPoint = copy(parameters, ownPoint);
        point = ownPoint;
        shadow.network().parameters().assign(point);
        evaluations++;
        ownBase = copy(shadow.recordingGradient(main), ownBase);
        setBase(ownBase);
        scale.moveTo(point, shadow.reaches());
    }

    /**
     * Takes what is known of θ already: its kinks were read from the main network and its gradient is given.
     *
     * @param parameters flat, rank 1, of the shadow's type; Not modified; read until the next call
     * @param gradient g(θ), likewise; Not modified; read until the next call
     */
    void moveTo(INDArray parameters, INDArray gradient) {
        point = parameters;
        setBase(gradient);
        scale.moveTo(point, shadow.reaches());
    }

    /**
     * Compares the frozen gradient at θ with the recorded one, with one evaluation, if that is due: at first and after
     * a change of shapes.
     *
     * @return what is wrong, or null
     */
    @Nullable
    String selfCheck() {
        checkPending |= shadow.kinks().takeShapesChanged();
        if (!checkPending || !(baseSize > 0) || Double.isInfinite(baseSize)) {
            return null;
        }
        checkPending = false;
        shadow.network().parameters().assign(point);
        evaluations++;
        return difference(shadow.frozenGradient(), base, baseSize);
    }

    /** Has the next point checked, too. */
    void checkAgain() {
        checkPending = true;
    }

    /**
     * Whether the frozen gradient is wrong not only at θ, where a unit may lie exactly on its kink, but also beside it.
     *
     * <p>Only that says something of the network rather than of a batch, so only that may decide for good: which way products
     * take must not depend on which batch a process saw first. Two evaluations; afterwards the pieces are those beside θ.
     *
     * @param main the network; Not modified
     */
    boolean isWrongInGeneral(Model main) {
        INDArray beside = Nd4j.createUninitialized(type, point.length());
        Rademacher.fill(beside, CHECK_SEED, 0, 0, 0);
        beside.muli(point).muli(BESIDE).addi(point);
        shadow.network().parameters().assign(beside);
        evaluations += 2;
        INDArray recorded = shadow.recordingGradient(main).dup();
        layout.clearUntrainable(recorded);
        return difference(shadow.frozenGradient(), recorded, Norms.of(recorded)) != null;
    }

    private @Nullable String difference(INDArray frozen, INDArray recorded, double size) {
        INDArray difference = frozen.sub(recorded);
        layout.clearUntrainable(difference);
        double error = Norms.of(difference) / size;
        double tolerance = type == DataType.DOUBLE ? DOUBLE_TOLERANCE : FLOAT_TOLERANCE;
        return error <= tolerance
                ? null
                : String.format("the frozen gradient differs from the network's by %.1e", error);
    }

    /** Every pass over the parameters costs a percent or two of a gradient of a dense network, so there are few. */
    @Override
    public Product along(INDArray direction, boolean signs, double divisor, INDArray out) {
        INDArray v = direction.castTo(type);
        double size = scale.size(v);
        if (size == 0) {
            out.assign(0);
            return Product.EXACT;
        }
        Line line = new Line(v, signs, size);
        INDArray product = out.dataType() == type && out.elementWiseStride() > 0 ? out : ownProduct();
        Product known = switch (rule.products()) {
            case FAST -> line.oneSided(product);
            case CENTRAL -> line.twoSided(product);
            case EXACT -> line.searched(product);
        };
        Elementwise.quotient(product, divisor, product);
        if (product != out) {
            out.assign(product);
        }
        return known.dividedBy(divisor);
    }

    @Override
    public long evaluations() {
        return evaluations;
    }

    /** The points θ + ε v of one product. */
    private final class Line {

        private final INDArray v;
        private final boolean signs;
        private final double size;
        private final double motion;
        private final double step;

        Line(INDArray v, boolean signs, double size) {
            this.v = v;
            this.size = size;
            this.signs = signs;
            this.motion = scale.motion(v, signs);
            this.step = rule.step(size, motion, signs);
        }

        /** F; (F + B) / 2 if rounding or, unless v are random signs, bending may be too much. */
        Product oneSided(INDArray product) {
            Elementwise.difference(gradientAt(step), base, 1 / step, product);
            layout.clearUntrainable(product);
            double length = Norms.of(product);
            double rounding = rounding(length);
            boolean bends =
                    !signs && (rule.mayBend(size, motion) || length * step > rule.suspiciousChange() * baseSize);
            if (!bends && rounding <= limit(length)) {
                double error = rule.usualError(step * size, step * motion) * length + rounding;
                return new Product(ProductError.of(error, length, false), true);
            }
            return withOther(product);
        }

        Product twoSided(INDArray product) {
            Elementwise.difference(gradientAt(step), base, 1 / step, product);
            layout.clearUntrainable(product);
            return withOther(product);
        }

        /**
         * The other side.
         *
         * @param product holds F, receives (F + B) / 2; Modified
         */
        private Product withOther(INDArray product) {
            INDArray other = ownOther();
            Elementwise.difference(base, gradientAt(-step), 1 / step, other);
            layout.clearUntrainable(other);
            Elementwise.difference(product, other, 0.5, product);
            double apart = Norms.of(product);
            Elementwise.sum(other, 1, product, other);
            product.assign(other);
            double length = Norms.of(product);
            double bending = length > 0 ? rule.twoSidedError(apart / length) * length : apart;
            double error = bending + Math.min(apart, rule.twoSidedRounding(rounding(length)));
            boolean good = error <= limit(length);
            return good || type != DataType.DOUBLE
                    ? new Product(ProductError.of(error, length, true), good)
                    : searched(product);
        }

        Product searched(INDArray product) {
            if (type != DataType.DOUBLE) {
                throw new IllegalStateException("a search for the step needs DOUBLE, but the shadow is " + type);
            }
            StepSearch search = new StepSearch(
                    distance -> {
                        INDArray gradient = gradientAt(distance);
                        layout.clearUntrainable(gradient);
                        return gradient;
                    },
                    cleanBase());
            double first = DifferenceRule.of(HessianProducts.EXACT, type).step(size, motion, false);
            return search.find(first, this::limit, product);
        }

        private INDArray gradientAt(double distance) {
            INDArray parameters = shadow.network().parameters();
            Elementwise.sum(point, distance, v, parameters);
            evaluations++;
            return shadow.frozenGradient();
        }

        /** The error that may stand beside a product of a given length. */
        private double limit(double length) {
            double unit = scale.pointNorm() > 0 ? baseSize * Norms.of(v) / scale.pointNorm() : 0;
            return rule.relativeLimit() * length + rule.slack() * unit;
        }

        /** What rounding of the gradients may have done to a product of a given length. */
        private double rounding(double length) {
            // A gradient that is small because those of its examples cancel says nothing of their rounding.
            double gradient = Math.max(baseSize, length * step / rule.ordinaryChange(step * size));
            return shadow.rounding() * gradient / step;
        }
    }

    private INDArray ownProduct() {
        INDArray product = ownProduct == null ? Nd4j.createUninitialized(type, layout.length()) : ownProduct;
        ownProduct = product;
        return product;
    }

    private INDArray ownOther() {
        INDArray other = ownOther == null ? Nd4j.createUninitialized(type, layout.length()) : ownOther;
        ownOther = other;
        return other;
    }

    private INDArray copy(INDArray vector, @Nullable INDArray buffer) {
        INDArray copy = buffer == null ? Nd4j.createUninitialized(type, vector.length()) : buffer;
        return copy.assign(vector);
    }

    private void setBase(INDArray gradient) {
        base = gradient;
        double sum = 0;
        for (long[] range : trainable) {
            double part = Norms.of(base, range);
            sum += part * part;
        }
        baseSize = Math.sqrt(sum);
    }

    /** g(θ) without the entries that are no gradient. */
    private INDArray cleanBase() {
        INDArray clean = base == ownBase ? base : base.dup();
        layout.clearUntrainable(clean);
        return clean;
    }

    /** Flat ranges of neighbouring trainable variables. */
    private static List<long[]> trainableRanges(ParameterLayout layout) {
        List<long[]> ranges = new ArrayList<>();
        long[] last = {-1, -1};
        for (ParameterLayout.Variable variable : layout.variables()) {
            if (!variable.trainable() || variable.start() == variable.end()) {
                continue;
            }
            if (variable.start() == last[1]) {
                last[1] = variable.end();
            } else {
                last = new long[] {variable.start(), variable.end()};
                ranges.add(last);
            }
        }
        return ranges;
    }
}

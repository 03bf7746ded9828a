/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.newton4j.curvature.kernel.Elementwise;

/**
 * Differences of a gradient whose kinks are frozen at θ, with a step that is steered by the change it causes.
 *
 * <pre>
 * one-sided   H v ≈ (g_frozen(θ + ε v) - g(θ)) / ε
 * two-sided   H v ≈ (g_frozen(θ + ε v) - g_frozen(θ - ε v)) / (2 ε)
 * </pre>
 *
 * <p>g(θ) is the recording gradient of the shadow, or the gradient the main network has just computed when the kinks
 * were read from its forward pass. See {@link StepControl} for ε; the aimed change r is 5e-3 one-sided and 1.5e-2
 * two-sided in FLOAT, 1e-7 and 1e-5 in DOUBLE.
 */
final class FrozenDerivative implements GradientDerivative {

    /** Largest relative difference between frozen and recorded gradient at θ; rounding only is expected, mostly none. */
    private static final double FLOAT_TOLERANCE = 1e-6;

    private static final double DOUBLE_TOLERANCE = 1e-11;

    private final FrozenShadow shadow;
    private final ParameterLayout layout;
    private final boolean central;
    private final StepControl steps;
    private final Map<String, long[]> layers;
    private final double[] layerSizes;
    private final List<long[]> trainable;
    /** Copies of θ and g(θ), needed only if the network does not lend its own. */
    private @Nullable INDArray ownPoint;

    private @Nullable INDArray ownBase;
    private final DataType type;
    /** Where a product is computed that is wanted in another type. */
    private @Nullable INDArray ownProduct;

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
     * @param central two-sided if true
     */
    FrozenDerivative(FrozenShadow shadow, ParameterLayout layout, boolean central) {
        this.shadow = shadow;
        this.layout = layout;
        this.central = central;
        this.type = shadow.network().type();
        boolean single = type != DataType.DOUBLE;
        double target = single ? central ? 1.5e-2 : 5e-3 : central ? 1e-5 : 1e-7;
        // Per layer, a relative change of 1e-3 moves the gradient by about 2e-3 … 2e-2.
        this.steps = new StepControl(target, target / 5);
        this.layers = trainableLayers(layout);
        this.layerSizes = new double[layers.size()];
        this.trainable = trainableRanges(layout);
        // Until the first moveTo.
        this.point = shadow.network().parameters();
        this.base = point;
    }

    /** Records at θ with one evaluation. */
    @Override
    public void moveTo(INDArray parameters) {
        ownPoint = copy(parameters, ownPoint);
        setPoint(ownPoint);
        shadow.network().parameters().assign(point);
        evaluations++;
        ownBase = copy(shadow.recordingGradient(), ownBase);
        setBase(ownBase);
    }

    /**
     * Takes what is known of θ already: its kinks were read from the main network and its gradient is given.
     *
     * @param parameters flat, rank 1, of the shadow's type; Not modified; read until the next call
     * @param gradient g(θ), likewise; Not modified; read until the next call
     */
    void moveTo(INDArray parameters, INDArray gradient) {
        setPoint(parameters);
        setBase(gradient);
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
        shadow.network().parameters().assign(point);
        evaluations++;
        INDArray difference = shadow.frozenGradient().sub(base);
        layout.clearUntrainable(difference);
        double error = norm(difference) / baseSize;
        double tolerance = type == DataType.DOUBLE ? DOUBLE_TOLERANCE : FLOAT_TOLERANCE;
        if (!(error <= tolerance)) {
            return String.format("the frozen gradient differs from the network's by %.1e", error);
        }
        checkPending = false;
        return null;
    }

    /** Every pass over the parameters costs a percent or two of a gradient of a dense network, so there are few. */
    @Override
    public void along(INDArray direction, double divisor, INDArray out) {
        INDArray v = direction.castTo(type);
        double size = size(v);
        if (size == 0) {
            out.assign(0);
            return;
        }
        INDArray product = out.dataType() == type && out.elementWiseStride() > 0 ? out : ownProduct();
        for (int tries = 1; ; tries++) {
            double step = steps.step(size);
            double width = central ? 2 * step : step;
            double scale = 1 / (width * divisor);
            INDArray ahead = gradientAt(v, step);
            if (central) {
                product.assign(ahead);
                Elementwise.difference(product, gradientAt(v, -step), scale, product);
            } else {
                Elementwise.difference(ahead, base, scale, product);
            }
            layout.clearUntrainable(product);
            double change = norm(product) / scale;
            double r = baseSize > 0 ? change / (baseSize * (central ? 2 : 1)) : 0;
            if (!steps.shouldRetry(r, tries)) {
                if (product != out) {
                    out.assign(product);
                }
                return;
            }
        }
    }

    private INDArray ownProduct() {
        INDArray product = ownProduct == null ? Nd4j.createUninitialized(type, layout.length()) : ownProduct;
        ownProduct = product;
        return product;
    }

    @Override
    public long evaluations() {
        return evaluations;
    }

    private INDArray gradientAt(INDArray v, double step) {
        INDArray parameters = shadow.network().parameters();
        Elementwise.sum(point, step, v, parameters);
        evaluations++;
        return shadow.frozenGradient();
    }

    private INDArray copy(INDArray vector, @Nullable INDArray buffer) {
        INDArray copy = buffer == null ? Nd4j.createUninitialized(type, vector.length()) : buffer;
        return copy.assign(vector);
    }

    private void setPoint(INDArray parameters) {
        steps.restart();
        point = parameters;
        int index = 0;
        for (long[] range : layers.values()) {
            layerSizes[index++] = norm(point, range);
        }
    }

    private void setBase(INDArray gradient) {
        base = gradient;
        double sum = 0;
        for (long[] range : trainable) {
            double part = norm(base, range);
            sum += part * part;
        }
        baseSize = Math.sqrt(sum);
    }

    /** √ Σ |v_l|² / |θ_l|², or |v| / √n if v has entries only where θ is zero; 0 if v is zero. */
    private double size(INDArray v) {
        double sum = 0;
        int index = 0;
        for (long[] range : layers.values()) {
            double layer = layerSizes[index++];
            if (layer > 0) {
                double ratio = norm(v, range) / layer;
                sum += ratio * ratio;
            }
        }
        double size = sum > 0 ? Math.sqrt(sum) : norm(v) / Math.sqrt((double) v.length());
        if (!Double.isFinite(size)) {
            throw new IllegalArgumentException("direction has size " + size + ", but must be finite");
        }
        return size;
    }

    private static double norm(INDArray vector, long[] range) {
        return norm(vector.get(NDArrayIndex.interval(range[0], range[1])));
    }

    /** BLAS's dot takes half of the time of its nrm2, which scales; far from 1 that is needed in FLOAT. */
    private static double norm(INDArray vector) {
        double square = Nd4j.getBlasWrapper().dot(vector, vector);
        return square > 1e-20 && square < 1e30
                ? Math.sqrt(square)
                : Nd4j.getBlasWrapper().nrm2(vector);
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

    /** Flat range of each layer's trainable variables, which are neighbours; variables between are taken along. */
    private static Map<String, long[]> trainableLayers(ParameterLayout layout) {
        Map<String, long[]> ranges = new LinkedHashMap<>();
        for (ParameterLayout.Variable variable : layout.variables()) {
            if (variable.trainable() && variable.start() < variable.end()) {
                long[] range =
                        ranges.computeIfAbsent(variable.layer(), name -> new long[] {variable.start(), variable.end()});
                range[1] = variable.end();
            }
        }
        return ranges;
    }
}

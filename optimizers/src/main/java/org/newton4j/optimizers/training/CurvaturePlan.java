/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.deeplearning4j.nn.api.Model;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.newton4j.curvature.inverse.MfacPlan;

/**
 * What an operation will take on a given network, told before anything is allocated.
 *
 * <p>Bytes are those of vectors and matrices that live as long as the operation, beyond the network itself. Activations
 * come on top: as many as one gradient of the same batch needs, twice as wide where the copy is in DOUBLE. Work is counted
 * in gradients of one mini-batch; a forward pass counts as a third. A gradient in DOUBLE takes 0.9 to 1.5 times as long as
 * one in FLOAT on a CPU.
 *
 * @param operation what is planned
 * @param parameters length d of the flat vectors
 * @param bytes needed, as a double because they may exceed a long
 * @param gradients gradient-equivalents of one execution
 * @param details one line for each part, possibly none
 */
public record CurvaturePlan(String operation, long parameters, double bytes, double gradients, List<String> details) {

    private static final double FORWARD = 1.0 / 3;

    /**
     * Copies the details.
     *
     * @param operation what is planned
     * @param parameters length d of the flat vectors
     * @param bytes needed, as a double because they may exceed a long
     * @param gradients gradient-equivalents of one execution
     * @param details one line for each part, possibly none
     */
    public CurvaturePlan {
        details = List.copyOf(details);
    }

    /**
     * The first product with {@link NetworkHessian} at a point: a copy of parameters and gradient, the point and the base
     * gradient; one gradient to record the kinks and one, two or four for the product. CENTRAL holds a vector more, EXACT four more while
     * it multiplies, which are not counted. Nor are products that are computed anew because their error was too large. Recorded kinks, a few
     * bytes for each unit and example, are not counted, nor the one gradient that checks them at first use. A network with
     * parts that cannot be frozen takes two gradients in DOUBLE per product and 32 bytes per parameter.
     *
     * @param network initialised MultiLayerNetwork or ComputationGraph; Not modified
     * @param products how exact
     * @return the plan
     * @throws IllegalArgumentException if {@code network} is something else
     */
    public static CurvaturePlan hessianProduct(Model network, HessianProducts products) {
        return hessianProducts("Hessian product", network, products, 1, 4, 0);
    }

    /**
     * An estimate of the Hessian's diagonal by {@link CurvatureListener}: a copy of parameters and gradient, and for the
     * estimate two vectors, three for several probes. The network lends its own parameters and gradient as point and base.
     * Where products run in another type than the network, as {@link HessianProducts#EXACT} for FLOAT, or its kinks cannot
     * be read from its own forward pass, both are copied, and a product of another type is a third vector more.
     *
     * @param network initialised MultiLayerNetwork or ComputationGraph; Not modified
     * @param products how exact
     * @param probes k, at least 1
     * @return the plan
     * @throws IllegalArgumentException if {@code network} is something else or {@code probes} is less than 1
     */
    public static CurvaturePlan hutchinsonDiagonal(Model network, HessianProducts products, int probes) {
        if (!(probes >= 1)) {
            throw new IllegalArgumentException("probes must be at least 1, but is " + probes);
        }
        boolean lends = products != HessianProducts.EXACT || type(network) == DataType.DOUBLE;
        return hessianProducts(
                "Hutchinson diagonal with " + probes + (probes == 1 ? " probe" : " probes"),
                network,
                products,
                probes,
                lends ? 2 : 5,
                probes > 1 ? 3 : 2);
    }

    private static CurvaturePlan hessianProducts(
            String operation, Model network, HessianProducts products, int count, int ofProducts, int ofEstimate) {
        long d = parameters(network);
        int width = products == HessianProducts.EXACT ? DataType.DOUBLE.width() : width(network);
        int each = switch (products) {
            case FAST -> 1;
            case CENTRAL -> 2;
            case EXACT -> 4;
        };
        // The difference behind; what EXACT extrapolates lives as long as a product.
        int held = ofProducts + (products == HessianProducts.CENTRAL ? 1 : 0);
        return new CurvaturePlan(
                operation,
                d,
                ((double) held * width + (double) ofEstimate * width(network)) * d,
                1 + (double) each * count,
                List.of("1 gradient to record the kinks, " + each + " for each product, " + products));
    }

    /**
     * One product with {@link NetworkGaussNewton}: a DOUBLE copy of parameters and gradient, the point and the direction.
     *
     * @param network initialised MultiLayerNetwork or ComputationGraph; Not modified
     * @return the plan
     * @throws IllegalArgumentException if {@code network} is something else
     */
    public static CurvaturePlan gaussNewtonProduct(Model network) {
        long d = parameters(network);
        return new CurvaturePlan(
                "Gauss-Newton product",
                d,
                32.0 * d,
                1 + 2 * FORWARD,
                List.of("2 forward passes, 1 gradient in DOUBLE"));
    }

    /**
     * One estimate by {@link GaussNewtonBartlett}: a copy of parameters and gradient, and the estimate; one vector more
     * for several samples.
     *
     * @param network initialised MultiLayerNetwork or ComputationGraph; Not modified
     * @return the plan
     * @throws IllegalArgumentException if {@code network} is something else
     */
    public static CurvaturePlan bartlettDiagonal(Model network) {
        long d = parameters(network);
        return new CurvaturePlan("Gauss-Newton-Bartlett diagonal", d, 3.0 * width(network) * d, 1, List.of());
    }

    /**
     * An M-FAC window of m gradients and one vector more; gradients of training fill it, so none is extra. The details name
     * the largest m that fits for each narrower type, too, and what a damping schedule adds.
     *
     * @param network initialised MultiLayerNetwork or ComputationGraph; Not modified
     * @param m gradients kept, at least 1
     * @param storage FLOAT, DOUBLE or BFLOAT16, what gradients are stored in; null for the network's type, FLOAT for HALF,
     *     as {@code Mfac.Builder.storage}
     * @param budgetBytes bytes that may be used, greater than 0
     * @return the plan, also if it exceeds the budget; see {@link #requireAtMost}
     * @throws IllegalArgumentException if {@code network} is something else, {@code m} is less than 1, the type is another
     *     or the budget is not positive
     */
    public static CurvaturePlan mfac(Model network, int m, @Nullable DataType storage, double budgetBytes) {
        long d = parameters(network);
        DataType type = storage == null ? type(network) : storage;
        MfacPlan plan = new MfacPlan(d, m, type);
        List<String> details = new ArrayList<>();
        details.add(String.format(
                Locale.ROOT,
                "%.3g floating point operations per step, %.3g more at a step that changes the damping",
                plan.flopsPerStep(),
                plan.flopsPerDamping()));
        for (DataType each : List.of(DataType.DOUBLE, DataType.FLOAT, DataType.BFLOAT16)) {
            if (each.width() <= type.width()) {
                int fits = mfacThatFits(network, each, budgetBytes);
                details.add(each + ": "
                        + (fits == 0
                                ? "not even m = 1 fits into " + size(budgetBytes)
                                : "the largest m that fits into " + size(budgetBytes) + " is " + fits)
                        + "; m = " + m + " takes " + size(new MfacPlan(d, m, each).bytes() + vector(network)));
            }
        }
        return new CurvaturePlan("M-FAC with m = " + m + " in " + type, d, plan.bytes() + vector(network), 0, details);
    }

    /**
     * The largest M-FAC window that fits.
     *
     * @param network initialised MultiLayerNetwork or ComputationGraph; Not modified
     * @param storage FLOAT, DOUBLE or BFLOAT16, what gradients are stored in; null for the network's type, FLOAT for HALF
     * @param budgetBytes bytes that may be used, greater than 0
     * @return m, or 0 when not even one gradient fits
     * @throws IllegalArgumentException if {@code network} is something else, the type is another or the budget is not
     *     positive
     */
    public static int mfacThatFits(Model network, @Nullable DataType storage, double budgetBytes) {
        double vector = vector(network);
        DataType type = storage == null ? type(network) : storage;
        return budgetBytes > 0 && budgetBytes <= vector
                ? 0
                : MfacPlan.largest(parameters(network), type, budgetBytes > 0 ? budgetBytes - vector : budgetBytes);
    }

    private static double vector(Model network) {
        return (double) width(network) * parameters(network);
    }

    /**
     * Kronecker factors of every covered layer with their inverses, three matrices of the largest layer to multiply in (two
     * without K-FAC's KL clip), and one capture of {@link KroneckerStatistics}; the captured rows, N R (K + nOut) numbers a
     * layer, are not counted.
     *
     * @param network initialised MultiLayerNetwork or ComputationGraph; Not modified
     * @return the plan, one line of details for each layer and for each layer left out
     * @throws IllegalArgumentException if {@code network} is something else
     */
    public static CurvaturePlan kroneckerFactors(Model network) {
        long d = parameters(network);
        double width = width(network);
        double bytes = 2 * width * d;
        double delayed = 0;
        List<String> details = new ArrayList<>();
        details.add("copy of parameters and gradient: " + size(bytes));
        KroneckerLayers layers = KroneckerLayers.of(network);
        // V, halfway and U, which the KL clip needs at once.
        double product = 3 * width * largest(layers);
        bytes += product;
        details.add("to multiply in: " + size(product));
        for (KroneckerLayers.Covered covered : layers.covered()) {
            KroneckerLayer layer = covered.geometry();
            double k = layer.inputs();
            double n = layer.outputs();
            // Two factors, two inverses or eigenvector matrices, and the divisors of the eigenbasis.
            double own = width * (2 * k * k + 2 * n * n + k * n);
            bytes += own;
            delayed += own;
            details.add(String.format(
                    Locale.ROOT,
                    "%s: A %dx%d, G %dx%d, %s, refresh %.3g floating point operations",
                    layer.name(),
                    layer.inputs(),
                    layer.inputs(),
                    layer.outputs(),
                    layer.outputs(),
                    size(own),
                    k * k * k + n * n * n));
        }
        details.add(
                "with K-FAC's inverseDelay " + size(delayed) + " more: a copy of the factors and the inverse to come");
        layers.skipped().forEach((name, reason) -> details.add(name + ": left out, " + reason));
        return new CurvaturePlan("Kronecker factors", d, bytes, 1, details);
    }

    /**
     * What MKOR's rank-one rules keep for every covered layer, and what their product costs beside the layer's own gradient
     * once factors are matrices, before that less; feed {@link #layersCostingMore} to {@code Mkor.Builder.exclude} to leave
     * out layers that do not pay. Example:
     *
     * <pre>{@code
     * List<String> costly = CurvaturePlan.layersCostingMore(network, 128, 2);
     * IUpdater updater = costly.isEmpty() ? new Mkor() : Mkor.builder().exclude(costly).build();
     * }</pre>
     *
     * @param network initialised MultiLayerNetwork or ComputationGraph; Not modified
     * @param rows N, examples of a mini-batch, times time steps or output pixels for layers that share weights, at least 1
     * @return the plan, one line of details for each layer and for each layer left out
     * @throws IllegalArgumentException if {@code network} is something else or {@code rows} is less than 1
     */
    public static CurvaturePlan mkor(Model network, long rows) {
        requireRows(rows);
        long d = parameters(network);
        double width = width(network);
        double bytes = width * d;
        List<String> details = new ArrayList<>();
        details.add("copy of the gradient: " + size(bytes));
        KroneckerLayers layers = KroneckerLayers.of(network);
        double product = 2 * width * largest(layers);
        bytes += product;
        details.add("to multiply in: " + size(product));
        for (KroneckerLayers.Covered covered : layers.covered()) {
            KroneckerLayer layer = covered.geometry();
            double k = layer.inputs();
            double n = layer.outputs();
            double own = width * (k * k + n * n);
            bytes += own;
            details.add(String.format(
                    Locale.ROOT,
                    "%s: %dx%d, %s, product %.3g floating point operations per step, %.2f gradients of the layer",
                    layer.name(),
                    layer.outputs(),
                    layer.inputs(),
                    size(own),
                    2 * k * n * (k + n),
                    productInGradients(layer, rows)));
        }
        layers.skipped().forEach((name, reason) -> details.add(name + ": left out, " + reason));
        return new CurvaturePlan("MKOR with " + rows + " rows", d, bytes, 0, details);
    }

    /**
     * The layers whose product with both factors, made at every step of MKOR and K-FAC, costs more than so many gradients of
     * the layer itself. With V of shape [nOut, K] and N rows the product takes 2 K nOut (K + nOut) floating point
     * operations and a gradient 6 N K nOut (forward pass, gradient of the weights, gradient of the input), so the ratio is
     *
     * <pre>
     * (K + nOut) / (3 N)
     * </pre>
     *
     * @param network initialised MultiLayerNetwork or ComputationGraph; Not modified
     * @param rows N, examples of a mini-batch, times time steps or output pixels for layers that share weights, at least 1
     * @param gradients the limit, finite and greater than 0; a layer at 1 doubles its own time
     * @return names in the order of the network, possibly none; {@code name#index} where several layers have one name
     * @throws IllegalArgumentException if {@code network} is something else or a number is out of range
     */
    public static List<String> layersCostingMore(Model network, long rows, double gradients) {
        requireRows(rows);
        if (!(gradients > 0 && gradients <= Double.MAX_VALUE)) {
            throw new IllegalArgumentException(
                    "gradients must be finite and greater than 0, but is " + gradients + "; 1 doubles a layer's time");
        }
        parameters(network);
        return KroneckerLayers.of(network).covered().stream()
                .map(KroneckerLayers.Covered::geometry)
                .filter(layer -> productInGradients(layer, rows) > gradients)
                .map(KroneckerLayer::name)
                .toList();
    }

    /** Numbers of a matrix as large as the largest V; all layers share such matrices. */
    private static double largest(KroneckerLayers layers) {
        return layers.covered().stream()
                .mapToDouble(layer ->
                        (double) layer.geometry().inputs() * layer.geometry().outputs())
                .max()
                .orElse(0);
    }

    private static double productInGradients(KroneckerLayer layer, long rows) {
        return (layer.inputs() + (double) layer.outputs()) / (3.0 * rows);
    }

    private static void requireRows(long rows) {
        if (!(rows >= 1)) {
            throw new IllegalArgumentException("rows must be at least 1, but is " + rows);
        }
    }

    /**
     * Refuses an operation that does not fit.
     *
     * @param budgetBytes bytes that may be used, greater than 0
     * @return this plan
     * @throws IllegalArgumentException if {@link #bytes} exceeds the budget
     */
    public CurvaturePlan requireAtMost(double budgetBytes) {
        if (!(budgetBytes > 0 && bytes <= budgetBytes)) {
            throw new IllegalArgumentException(
                    "only " + size(budgetBytes) + " are allowed, but here is the plan: " + this);
        }
        return this;
    }

    /**
     * The plan in words.
     *
     * @return for example {@code M-FAC with m = 1024 in FLOAT on 25557032 parameters: 104.8 GB, 0.0 gradients} and a line for each
     *     detail
     */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT, "%s on %d parameters: %s, %.1f gradients", operation, parameters, size(bytes), gradients));
        for (String detail : details) {
            text.append("\n  ").append(detail);
        }
        return text.toString();
    }

    private static long parameters(Model network) {
        if (!Networks.isNetwork(network)) {
            throw new IllegalArgumentException("expected a MultiLayerNetwork or ComputationGraph, but got "
                    + network.getClass().getName());
        }
        return network.numParams();
    }

    private static DataType type(Model network) {
        return network.params().dataType() == DataType.DOUBLE ? DataType.DOUBLE : DataType.FLOAT;
    }

    private static int width(Model network) {
        return type(network).width();
    }

    private static String size(double bytes) {
        return bytes < 1e8
                ? String.format(Locale.ROOT, "%.3f MB", bytes / 1e6)
                : String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.kernel.NotFinite;
import org.newton4j.curvature.operator.Arguments;
import org.newton4j.curvature.operator.SymmetricEigen;

/**
 * The two Kronecker factors of one layer's Fisher block and their damped inverse (K-FAC, Martens and Grosse 2015).
 *
 * <p>Symbols: N examples; a is [N, K], the layer's inputs with a 1 appended for the bias; delta is [N, nOut], the gradients
 * of the loss with respect to the layer's pre-activations; decay is the moving average's share of the past.
 *
 * <pre>
 * A = decay A + (1 - decay) a' a / N            A = I at first, no bias correction
 * G = decay G + (1 - decay) delta' delta / N    G = I at first, no bias correction
 * U = (G kron A + damping)^-1 V                 how, see {@link KroneckerInverse}
 * </pre>
 *
 * <p>Whoever feeds the rows decides their scale: kfac-pytorch takes delta from the mean loss, so its G is N^2 smaller than
 * the second moment of per-example gradients, and divides a convolution's rows by the number of output positions.
 * {@link #refresh} inverts the factors of that moment in double; {@link #precondition} uses that inverse until the next
 * refresh. Not thread-safe.
 */
public final class KroneckerFactors {

    private final INDArray a;
    private final INDArray g;
    private @Nullable FactoredInverse inverse;

    /**
     * Starts with both factors at the identity.
     *
     * @param inputs K, at least 1, the bias counted
     * @param outputs nOut, at least 1
     * @param type FLOAT or DOUBLE, the type of rows and gradients
     * @throws IllegalArgumentException when an argument is out of range
     */
    public KroneckerFactors(int inputs, int outputs, DataType type) {
        this(
                Nd4j.eye(Arguments.count("inputs", inputs, 1)).castTo(Arguments.floating("type", type)),
                Nd4j.eye(Arguments.count("outputs", outputs, 1)).castTo(type));
    }

    /**
     * Goes on from a checkpoint; call {@link #refresh} before the next product.
     *
     * @param a A, shape [K, K], symmetric; copied, Not modified
     * @param g G, shape [nOut, nOut], symmetric, the type of {@code a}; copied, Not modified
     * @throws IllegalArgumentException when one is not symmetric or the types differ
     */
    public KroneckerFactors(INDArray a, INDArray g) {
        Arguments.symmetric("a", a);
        Arguments.symmetric("g", g);
        Arguments.sameType("a", a, "g", g);
        this.a = OffHeap.copy(a, 'f');
        this.g = OffHeap.copy(g, 'f');
    }

    private KroneckerFactors(KroneckerFactors original) {
        a = OffHeap.copy(original.a, 'f');
        g = OffHeap.copy(original.g, 'f');
    }

    /**
     * Takes in the rows of one mini-batch.
     *
     * @param inputs a, shape [N, K], the type of the factors, finite; Not modified
     * @param deltas delta, shape [N, nOut], the type of the factors, finite; Not modified
     * @param decay share of the past, in [0, 1); kfac-pytorch uses 0.95
     * @throws IllegalArgumentException when a shape, a type or the decay is wrong or a row is not finite; the factors are
     *     then as before
     */
    public void update(INDArray inputs, INDArray deltas, double decay) {
        if (!(decay >= 0 && decay < 1)) {
            throw new IllegalArgumentException("decay must lie in [0, 1), but is " + decay);
        }
        check("inputs", inputs, a);
        check("deltas", deltas, g);
        average(a, inputs, decay);
        average(g, deltas, decay);
    }

    /**
     * Inverts the factors of this moment and uses the inverse from now on.
     *
     * @param how which damped inverse
     * @param damping lambda, greater than 0; kfac-pytorch uses 1e-3
     * @throws IllegalArgumentException when the damping is not positive
     * @throws ArithmeticException as {@link #invert}; the inverse in use is then as before
     */
    public void refresh(KroneckerInverse how, double damping) {
        inverse = invert(how, damping);
    }

    /**
     * Inverts the factors of this moment, leaving the inverse in use as it is.
     *
     * @param how which damped inverse
     * @param damping lambda, greater than 0; kfac-pytorch uses 1e-3
     * @return new arrays, finite, for {@link #use}
     * @throws IllegalArgumentException when the damping is not positive
     * @throws ArithmeticException when a factor is not positive definite in spite of the damping, or an inverse is too large
     *     for the type of the factors
     */
    public FactoredInverse invert(KroneckerInverse how, double damping) {
        Arguments.positive("damping", damping);
        FactoredInverse inverted = switch (how) {
            case FACTORS -> factors(damping, damping);
            case FACTORS_PI -> {
                double pi = pi();
                yield factors(pi * Math.sqrt(damping), Math.sqrt(damping) / pi);
            }
            case EIGENBASIS -> eigenbasis(damping);
        };
        if (!finite(inverted.left()) || !finite(inverted.right())) {
            throw new ArithmeticException("the inverse with damping " + damping + " is too large for " + a.dataType()
                    + "; increase the damping");
        }
        return inverted;
    }

    /**
     * Copies the factors of this moment, so that they can be inverted elsewhere while these go on.
     *
     * @return factors without an inverse
     */
    public KroneckerFactors copy() {
        return new KroneckerFactors(this);
    }

    /**
     * Preconditions the gradient of the layer.
     *
     * @param gradient V, shape [nOut, K], the type of the factors; Not modified
     * @return U, shape [nOut, K]
     * @throws IllegalArgumentException when the shape or the type is wrong
     * @throws IllegalStateException when {@link #refresh} was never called
     */
    public INDArray precondition(INDArray gradient) {
        FactoredInverse current = inverse;
        if (current == null) {
            throw new IllegalStateException("there is no inverse yet; call refresh first");
        }
        return current.precondition(gradient);
    }

    /**
     * The input factor.
     *
     * @return A, the live array of shape [K, K]; Not to be modified
     */
    public INDArray a() {
        return a;
    }

    /**
     * The output factor.
     *
     * @return G, the live array of shape [nOut, nOut]; Not to be modified
     */
    public INDArray g() {
        return g;
    }

    /**
     * What {@link #refresh} left behind.
     *
     * @return live arrays, or null before the first refresh; Not to be modified
     */
    public @Nullable FactoredInverse inverse() {
        return inverse;
    }

    /**
     * Uses an inverse from now on, which may be older than the factors.
     *
     * @param given from {@link #invert} of these factors or of a copy, or a copy of it; taken over, Not modified
     * @throws IllegalArgumentException when shapes or types are not those of the factors
     */
    public void use(FactoredInverse given) {
        Arguments.matrix("left", given.left(), g.size(0), g.size(0));
        Arguments.matrix("right", given.right(), a.size(0), a.size(0));
        Arguments.sameType("left", given.left(), "factor", g);
        Arguments.sameType("right", given.right(), "factor", a);
        INDArray divisors = given.divisors();
        if (divisors != null) {
            Arguments.matrix("divisors", divisors, g.size(0), a.size(0));
            Arguments.sameType("divisors", divisors, "factor", a);
        }
        inverse = given;
    }

    /**
     * The balance of the two factors.
     *
     * @return pi = sqrt((trace(A) / K) / (trace(G) / nOut)), and 1 when a trace is 0
     */
    public double pi() {
        double ratio = meanDiagonal(a) / meanDiagonal(g);
        return ratio > 0 && ratio <= Double.MAX_VALUE ? Math.sqrt(ratio) : 1;
    }

    /**
     * Keeps what one {@link #update} and one new inverse overwrite, with a copy of A and G.
     *
     * @return the present state
     */
    public KeptState keep() {
        FactoredInverse inverseBefore = inverse;
        KroneckerFactors copy = copy();
        return new KeptState() {
            @Override
            public void takeBack() {
                inverse = inverseBefore;
                a.assign(copy.a);
                g.assign(copy.g);
                release();
            }

            @Override
            public void release() {
                copy.a.close();
                copy.g.close();
            }
        };
    }

    private static boolean finite(INDArray matrix) {
        return NotFinite.count(matrix.reshape('f', new long[] {matrix.length()})) == 0;
    }

    private FactoredInverse factors(double onA, double onG) {
        return new FactoredInverse(SpdInverse.of(g, onG), SpdInverse.of(a, onA), null);
    }

    private FactoredInverse eigenbasis(double damping) {
        SymmetricEigen left = SymmetricEigen.of(g);
        SymmetricEigen right = SymmetricEigen.of(a);
        double[] gValues = left.values();
        double[] aValues = right.values();
        double[][] divisors = new double[gValues.length][aValues.length];
        for (int i = 0; i < gValues.length; i++) {
            for (int j = 0; j < aValues.length; j++) {
                divisors[i][j] = Math.max(0, gValues[i]) * Math.max(0, aValues[j]) + damping;
            }
        }
        return new FactoredInverse(
                OffHeap.copy(left.vectors().castTo(g.dataType()), 'f'),
                OffHeap.copy(right.vectors().castTo(a.dataType()), 'f'),
                OffHeap.copy(Nd4j.createFromArray(divisors).castTo(a.dataType()), 'f'));
    }

    private static void check(String name, INDArray rows, INDArray factor) {
        Arguments.matrix(name, rows, rows.size(0), factor.size(0));
        Arguments.sameType(name, rows, "factor", factor);
        double norm = rows.norm2Number().doubleValue();
        if (!(norm <= Double.MAX_VALUE)) {
            throw new IllegalArgumentException(name + " have norm " + norm + "; skip this mini-batch");
        }
    }

    private static void average(INDArray factor, INDArray rows, double decay) {
        Nd4j.gemm(rows, rows, factor, true, false, (1 - decay) / rows.size(0), decay);
    }

    private static double meanDiagonal(INDArray factor) {
        return Nd4j.diag(factor).meanNumber().doubleValue();
    }
}

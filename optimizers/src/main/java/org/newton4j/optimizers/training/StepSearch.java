/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A derivative along a line, extrapolated from central differences with as many steps as it takes (C. J. F. Ridders, Accurate
 * computation of F'(x) and F'(x) F''(x), Advances in Engineering Software 4, 1982).
 *
 * <pre>
 * D(ε) = (g(ε) - g(-ε)) / (2 ε)
 * T_{i,0} = D(ε_i),   T_{i,j} = (16^j T_{i,j-1} - T_{i-1,j-1}) / (16^j - 1),   ε_i = ε_{i-1} / 4
 * error of T_{i,j} ≈ max(|T_{i,j} - T_{i,j-1}|, |T_{i,j} - T_{i-1,j-1}|)
 * </pre>
 *
 * <p>Two steps, four gradients, are the least. As long as no entry of the table is good enough a step is added: a larger one where
 * rounding is what the steps differ by, else a smaller one. The second difference tells: g(ε) - 2 g(0) + g(-ε), divided by ε, grows with ε
 * where the line bends and shrinks where it is rounding. The best entry is returned whether or not it is good enough.
 */
final class StepSearch {

    /** Steps at most; two gradients each. */
    private static final int STEPS = 9;

    private static final int RATIO = 4;

    /** A change of the gradient below this part of it is not resolved: two of them may agree and both be wrong. */
    private static final double RESOLUTION = 1e3 * 0x1p-53;

    /** A gradient along the line, overwritten by the next call; entries that are no gradient are zero. */
    interface Line {
        INDArray at(double step);
    }

    /** How large an error may be, given the size of the derivative. */
    interface Limit {
        double of(double size);
    }

    private final Line line;
    private final INDArray base;
    private final INDArray work;
    /** The smallest |D(ε)| ε that says something. */
    private final double resolved;
    /** D by step, the largest first. */
    private final List<INDArray> differences = new ArrayList<>();

    private final List<Double> steps = new ArrayList<>();

    /** Second differences, likewise. */
    private final List<Double> bends = new ArrayList<>();

    private double bestError = Double.POSITIVE_INFINITY;
    private double bestSize;

    /**
     * A search.
     *
     * @param base g(0); Not modified
     */
    StepSearch(Line line, INDArray base) {
        this.line = line;
        this.base = base;
        this.work = base.ulike();
        this.resolved = RESOLUTION * Norms.of(base) / 2;
    }

    /**
     * Searches.
     *
     * @param firstStep the smaller of the first two; greater than 0
     * @param limit of the error
     * @param out receives the derivative; other memory; Modified
     * @return what is known of it
     */
    Product find(double firstStep, Limit limit, INDArray out) {
        double smallest = firstStep;
        double largest = firstStep * RATIO;
        add(largest, 0);
        add(smallest, 1);
        while (true) {
            extrapolate(out);
            boolean good = bestError <= limit.of(bestSize);
            if (good || differences.size() == STEPS) {
                return new Product(ProductError.of(bestError, bestSize, true), good);
            }
            int last = bends.size() - 1;
            boolean rounding = bends.get(last - 1) < 2 * bends.get(last) || isUnresolved(last);
            if (rounding && bends.get(0) < Double.POSITIVE_INFINITY) {
                largest *= RATIO;
                add(largest, 0);
            } else {
                smallest /= RATIO;
                add(smallest, bends.size());
            }
        }
    }

    private boolean isUnresolved(int row) {
        return Norms.of(differences.get(row)) * steps.get(row) < resolved;
    }

    private void add(double step, int place) {
        INDArray difference = line.at(step).dup();
        INDArray behind = line.at(-step);
        work.assign(difference).addi(behind).subi(base).subi(base);
        double bend = Norms.of(work) / step;
        steps.add(place, step);
        bends.add(place, Double.isFinite(bend) ? bend : Double.POSITIVE_INFINITY);
        differences.add(place, difference.subi(behind).divi(2 * step));
    }

    private void extrapolate(INDArray out) {
        List<INDArray> above = new ArrayList<>();
        for (int i = 0; i < differences.size(); i++) {
            INDArray difference = differences.get(i);
            if (isUnresolved(i)) {
                // All that is known is that it is smaller than what would be seen; so are those of the steps that
                // follow.
                if (i == 0) {
                    take(resolved / steps.get(0), Norms.of(difference), difference, out);
                }
                break;
            }
            List<INDArray> row = new ArrayList<>();
            row.add(difference);
            double power = 1;
            for (int j = 1; j <= above.size(); j++) {
                power *= RATIO * RATIO;
                INDArray left = row.get(j - 1);
                INDArray corner = above.get(j - 1);
                double apart = Norms.of(work.assign(left).subi(corner));
                // T = left + (left - corner) / (16^j - 1); its distances are apart / (16^j - 1) and a little more than
                // apart.
                INDArray entry = left.add(work.divi(power - 1));
                double error = apart * power / (power - 1);
                double size = Norms.of(entry);
                take(error, size, entry, out);
                row.add(entry);
            }
            above = row;
        }
        if (Double.isInfinite(bestError)) {
            out.assign(differences.get(0));
        }
    }

    private void take(double error, double size, INDArray entry, INDArray out) {
        if (error < bestError && Double.isFinite(size)) {
            bestError = error;
            bestSize = size;
            out.assign(entry);
        }
    }
}

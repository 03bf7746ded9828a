/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.operator;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The sum of operators on the same vectors: {@code out = A1 in + A2 in + ...}.
 */
public final class SumOperator extends FlatOperator {

    private final List<LinearOperator> terms;

    /**
     * Adds operators.
     *
     * @param terms at least one, all of one dimension
     * @throws IllegalArgumentException when there is none or the dimensions differ
     */
    public SumOperator(LinearOperator... terms) {
        this.terms = List.of(terms);
        if (!(terms.length >= 1)) {
            throw new IllegalArgumentException("a sum needs at least 1 term, but got 0");
        }
        for (int i = 1; i < terms.length; i++) {
            if (terms[i].dimension() != terms[0].dimension()) {
                throw new IllegalArgumentException("the terms of a sum need one dimension, but term 0 has "
                        + terms[0].dimension() + " and term " + i + " has " + terms[i].dimension());
            }
        }
    }

    @Override
    public long dimension() {
        return terms.get(0).dimension();
    }

    @Override
    protected void product(INDArray in, INDArray out) {
        terms.get(0).multiply(in, out);
        if (terms.size() > 1) {
            INDArray term = out.ulike();
            for (LinearOperator next : terms.subList(1, terms.size())) {
                next.multiply(in, term);
                out.addi(term);
            }
        }
    }

    @Override
    public double productError() {
        return terms.stream().mapToDouble(LinearOperator::productError).max().orElse(0);
    }
}

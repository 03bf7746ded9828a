/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.network;

import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.BaseActivationFunction;
import org.nd4j.linalg.api.iter.NdIndexIterator;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An activation given by two formulas and evaluated in double precision, one element at a time. */
abstract class ExactActivation extends BaseActivationFunction {

    private static final long serialVersionUID = 1;

    /** Value at z. */
    abstract double value(double z);

    /** Derivative at z. */
    abstract double derivative(double z);

    @Override
    public INDArray getActivation(INDArray in, boolean training) {
        NdIndexIterator indices = new NdIndexIterator('c', in.shape());
        while (indices.hasNext()) {
            long[] at = indices.next();
            in.putScalar(at, value(in.getDouble(at)));
        }
        return in;
    }

    @Override
    public Pair<INDArray, INDArray> backprop(INDArray in, INDArray epsilon) {
        assertShape(in, epsilon);
        NdIndexIterator indices = new NdIndexIterator('c', in.shape());
        while (indices.hasNext()) {
            long[] at = indices.next();
            in.putScalar(at, derivative(in.getDouble(at)) * epsilon.getDouble(at));
        }
        return new Pair<>(in, null);
    }

    @Override
    public boolean equals(Object other) {
        return other != null && other.getClass() == getClass();
    }

    @Override
    public int hashCode() {
        return getClass().hashCode();
    }
}

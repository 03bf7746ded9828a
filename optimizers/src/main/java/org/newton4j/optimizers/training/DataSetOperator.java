/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.function.Function;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.operator.LinearOperator;

/**
 * An operator of the mean loss over a whole data set, batch after batch.
 *
 * <p>With batches b of n_b examples and their operators A_b, which belong to the mean loss of a batch,
 *
 * <pre>
 * A = Σ_b n_b A_b / Σ_b n_b
 * </pre>
 *
 * <p>summed in double. This is the operator of one batch that holds everything, except for batch normalisation, whose
 * statistics stay those of each batch, and dropout, whose masks are drawn batch by batch. A data set without examples or a
 * batch without labels is an {@link IllegalArgumentException} of the product. Every product passes over the data once and takes the network's parameters of that moment; do not train in between. Not safe for use from several
 * threads.
 */
public final class DataSetOperator extends NetworkOperator {

    /** Is told when a batch of a product is finished. */
    @FunctionalInterface
    public interface Progress {

        /**
         * A batch is finished.
         *
         * @param batches finished in this product, 1 at first
         * @param examples in them
         */
        void finished(long batches, long examples);
    }

    private final long dimension;
    private final Source source;
    private final Function<MultiDataSet, LinearOperator> perBatch;
    private double productError;
    private final Progress progress;

    /** The common part of Deeplearning4j's two iterators. */
    private interface Source {

        void reset();

        boolean hasNext();

        MultiDataSet next();
    }

    private DataSetOperator(
            long dimension, Source source, Function<MultiDataSet, LinearOperator> perBatch, Progress progress) {
        this.dimension = dimension;
        this.source = source;
        this.perBatch = perBatch;
        this.progress = progress;
    }

    /**
     * The Hessian over a data set.
     *
     * @param network initialised; Not modified
     * @param data resettable, with labels
     * @param progress told after each batch
     * @return a new operator; see {@link NetworkHessian}
     * @throws IllegalArgumentException if the iterator cannot be reset
     */
    public static DataSetOperator hessian(MultiLayerNetwork network, DataSetIterator data, Progress progress) {
        return new DataSetOperator(
                network.numParams(), source(data), batch -> NetworkHessian.of(network, toDataSet(batch)), progress);
    }

    /**
     * The Hessian of a graph over a data set.
     *
     * @param network initialised; Not modified
     * @param data resettable, with labels
     * @param progress told after each batch
     * @return a new operator; see {@link NetworkHessian}
     * @throws IllegalArgumentException if the iterator cannot be reset
     */
    public static DataSetOperator hessian(ComputationGraph network, MultiDataSetIterator data, Progress progress) {
        return new DataSetOperator(
                network.numParams(), source(data), batch -> NetworkHessian.of(network, batch), progress);
    }

    /**
     * The Gauss-Newton matrix over a data set.
     *
     * @param network initialised; Not modified
     * @param data resettable, with labels
     * @param progress told after each batch
     * @return a new operator; see {@link NetworkGaussNewton}
     * @throws IllegalArgumentException if the iterator cannot be reset, or no Gauss-Newton matrix is known for the loss
     */
    public static DataSetOperator gaussNewton(MultiLayerNetwork network, DataSetIterator data, Progress progress) {
        return new DataSetOperator(
                network.numParams(), source(data), reloading(new NetworkGaussNewton(network)), progress);
    }

    /**
     * The Gauss-Newton matrix of a graph over a data set.
     *
     * @param network initialised; Not modified
     * @param data resettable, with labels
     * @param progress told after each batch
     * @return a new operator; see {@link NetworkGaussNewton}
     * @throws IllegalArgumentException if the iterator cannot be reset, or no Gauss-Newton matrix is known for the loss
     */
    public static DataSetOperator gaussNewton(ComputationGraph network, MultiDataSetIterator data, Progress progress) {
        return new DataSetOperator(
                network.numParams(), source(data), reloading(new NetworkGaussNewton(network)), progress);
    }

    /**
     * Any operator that belongs to the mean loss of a batch.
     *
     * @param dimension of all the operators
     * @param data resettable, with labels
     * @param perBatch makes the operator of a batch
     * @param progress told after each batch
     * @return a new operator
     * @throws IllegalArgumentException if the iterator cannot be reset
     */
    public static DataSetOperator of(
            long dimension,
            MultiDataSetIterator data,
            Function<MultiDataSet, LinearOperator> perBatch,
            Progress progress) {
        return new DataSetOperator(dimension, source(data), perBatch, progress);
    }

    @Override
    public long dimension() {
        return dimension;
    }

    @Override
    void compute(INDArray x, INDArray y) {
        INDArray v = x.castTo(DataType.DOUBLE);
        INDArray product = Nd4j.createUninitialized(DataType.DOUBLE, dimension);
        INDArray sum = Nd4j.zeros(DataType.DOUBLE, dimension);
        long batches = 0;
        long examples = 0;
        source.reset();
        while (source.hasNext()) {
            MultiDataSet batch = source.next();
            Vectors.requireLabels(batch);
            long n = batch.getLabels(0).size(0);
            LinearOperator operator = perBatch.apply(batch);
            operator.multiply(v, product);
            productError = Math.max(productError, operator.productError());
            sum.addi(product.muli(n));
            examples += n;
            progress.finished(++batches, examples);
        }
        if (examples == 0) {
            throw new IllegalArgumentException("the iterator has no examples after reset()");
        }
        y.assign(sum.divi(examples));
    }

    @Override
    public double productError() {
        return productError;
    }

    private static Function<MultiDataSet, LinearOperator> reloading(NetworkGaussNewton operator) {
        return batch -> {
            operator.load(batch);
            return operator;
        };
    }

    private static org.nd4j.linalg.dataset.DataSet toDataSet(MultiDataSet batch) {
        return new org.nd4j.linalg.dataset.DataSet(
                batch.getFeatures(0),
                batch.getLabels(0),
                batch.getFeaturesMaskArrays() == null ? null : batch.getFeaturesMaskArray(0),
                batch.getLabelsMaskArrays() == null ? null : batch.getLabelsMaskArray(0));
    }

    private static Source source(DataSetIterator data) {
        requireReset(data.resetSupported());
        return new Source() {
            @Override
            public void reset() {
                data.reset();
            }

            @Override
            public boolean hasNext() {
                return data.hasNext();
            }

            @Override
            public MultiDataSet next() {
                return data.next().toMultiDataSet();
            }
        };
    }

    private static Source source(MultiDataSetIterator data) {
        requireReset(data.resetSupported());
        return new Source() {
            @Override
            public void reset() {
                data.reset();
            }

            @Override
            public boolean hasNext() {
                return data.hasNext();
            }

            @Override
            public MultiDataSet next() {
                return data.next();
            }
        };
    }

    private static void requireReset(boolean supported) {
        if (!supported) {
            throw new IllegalArgumentException("the iterator cannot be reset, but every product passes over the data "
                    + "again; wrap the examples in a resettable iterator such as ListDataSetIterator");
        }
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;

/** An epoch of one batch again and again, until it is told to end. */
final class Endless implements DataSetIterator {

    private static final long serialVersionUID = 1L;

    private final transient DataSet batch;
    private final AtomicBoolean stop;

    Endless(DataSet batch, AtomicBoolean stop) {
        this.batch = batch;
        this.stop = stop;
    }

    @Override
    public boolean hasNext() {
        return !stop.get();
    }

    @Override
    public DataSet next() {
        return batch;
    }

    @Override
    public DataSet next(int number) {
        return batch;
    }

    @Override
    public int inputColumns() {
        return batch.numInputs();
    }

    @Override
    public int totalOutcomes() {
        return batch.numOutcomes();
    }

    @Override
    public boolean resetSupported() {
        return false;
    }

    @Override
    public boolean asyncSupported() {
        return false;
    }

    @Override
    public void reset() {}

    @Override
    public int batch() {
        return batch.numExamples();
    }

    @Override
    public void setPreProcessor(DataSetPreProcessor preProcessor) {
        throw new UnsupportedOperationException();
    }

    @Override
    public DataSetPreProcessor getPreProcessor() {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<String> getLabels() {
        return List.of();
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.frozen;

import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.BaseActivationFunction;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An activation function that records its pieces at θ and stays on them elsewhere. */
final class FrozenActivation extends BaseActivationFunction {

    private static final long serialVersionUID = 1L;

    private final transient Recorder recorder;
    private final IActivation inner;
    private final transient Kink kink;
    private final boolean recurrent;
    private final transient Recording only;
    private final transient Tape forwards;
    private final transient Tape backwards;

    /**
     * Wraps an activation.
     *
     * @param recurrent whether the layer calls it several times per evaluation with different inputs
     */
    FrozenActivation(Recorder recorder, IActivation inner, Kink kink, boolean recurrent) {
        this.recorder = recorder;
        this.inner = inner;
        this.kink = kink;
        this.recurrent = recurrent;
        this.only = new Recording(recorder);
        this.forwards = new Tape(recorder);
        this.backwards = new Tape(recorder);
    }

    /** Records from the output of the main network's activation. */
    void recordOutput(INDArray a) {
        kink.recordOutput(a, only);
    }

    @Override
    public INDArray getActivation(INDArray in, boolean training) {
        Recording recording = recurrent ? forwards.next() : only;
        if (recorder.isRecording()) {
            kink.record(in, recording);
            return inner.getActivation(in, training);
        }
        return kink.forward(in, recording);
    }

    @Override
    public Pair<INDArray, INDArray> backprop(INDArray in, INDArray epsilon) {
        assertShape(in, epsilon);
        Recording recording = recurrent ? backwards.next() : only;
        if (recorder.isRecording()) {
            if (recurrent) {
                kink.record(in, recording);
            }
            return inner.backprop(in, epsilon);
        }
        return new Pair<>(kink.backward(in, epsilon, recording), null);
    }

    @Override
    public String toString() {
        return "frozen " + inner;
    }
}

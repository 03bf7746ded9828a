/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.frozen;

/** Whether the parts of one shadow record or replay, and when an evaluation starts. */
final class Recorder {

    private boolean recording = true;
    private long evaluation;
    private boolean shapesChanged = true;

    boolean isRecording() {
        return recording;
    }

    /** Number of the current evaluation; tapes rewind when it changes. */
    long evaluation() {
        return evaluation;
    }

    void startEvaluation(boolean record) {
        recording = record;
        evaluation++;
    }

    /** A part met a shape it has not recorded before. */
    void noteNewShape() {
        shapesChanged = true;
    }

    boolean takeShapesChanged() {
        boolean changed = shapesChanged;
        shapesChanged = false;
        return changed;
    }
}

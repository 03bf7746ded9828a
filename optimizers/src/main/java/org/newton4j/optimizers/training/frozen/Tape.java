/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.frozen;

import java.util.ArrayList;
import java.util.List;

/**
 * The recordings of one place in the network, in the order of its calls within one evaluation.
 *
 * <p>Recurrent layers call their activation functions once per time step; an evaluation always makes the same calls in
 * the same order, so the call number finds the recording.
 */
final class Tape {

    private final Recorder recorder;
    private final List<Recording> recordings = new ArrayList<>();
    private long evaluation = -1;
    private int position;

    Tape(Recorder recorder) {
        this.recorder = recorder;
    }

    /** The recording that belongs to the call now made. */
    Recording next() {
        if (evaluation != recorder.evaluation()) {
            evaluation = recorder.evaluation();
            position = 0;
        }
        if (position == recordings.size()) {
            if (!recorder.isRecording()) {
                throw new IllegalStateException(
                        "an evaluation made more activation calls than the recorded one, " + recordings.size());
            }
            recordings.add(new Recording(recorder));
        }
        return recordings.get(position++);
    }
}

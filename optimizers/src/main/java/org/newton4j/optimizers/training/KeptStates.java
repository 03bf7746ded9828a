/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayDeque;
import java.util.Deque;
import org.newton4j.curvature.inverse.KeptState;

/** What one step of a preconditioner has overwritten so far. */
final class KeptStates {

    private final Deque<KeptState> kept = new ArrayDeque<>();

    /** To be called before something is overwritten. */
    void add(KeptState state) {
        kept.push(state);
    }

    /** The latest first, so that what was kept twice ends as it was in the beginning. */
    void takeBack() {
        while (!kept.isEmpty()) {
            kept.pop().takeBack();
        }
    }

    /** Forgets everything. */
    void release() {
        while (!kept.isEmpty()) {
            kept.pop().release();
        }
    }

    /** A state that takes no memory worth mentioning. */
    static KeptState small(Runnable takeBack) {
        return new KeptState() {
            @Override
            public void takeBack() {
                takeBack.run();
            }

            @Override
            public void release() {}
        };
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.nd4j.linalg.factory.Nd4j;

/**
 * A place in this thread's ND4J random stream, to return to.
 *
 * <p>Root and node state together are the whole state; the seed alone is not, it stays what it was when set.
 *
 * @param root first half of the state
 * @param node second half of the state
 */
public record RandomStream(long root, long node) {

    /**
     * Where the stream of this thread is now.
     *
     * @return a place to return to
     */
    public static RandomStream here() {
        return new RandomStream(Nd4j.getRandom().rootState(), Nd4j.getRandom().nodeState());
    }

    /** Goes back to this place. */
    public void restore() {
        Nd4j.getRandom().setStates(root, node);
    }
}

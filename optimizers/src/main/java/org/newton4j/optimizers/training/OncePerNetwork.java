/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.deeplearning4j.nn.api.Model;
import org.nd4j.shade.guava.collect.MapMaker;

/** What was said of which network already: one operator may be made per mini-batch, one line in the log is enough. */
final class OncePerNetwork {

    /** By identity and weakly: a network compares by value, and must not be kept alive from here. */
    private static final ConcurrentMap<Model, Set<String>> SAID =
            new MapMaker().weakKeys().makeMap();

    private OncePerNetwork() {}

    /** Whether this is said of this network for the first time. */
    static boolean isNew(Model network, String message) {
        return SAID.computeIfAbsent(network, key -> ConcurrentHashMap.newKeySet())
                .add(message);
    }
}

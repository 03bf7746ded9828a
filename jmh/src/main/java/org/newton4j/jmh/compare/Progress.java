/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

/** Watches a comparison while it runs. */
interface Progress extends AutoCloseable {
    /** Called before the first step of a run. */
    void begin(Entry entry, long seed);

    /** Called after each step, with the latest evaluation. */
    void step(Entry entry, long seed, int step, Point latest);

    /** Called after the last step of a run, diverged or not. */
    void end(Run run);

    @Override
    void close();
}

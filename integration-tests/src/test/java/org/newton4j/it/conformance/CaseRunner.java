/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import org.newton4j.it.fixture.FixtureCase;

/** Replays one kind of golden case. */
@FunctionalInterface
interface CaseRunner {

    /** Runs the case and notes what was compared; throws only if the case cannot be run at all. */
    void run(FixtureCase fixture, Checks checks);
}

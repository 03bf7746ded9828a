/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.contract;

/** A user's updater that keeps every clause. */
class HeavyBallContractTest extends HeavyBallContract {

    HeavyBallContractTest() {
        super(HeavyBall::new);
    }
}

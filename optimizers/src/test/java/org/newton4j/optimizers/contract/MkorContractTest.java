/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.contract;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.newton4j.optimizers.Mkor;
import org.newton4j.optimizers.update.MkorRule;

/** Settings that go with some rules only are varied in {@code MkorTrainingTest}. */
class MkorContractTest extends PreconditionerContract {

    private static Mkor.Builder settings() {
        return Mkor.builder().base(base()).gamma(0.9).updateInterval(2).warmup(1);
    }

    @Override
    protected IUpdater updater() {
        return settings().build();
    }

    @Override
    protected List<IUpdater> variants() {
        return List.of(
                settings().rule(MkorRule.REFERENCE).build(),
                settings().gamma(0.7).build(),
                settings().base(new Nesterovs(0.01)).build(),
                settings().updateInterval(1).build(),
                settings().warmup(4).build(),
                settings().stabilizerThreshold(0.5).build(),
                settings().factorType(DataType.BFLOAT16).build(),
                settings().rescale(false).build());
    }

    @Override
    protected Map<String, Callable<IUpdater>> nonsense() {
        return Map.of(
                "gamma = NaN", () -> settings().gamma(Double.NaN).build(),
                "gamma = Infinity",
                        () -> settings().gamma(Double.POSITIVE_INFINITY).build(),
                "updateInterval = 0", () -> settings().updateInterval(0).build(),
                "warmup = -1", () -> settings().warmup(-1).build(),
                "stabilizerThreshold = NaN",
                        () -> settings().stabilizerThreshold(Double.NaN).build(),
                "stabilizerShare = 1", () -> settings().stabilizerShare(1).build(),
                "damping = NaN",
                        () -> settings().rule(MkorRule.FULL).damping(Double.NaN).build(),
                "clipping = NaN",
                        () -> settings()
                                .rule(MkorRule.REFERENCE)
                                .clipping(Double.NaN)
                                .build());
    }
}

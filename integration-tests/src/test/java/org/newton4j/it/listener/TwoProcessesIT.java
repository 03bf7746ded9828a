/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.it.process.ChildJvm;
import org.newton4j.optimizers.training.Checkpoints;

/** Training that another Java process goes on with ends where one process would have ended, bit for bit. */
class TwoProcessesIT {

    private static final int SECONDS = 300;

    @TempDir
    Path folder;

    @Test
    void should_resume_in_another_process() throws IOException, InterruptedException {
        Map<String, MultiLayerNetwork> straight = new LinkedHashMap<>();
        Map<String, double[]> halfway = new LinkedHashMap<>();
        for (Map.Entry<String, IUpdater> optimizer :
                ResumedTraining.optimizers().entrySet()) {
            String name = optimizer.getKey();
            MultiLayerNetwork net = ResumedTraining.network(optimizer.getValue());
            Nd4j.getRandom().setSeed(11);
            ResumedTraining.train(net, 0, ResumedTraining.HALF);
            Checkpoints.save(net, ResumedTraining.file(folder, name, "half"));
            halfway.put(name, States.params(net));
            ResumedTraining.train(net, ResumedTraining.HALF, 2 * ResumedTraining.HALF);
            straight.put(name, net);
        }

        ChildJvm.run(ResumedTraining.class, folder, SECONDS, sameKernels(), List.of(folder.toString()));

        for (Map.Entry<String, MultiLayerNetwork> one : straight.entrySet()) {
            MultiLayerNetwork expected = one.getValue();
            MultiLayerNetwork actual =
                    Checkpoints.restoreMultiLayerNetwork(ResumedTraining.file(folder, one.getKey(), "end"));
            assertThat(States.params(actual))
                    .as(one.getKey())
                    .isEqualTo(States.params(expected))
                    .isNotEqualTo(halfway.get(one.getKey()));
            assertThat(FixtureNetwork.toArray(actual.getUpdater().getStateViewArray()))
                    .as("state of " + one.getKey())
                    .isEqualTo(FixtureNetwork.toArray(expected.getUpdater().getStateViewArray()));
            assertThat(actual.getIterationCount()).isEqualTo(expected.getIterationCount());
        }
    }

    /** The module decides which kernels, unless the property does. */
    private static List<String> sameKernels() {
        List<String> options = new ArrayList<>(List.of("-Xmx512m"));
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()) {
            options.add("--add-modules=jdk.incubator.vector");
        }
        String forced = System.getProperty("newton4j.kernels");
        if (forced != null) {
            options.add("-Dnewton4j.kernels=" + forced);
        }
        return options;
    }
}

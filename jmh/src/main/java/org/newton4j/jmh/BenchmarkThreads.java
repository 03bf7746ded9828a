/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh;

import org.nd4j.linalg.factory.Environment;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;

/** Sets the threads of a benchmark: those of our kernels, of ND4J's operations and of its BLAS, which has threads of its own. */
final class BenchmarkThreads {
    private BenchmarkThreads() {}

    /**
     * Must come before the first kernel is chosen.
     *
     * @param threads at least 1
     * @throws IllegalStateException if the process was started for fewer
     */
    static void use(int threads) {
        System.setProperty("newton4j.threads", String.valueOf(threads));
        Environment nd4j = Nd4j.getEnvironment();
        // ND4J always answers with the number the process was started with: it can be lowered, but above that number it
        // stays where it is and says nothing.
        if (threads > nd4j.maxThreads()) {
            throw new IllegalStateException("threads = " + threads + ", but ND4J was started with at most "
                    + nd4j.maxThreads()
                    + "; set OMP_NUM_THREADS to the largest number of threads wanted, or choose with"
                    + " -p threads=" + nd4j.maxThreads());
        }
        nd4j.setMaxMasterThreads(threads);
        nd4j.setMaxThreads(threads);
        NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(threads);
        Nd4j.factory().blas().setMaxThreads(threads);
    }
}

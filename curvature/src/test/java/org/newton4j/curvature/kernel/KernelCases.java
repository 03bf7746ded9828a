/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Every kernel this JVM has, and what they are tried on.
 */
final class KernelCases {

    static final int THREADS = 3;

    /** Small windows so that their seams are crossed too. */
    static final int WINDOW = 3 * Workers.CHUNK + 5;

    private KernelCases() {}

    static List<StepKernels> hostKernels() {
        List<StepKernels> kernels = new ArrayList<>();
        kernels.add(new JavaKernels(new Workers(THREADS)));
        if (KernelChoice.vectorObstacle() == null) {
            kernels.add(KernelChoice.vector(new Workers(THREADS), HostKernels.WINDOW));
        }
        return kernels;
    }

    static List<StepKernels> kernels() {
        List<StepKernels> kernels = hostKernels();
        kernels.add(new Nd4jKernels());
        return kernels;
    }

    static int[] sizes() {
        return new int[] {
            1,
            2,
            3,
            7,
            8,
            15,
            16,
            17,
            31,
            33,
            63,
            64,
            65,
            127,
            128,
            129,
            1000,
            1023,
            1024,
            1025,
            2047,
            2048,
            2049,
            4099,
            Workers.PARALLEL_FROM + 77
        };
    }

    /** Kernel, type, size. */
    static Stream<Arguments> all() {
        List<Arguments> cases = new ArrayList<>();
        for (StepKernels kernels : kernels()) {
            for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
                for (int n : sizes()) {
                    cases.add(Arguments.of(kernels.name(), kernels, type, n));
                }
            }
        }
        return cases.stream();
    }

    /** Kernel, type. */
    static Stream<Arguments> kernelsAndTypes() {
        List<Arguments> cases = new ArrayList<>();
        for (StepKernels kernels : kernels()) {
            for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
                cases.add(Arguments.of(kernels.name(), kernels, type));
            }
        }
        return cases.stream();
    }
}

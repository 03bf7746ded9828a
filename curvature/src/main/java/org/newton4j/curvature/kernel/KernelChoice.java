/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which kernel works on native memory; {@link Kernels} asks once.
 *
 * @param kernels the chosen kernel, null when the request cannot be met
 * @param message what was chosen and how to get the faster one, or why the request cannot be met
 */
record KernelChoice(@Nullable StepKernels kernels, String message) {

    private static final Logger LOG = LoggerFactory.getLogger(KernelChoice.class);

    /** The incubator API of Java 17 and 18 lost the ByteBuffer loads in 19. */
    private static final int FIRST_JAVA = 17;

    private static final int LAST_JAVA = 18;

    private static final String MODULE = "jdk.incubator.vector";

    private static final String ADVICE = "start Java with --add-modules " + MODULE + " for the faster kernel";

    /** Chooses by the system properties and writes the one log line. */
    static KernelChoice decide() {
        KernelChoice choice;
        try {
            choice = choose(
                    System.getProperty("newton4j.kernels"),
                    Threads.configured(System.getProperty("newton4j.threads"), System.getenv("OMP_NUM_THREADS")),
                    HostMemory.isHostBackend());
        } catch (IllegalArgumentException e) {
            return new KernelChoice(null, String.valueOf(e.getMessage()));
        }
        if (choice.kernels != null) {
            LOG.info("{}", choice.message);
        }
        return choice;
    }

    /**
     * Chooses a kernel.
     *
     * @param request {@code java}, {@code vector}, {@code nd4j}, or null for the fastest available
     * @param threads threads per step
     * @param host whether arrays lie in memory of this process
     * @return kernel and log line, or no kernel and the reason
     */
    static KernelChoice choose(@Nullable String request, int threads, boolean host) {
        String kernel = request == null ? "" : request.trim().toLowerCase(Locale.ROOT);
        return switch (kernel) {
            case "nd4j" ->
                new KernelChoice(new Nd4jKernels(), "Step kernels: nd4j; asked for with -Dnewton4j.kernels=nd4j");
            case "java" -> host ? java(threads, "asked for with -Dnewton4j.kernels=java") : notOnHost(kernel);
            case "vector" -> host ? fastest(threads, true) : notOnHost(kernel);
            case "" ->
                host
                        ? fastest(threads, false)
                        : new KernelChoice(
                                new Nd4jKernels(), "Step kernels: nd4j; this ND4J backend keeps arrays on a device");
            default ->
                new KernelChoice(
                        null,
                        "System property newton4j.kernels is '" + request
                                + "', must be java, vector or nd4j; leave it out for the fastest one available");
        };
    }

    private static KernelChoice notOnHost(String kernel) {
        return new KernelChoice(
                null,
                "System property newton4j.kernels is '" + kernel + "', but this ND4J backend keeps arrays on a device;"
                        + " leave it out or use nd4j");
    }

    private static KernelChoice java(int threads, String why) {
        return new KernelChoice(
                new JavaKernels(new Workers(threads)), "Step kernels: java, " + threads + " thread(s); " + why);
    }

    private static KernelChoice fastest(int threads, boolean vectorOnly) {
        String obstacle = vectorObstacle();
        if (obstacle == null) {
            try {
                StepKernels vector = vector(new Workers(threads), HostKernels.WINDOW);
                return new KernelChoice(vector, "Step kernels: vector, " + vector + ", " + threads + " thread(s)");
            } catch (UnsupportedOperationException e) {
                obstacle = String.valueOf(e.getMessage());
            }
        }
        if (vectorOnly) {
            return new KernelChoice(null, "System property newton4j.kernels is 'vector', but " + obstacle);
        }
        return java(threads, "not the Vector API: " + obstacle);
    }

    /**
     * What keeps the Vector API from being used.
     *
     * @return the reason, or null if nothing does
     */
    static @Nullable String vectorObstacle() {
        int java = Runtime.version().feature();
        if (java < FIRST_JAVA || java > LAST_JAVA) {
            return "it is Java " + java + ", the Vector API kernel needs Java " + FIRST_JAVA + " or " + LAST_JAVA;
        }
        if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
            return "module " + MODULE + " is not there; " + ADVICE;
        }
        return null;
    }

    /**
     * The Vector API kernel, found by name so that nothing else links to the incubator module.
     *
     * @param workers threads
     * @param window elements addressed by one buffer
     * @return the kernel
     * @throws UnsupportedOperationException if the machine's vectors are too short
     * @throws LinkageError if the class is missing from the jar
     */
    static StepKernels vector(Workers workers, int window) {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            Class<?> type = lookup.findClass("org.newton4j.curvature.kernel.VectorKernels");
            return (StepKernels)
                    lookup.findConstructor(type, MethodType.methodType(void.class, Workers.class, int.class))
                            .invoke(workers, window);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new LinkageError(
                    "the Vector API kernels are missing or not what they were compiled as; the jar of newton4j-curvature is"
                            + " broken",
                    e);
        }
    }
}

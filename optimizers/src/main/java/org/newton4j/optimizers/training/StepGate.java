/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentMap;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.shade.guava.collect.MapMaker;

/**
 * Lets any thread save a network, and only between two steps of its training.
 *
 * <p>Every {@code fit} of Deeplearning4j holds the monitor of the network, for one batch or for a whole epoch. So whoever holds it may save.
 * Another thread hands its wish to whoever comes first: the training thread at the end of its step, where a listener of ours calls
 * {@link #pass}, or a waiting thread that gets the monitor when {@code fit} returns.
 */
final class StepGate {

    private static final ConcurrentMap<Model, StepGate> ALL =
            new MapMaker().weakKeys().makeMap();

    private final Queue<Wish> wishes = new ArrayDeque<>();
    private boolean waiting;
    private volatile @Nullable Last last;

    /** What saves a network that holds still. */
    interface Saving {

        /**
         * Saves.
         *
         * @param moment where in its step the network is
         * @param stream of the thread that trains it
         */
        void save(Moment moment, RandomStream stream) throws IOException;
    }

    /** Who made the last step, and where the random stream was then. */
    private record Last(WeakReference<Thread> thread, RandomStream stream) {}

    private record Wish(Saving saving, RandomStream stream, CompletableFuture<@Nullable Void> done) {

        void fulfil(Moment moment, RandomStream from) {
            try {
                saving.save(moment, from);
                done.complete(null);
            } catch (IOException | RuntimeException | Error e) {
                done.completeExceptionally(e);
            }
        }

        void await() throws IOException {
            try {
                done.join();
            } catch (CompletionException e) {
                if (e.getCause() instanceof IOException cause) {
                    throw new IOException(cause.getMessage(), cause);
                }
                if (e.getCause() instanceof RuntimeException cause) {
                    throw cause;
                }
                throw e;
            }
        }
    }

    private StepGate() {}

    private static StepGate of(Model network) {
        return ALL.computeIfAbsent(network, key -> new StepGate());
    }

    /** Called by the training thread when an iteration is done. */
    static void pass(Model network) {
        StepGate gate = of(network);
        RandomStream stream = RandomStream.here();
        Last known = gate.last;
        gate.last = new Last(
                known != null && known.thread().get() == Thread.currentThread()
                        ? known.thread()
                        : new WeakReference<>(Thread.currentThread()),
                stream);
        for (Wish wish; (wish = gate.next()) != null; ) {
            wish.fulfil(Moment.here(), stream);
        }
    }

    private synchronized @Nullable Wish next() {
        return wishes.poll();
    }

    /**
     * Saves when the network holds still.
     *
     * @param network may be in training in another thread
     * @param saving runs in this thread or in the one that keeps the network still
     * @throws IOException as {@code saving}
     * @throws IllegalStateException if this thread is in the middle of a step
     */
    static void save(Model network, Saving saving) throws IOException {
        StepGate gate = of(network);
        if (Thread.holdsLock(network)) {
            saving.save(Moment.here(), RandomStream.here());
        } else if (gate.othersMayTrain(network)) {
            Wish wish = new Wish(saving, RandomStream.here(), new CompletableFuture<>());
            gate.add(network, wish);
            wish.await();
        } else {
            synchronized (network) {
                saving.save(Moment.BETWEEN_STEPS, RandomStream.here());
            }
        }
    }

    /** Without a listener of ours nobody would pass by; the monitor is then all there is. */
    private boolean othersMayTrain(Model network) {
        Last known = last;
        return known == null ? hasListener(network) : known.thread().get() != Thread.currentThread();
    }

    private static boolean hasListener(Model network) {
        return (network instanceof MultiLayerNetwork net
                        ? net.getListeners()
                        : ((ComputationGraph) network).getListeners())
                .stream()
                        .anyMatch(listener ->
                                listener instanceof CurvatureListener || listener instanceof CheckpointsListener);
    }

    private synchronized void add(Model network, Wish wish) {
        wishes.add(wish);
        if (!waiting) {
            waiting = true;
            Thread thread = new Thread(() -> fulfilAll(network), "newton4j-save");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void fulfilAll(Model network) {
        synchronized (network) {
            for (Wish wish; (wish = nextOrLeave()) != null; ) {
                wish.fulfil(Moment.BETWEEN_STEPS, idle(wish));
            }
        }
    }

    private synchronized @Nullable Wish nextOrLeave() {
        waiting = !wishes.isEmpty();
        return wishes.poll();
    }

    /** Training goes on where the training thread's stream is, if there still is such a thread. */
    private RandomStream idle(Wish wish) {
        Last known = last;
        Thread trainer = known == null ? null : known.thread().get();
        return known == null || trainer == null || !trainer.isAlive() ? wish.stream() : known.stream();
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Splits a flat range into chunks and works on them with the calling thread and a few daemon helpers.
 *
 * <p>Which thread takes which chunk is left to chance, so a body must not depend on it; elementwise bodies do not. The
 * caller never waits for a helper that has not begun: with every helper busy it does the whole range itself.
 */
final class Workers {

    /** Elements below which waking a helper costs more than it saves. */
    static final int PARALLEL_FROM = 1 << 17;

    /** Elements per chunk: a multiple of every tile, small enough to even out a busy core. */
    static final int CHUNK = 1 << 15;

    private final int threads;

    private final @Nullable ThreadPoolExecutor helpers;

    /**
     * Work on elements {@code from} (inclusive) to {@code to} (exclusive).
     */
    interface Range {
        long apply(int from, int to);
    }

    /**
     * A pool that starts its threads when first needed and ends them after half a minute of rest.
     *
     * @param threads threads that work on one call, the calling one included; at least 1
     * @throws IllegalArgumentException if {@code threads} is less than 1
     */
    Workers(int threads) {
        if (!(threads >= 1)) {
            throw new IllegalArgumentException("threads is " + threads + ", must be at least 1");
        }
        this.threads = threads;
        if (threads == 1) {
            helpers = null;
        } else {
            AtomicInteger number = new AtomicInteger();
            helpers = new ThreadPoolExecutor(
                    threads - 1, threads - 1, 30, TimeUnit.SECONDS, new ArrayBlockingQueue<>(4 * threads), task -> {
                        Thread thread = new Thread(task, "newton4j-kernel-" + number.incrementAndGet());
                        thread.setDaemon(true);
                        return thread;
                    });
            helpers.allowCoreThreadTimeOut(true);
        }
    }

    int threads() {
        return threads;
    }

    /**
     * Applies {@code body} to all of [0, n) and adds up what it returns.
     *
     * @param n number of elements
     * @param body work on a part of the range; may run on several threads at once
     * @return sum of the results
     */
    long sum(int n, Range body) {
        if (helpers == null || n < PARALLEL_FROM) {
            return body.apply(0, n);
        }
        return share(helpers, new Job(n, CHUNK, body));
    }

    /**
     * Applies {@code body} to all of [0, n), one chunk a call whatever the number of threads, so that a body may keep
     * one partial result for each chunk.
     *
     * @param n number of elements
     * @param chunk elements of a call, the last one excepted
     * @param work elements touched in all, which decides whether helpers are woken
     * @param body work on one chunk; may run on several threads at once
     */
    void forEachChunk(int n, int chunk, long work, Range body) {
        Job job = new Job(n, chunk, body);
        if (helpers == null || work < PARALLEL_FROM || job.chunks == 1) {
            job.run();
            job.result();
        } else {
            share(helpers, job);
        }
    }

    private long share(ThreadPoolExecutor helpers, Job job) {
        int wanted = Math.min(threads, job.chunks) - 1;
        try {
            for (int i = 0; i < wanted; i++) {
                helpers.execute(job);
            }
        } catch (RejectedExecutionException busy) {
            // Other callers keep the helpers occupied; this thread does what they leave.
        }
        job.run();
        return job.result();
    }

    private static final class Job implements Runnable {
        private final int n;
        private final int chunk;
        private final int chunks;
        private final Range body;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicLong sum = new AtomicLong();
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        private final CountDownLatch done;

        Job(int n, int chunk, Range body) {
            this.n = n;
            this.chunk = chunk;
            this.chunks = (int) (((long) n + chunk - 1) / chunk);
            this.body = body;
            this.done = new CountDownLatch(chunks);
        }

        @Override
        public void run() {
            for (int taken = next.getAndIncrement(); taken < chunks; taken = next.getAndIncrement()) {
                try {
                    if (failure.get() == null) {
                        int from = taken * chunk;
                        sum.addAndGet(body.apply(from, Math.min(chunk, n - from) + from));
                    }
                } catch (RuntimeException | Error e) {
                    failure.compareAndSet(null, e);
                } finally {
                    done.countDown();
                }
            }
        }

        /** Waits without regard to interrupts: a helper may still be writing into the caller's arrays. */
        long result() {
            boolean interrupted = false;
            while (true) {
                try {
                    done.await();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            Throwable thrown = failure.get();
            if (thrown instanceof Error error) {
                throw error;
            }
            if (thrown != null) {
                throw (RuntimeException) thrown;
            }
            return sum.get();
        }
    }
}

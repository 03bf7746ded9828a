/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkersTest {

    private static final int N = 9 * Workers.CHUNK + 11;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 40})
    void should_visit_every_element_once(int threads) {
        AtomicIntegerArray visits = new AtomicIntegerArray(N);

        long sum = new Workers(threads).sum(N, (from, to) -> {
            for (int i = from; i < to; i++) {
                visits.incrementAndGet(i);
            }
            return to - from;
        });

        assertThat(sum).isEqualTo(N);
        for (int i = 0; i < N; i++) {
            assertThat(visits.get(i)).isEqualTo(1);
        }
    }

    @Test
    void should_share_the_work_between_threads() {
        Set<Thread> seen = ConcurrentHashMap.newKeySet();
        CountDownLatch two = new CountDownLatch(2);

        new Workers(2).sum(N, (from, to) -> {
            if (seen.add(Thread.currentThread())) {
                two.countDown();
            }
            await(two);
            return 0;
        });

        assertThat(seen).hasSize(2).contains(Thread.currentThread());
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS))
                    .as("a second thread came")
                    .isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void should_pass_on_what_a_body_throws_from_any_thread() {
        Workers workers = new Workers(3);

        assertThatThrownBy(() -> workers.sum(N, (from, to) -> {
                    if (from == 5 * Workers.CHUNK) {
                        throw new IllegalStateException("chunk five");
                    }
                    return 1;
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("chunk five");
        assertThatThrownBy(() -> workers.sum(N, (from, to) -> {
                    throw new StackOverflowError("deep");
                }))
                .isInstanceOf(StackOverflowError.class);
        assertThat(workers.sum(N, (from, to) -> to - from))
                .as("usable afterwards")
                .isEqualTo(N);
    }

    @Test
    void should_serve_more_callers_than_it_has_threads() throws Exception {
        Workers workers = new Workers(2);
        ExecutorService callers = Executors.newFixedThreadPool(12);
        try {
            List<Callable<Long>> calls = new ArrayList<>();
            for (int i = 0; i < 48; i++) {
                calls.add(() -> workers.sum(N, (from, to) -> to - from));
            }
            for (Future<Long> call : callers.invokeAll(calls, 60, TimeUnit.SECONDS)) {
                assertThat(call.get()).isEqualTo(N);
            }
        } finally {
            callers.shutdownNow();
        }
    }

    @Test
    void should_finish_an_interrupted_call_and_keep_the_interrupt() {
        Thread.currentThread().interrupt();

        long sum = new Workers(2).sum(N, (from, to) -> to - from);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(sum).isEqualTo(N);
    }

    @Test
    void should_refuse_less_than_one_thread() {
        assertThatThrownBy(() -> new Workers(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("threads is 0, must be at least 1");
    }
}

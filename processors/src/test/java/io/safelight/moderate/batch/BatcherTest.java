package io.safelight.moderate.batch;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Unavailable;
import io.safelight.moderate.Batching;
import io.safelight.moderate.Classifier;
import io.safelight.moderate.Model;
import io.safelight.moderate.Placement;
import io.safelight.moderate.djl.DjlClassifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** On the real model; where order matters, its predictor is held back. */
class BatcherTest {
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final Model MODEL = Model.shipped();
    private static DjlClassifier classifier;

    private final List<Integer> sizes = Collections.synchronizedList(new ArrayList<>());
    private final List<Unavailable> failures = Collections.synchronizedList(new ArrayList<>());
    private final BatchListener listener = new BatchListener() {
        @Override
        public void ran(List<Duration> waited, Duration took) {
            assertTrue(waited.stream().noneMatch(Duration::isNegative) && !took.isNegative());
            sizes.add(waited.size());
        }

        @Override
        public void failed(Unavailable why) {
            failures.add(why);
        }
    };

    @BeforeAll
    static void loadTheModel() {
        classifier = new DjlClassifier(MODEL, Placement.DEFAULT);
    }

    @AfterAll
    static void letGo() {
        classifier.close();
    }

    @Test
    void failsOnlyTheImageAtFault() {
        List<CompletableFuture<Map<String, Double>>> answers = new ArrayList<>();
        try (Batcher batcher = batcher(2, 16, Duration.ofMillis(50), 64)) {
            for (int i = 0; i < 40; i++) {
                answers.add(batcher.submit(i == 21 ? new float[7] : image(i)));
            }
        }
        assertEquals(39, answers.stream().filter(answer -> answer.state() == Future.State.SUCCESS).count());
        assertInstanceOf(Fault.class, answers.get(21).exceptionNow());
    }

    /** Time passes only when the batcher waits for it, so what it waited is what it asked for. */
    @Test
    void flushesWhatIsLeftWhenItsFirstImageHasWaitedAndNoLater() {
        Duration maxWait = Duration.ofMillis(500);
        AtomicLong now = new AtomicLong();
        CountDownLatch handedIn = new CountDownLatch(1);
        var queue = new LinkedBlockingQueue<Batcher.Job>() {
            @Override
            public Batcher.Job take() throws InterruptedException {
                handedIn.await();
                return super.take();
            }

            @Override
            public Batcher.Job poll(long timeout, TimeUnit unit) {
                Batcher.Job next = poll();
                if (next == null) {
                    now.addAndGet(unit.toNanos(timeout));
                }
                return next;
            }
        };
        Map<Integer, Duration> longest = new ConcurrentHashMap<>();
        BatchListener watch = new BatchListener() {
            @Override
            public void ran(List<Duration> waited, Duration took) {
                longest.merge(waited.size(), waited.stream().max(Duration::compareTo).orElseThrow(), (a, b) -> a.compareTo(b) > 0 ? a : b);
            }

            @Override
            public void failed(Unavailable why) {
                failures.add(why);
            }
        };
        List<CompletableFuture<Map<String, Double>>> answers = new ArrayList<>();
        try (Batcher batcher = new Batcher(MODEL.labels(), List.of(classifier.newPredictor()), new Batching(16, maxWait, 1, 64), watch, queue, now::get)) {
            for (int i = 0; i < 40; i++) {
                answers.add(batcher.submit(i == 21 ? new float[7] : image(i)));
            }
            handedIn.countDown();
            // not by closing, which would flush as well
            await().atMost(Duration.ofMinutes(1)).until(() -> answers.stream().allMatch(CompletableFuture::isDone));
        }
        assertEquals(39, answers.stream().filter(answer -> answer.state() == Future.State.SUCCESS).count());
        assertInstanceOf(Fault.class, answers.get(21).exceptionNow());
        assertEquals(Map.of(16, Duration.ZERO, 1, Duration.ZERO, 8, maxWait), longest);
        assertEquals(List.of(), failures);
    }

    @Test
    void givesAllOfABatchBackWhereTheEngineFailed() {
        Unavailable full = new Unavailable(Code.OUT_OF_MEMORY, "the card is full", null);
        AtomicInteger runs = new AtomicInteger();
        Classifier failing = new Classifier() {
            @Override
            public float[][] classify(float[][] batch) {
                runs.incrementAndGet();
                throw full;
            }

            @Override
            public void close() {}
        };
        List<CompletableFuture<Map<String, Double>>> answers = new ArrayList<>();
        try (Batcher batcher = new Batcher(MODEL.labels(), List.of(failing), new Batching(4, LONG, 1, 8), listener)) {
            for (int i = 0; i < 4; i++) {
                answers.add(batcher.submit(image(i)));
            }
            await().atMost(Duration.ofMinutes(1)).until(() -> answers.stream().allMatch(CompletableFuture::isDone));
        }
        answers.forEach(answer -> assertSame(full, answer.exceptionNow()));
        assertEquals(1, runs.get(), "trying one by one would not help");
        assertEquals(List.of(full), failures);
        assertEquals(List.of(), sizes);
    }

    @Test
    void answersEachImageWithItsOwnProbabilities() {
        List<CompletableFuture<Map<String, Double>>> together = new ArrayList<>();
        try (Batcher batcher = batcher(1, 8, LONG, 8)) {
            for (int i = 0; i < 8; i++) {
                together.add(batcher.submit(image(i)));
            }
            await().atMost(Duration.ofMinutes(1)).until(() -> together.stream().allMatch(CompletableFuture::isDone));
        }
        assertEquals(List.of(8), sizes);
        try (Classifier alone = classifier.newPredictor()) {
            for (int i = 0; i < 8; i++) {
                float[] expected = alone.classify(new float[][] {image(i)})[0];
                List<Double> labels = List.copyOf(together.get(i).join().values());
                for (int label = 0; label < expected.length; label++) {
                    assertEquals(expected[label], labels.get(label), 1e-4);
                }
            }
        }
    }

    @Test
    void runsAPartialBatchWhenItsFirstImageHasWaited() {
        try (Batcher batcher = batcher(1, 16, Duration.ofMillis(30), 64)) {
            batcher.submit(image(1)).join();
        }
        assertEquals(List.of(1), sizes);
    }

    @Test
    void refusesMoreThanTheQueueHoldsAndTakesAgainWhenItIsDone() {
        CountDownLatch release = new CountDownLatch(1);
        try (Batcher batcher = new Batcher(MODEL.labels(), List.of(heldBack(release)), new Batching(2, Duration.ZERO, 1, 3), listener)) {
            List<CompletableFuture<?>> taken = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                taken.add(batcher.submit(image(i)));
            }
            Unavailable refusal = assertThrows(Unavailable.class, () -> batcher.submit(image(4)));
            assertEquals(Code.BUSY, refusal.code());
            release.countDown();
            taken.forEach(CompletableFuture::join);
            await().atMost(Duration.ofMinutes(1)).ignoreException(Unavailable.class).until(() -> batcher.submit(image(5)).join() != null);
        }
    }

    @Test
    void answersEverythingBeforeItCloses() {
        List<CompletableFuture<?>> answers = new ArrayList<>();
        Batcher batcher = batcher(2, 4, LONG, 64);
        for (int i = 0; i < 11; i++) {
            answers.add(batcher.submit(image(i)));
        }
        batcher.close();
        assertTrue(answers.stream().allMatch(answer -> answer.state() == Future.State.SUCCESS));
        assertEquals(11, sizes.stream().mapToInt(Integer::intValue).sum());
        assertEquals(Code.BUSY, assertThrows(Unavailable.class, () -> batcher.submit(image(1))).code());
        batcher.close();
    }

    @Test
    void refusesSettingsThatCannotWork() {
        for (int[] settings : new int[][] {{0, 8}, {8, 4}, {-1, 0}}) {
            try (Classifier predictor = classifier.newPredictor()) {
                assertThrows(Fault.class, () -> new Batcher(MODEL.labels(), List.of(predictor), new Batching(settings[0], LONG, 1, settings[1]), listener));
            }
        }
    }

    private Batcher batcher(int predictors, int batchSize, Duration maxWait, int maxQueue) {
        return new Batcher(MODEL.labels(), Stream.generate(classifier::newPredictor).limit(predictors).toList(),
                new Batching(batchSize, maxWait, predictors, maxQueue), listener);
    }

    private static Classifier heldBack(CountDownLatch release) {
        Classifier real = classifier.newPredictor();
        return new Classifier() {
            @Override
            public float[][] classify(float[][] batch) {
                try {
                    release.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                return real.classify(batch);
            }

            @Override
            public void close() {
                real.close();
            }
        };
    }

    /** Different for each number. */
    private static float[] image(int number) {
        float[] planes = new float[MODEL.input().length()];
        Arrays.fill(planes, 0, planes.length / 3, number / 40f);
        for (int i = planes.length / 3; i < planes.length; i++) {
            planes[i] = (i / (number + 1) & 1);
        }
        return planes;
    }
}

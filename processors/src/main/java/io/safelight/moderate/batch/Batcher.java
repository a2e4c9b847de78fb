package io.safelight.moderate.batch;

import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.SafelightException;
import io.safelight.error.Unavailable;
import io.safelight.moderate.Batching;
import io.safelight.moderate.Classifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * Gathers images into batches in front of a model: a batch runs when it is full or when its first image has waited long
 * enough. Each predictor has a thread; one of them gathers while the others run, so that they do not share out a batch
 * among themselves.
 */
public final class Batcher implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(Batcher.class);

    record Job(float[] planes, long since, CompletableFuture<Map<String, Double>> answer) {}

    /** Stands behind the last job once the batcher is closed. */
    private static final Job END = new Job(null, 0, null);

    private final List<String> labels;
    private final Batching batching;
    private final BatchListener listener;
    private final Semaphore room;
    private final BlockingQueue<Job> queue;
    private final LongSupplier clock;
    private final ReentrantLock gathering = new ReentrantLock();
    private final List<Thread> threads;
    private boolean closed;

    /**
     * @param labels     in the order of the predictors' output
     * @param predictors one for each thread; closed with the batcher
     */
    public Batcher(List<String> labels, List<Classifier> predictors, Batching batching, BatchListener listener) {
        this(labels, predictors, batching, listener, new LinkedBlockingQueue<>(), System::nanoTime);
    }

    /** @param clock nanoseconds, as {@code queue} counts them when it waits */
    Batcher(List<String> labels, List<Classifier> predictors, Batching batching, BatchListener listener, BlockingQueue<Job> queue, LongSupplier clock) {
        if (predictors.isEmpty() || batching.size() < 1 || batching.maxQueue() < batching.size() || batching.maxWait().isNegative()) {
            throw new Fault("Moderation needs a predictor, a batch size of 1 or more, a queue no shorter than a batch and a wait of 0 or more; "
                    + "correct safelight.moderation.*.");
        }
        this.labels = List.copyOf(labels);
        this.batching = batching;
        this.queue = queue;
        this.clock = clock;
        this.listener = listener;
        this.room = new Semaphore(batching.maxQueue());
        this.threads = predictors.stream().map(p -> Thread.ofPlatform().daemon().name("predictor-", 0).start(() -> serve(p))).toList();
    }

    /**
     * @param planes one image as the model takes it
     * @return label → probability; fails alone where this image cannot be classified
     * @throws Unavailable {@code busy} where the queue is full or the batcher closed
     */
    public synchronized CompletableFuture<Map<String, Double>> submit(float[] planes) {
        if (closed) {
            throw new Unavailable(Code.BUSY, "Moderation is shutting down; try again on another instance.", null);
        }
        if (!room.tryAcquire()) {
            throw new Unavailable(Code.BUSY, "As many images as allowed are waiting for moderation; try again later or run more instances.", null);
        }
        Job job = new Job(planes, clock.getAsLong(), new CompletableFuture<>());
        queue.add(job);
        return job.answer;
    }

    /** Answers everything that was taken on, then stops. */
    @Override
    public void close() {
        synchronized (this) {
            if (!closed) {
                closed = true;
                queue.add(END);
            }
        }
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(Classifier predictor) {
        try (predictor) {
            for (List<Job> batch = gather(); !batch.isEmpty(); batch = gather()) {
                answer(predictor, batch);
                room.release(batch.size());
            }
        } catch (InterruptedException e) {
            LOG.error("A predictor was interrupted and stops: nothing in Safelight does that");
        }
    }

    /** @return empty once the batcher is closed and the queue drained */
    private List<Job> gather() throws InterruptedException {
        gathering.lockInterruptibly();
        try {
            List<Job> batch = new ArrayList<>(batching.size());
            Job next = queue.take();
            long deadline = next.since + batching.maxWait().toNanos();
            while (next != null && next != END) {
                batch.add(next);
                next = batch.size() == batching.size() ? null : queue.poll(deadline - clock.getAsLong(), TimeUnit.NANOSECONDS);
            }
            if (next == END) {
                queue.add(END); // for the other predictors
            }
            return batch;
        } finally {
            gathering.unlock();
        }
    }

    /** Where a batch fails, its images are tried one by one, so that only the one at fault does; where the engine does, all come again later. */
    private void answer(Classifier predictor, List<Job> batch) {
        try {
            long start = clock.getAsLong();
            float[][] rows = predictor.classify(batch.stream().map(Job::planes).toArray(float[][]::new));
            long end = clock.getAsLong();
            listener.ran(batch.stream().map(job -> Duration.ofNanos(start - job.since)).toList(), Duration.ofNanos(end - start));
            for (int i = 0; i < batch.size(); i++) {
                batch.get(i).answer.complete(named(rows[i]));
            }
        } catch (Unavailable e) {
            batch.forEach(job -> job.answer.completeExceptionally(e));
            listener.failed(e);
        } catch (Throwable e) { // whatever it is, somebody waits for an answer, and the thread must live
            if (batch.size() > 1) {
                batch.forEach(job -> answer(predictor, List.of(job)));
            } else {
                batch.getFirst().answer.completeExceptionally(e instanceof SafelightException ? e
                        : new Fault("An image cannot be classified; see the cause.", e));
            }
        }
    }

    private Map<String, Double> named(float[] probabilities) {
        Map<String, Double> named = new LinkedHashMap<>();
        for (int i = 0; i < labels.size(); i++) {
            named.put(labels.get(i), (double) probabilities[i]);
        }
        return named;
    }
}

package io.safelight.embedded;

import io.safelight.model.Topology;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.server.model.Queue;
import org.apache.qpid.server.queue.QueueEntry;
import org.apache.qpid.server.virtualhost.QueueManagingVirtualHost;
import org.apache.qpid.server.virtualhost.QueueManagingVirtualHost.Transaction;
import org.apache.qpid.server.virtualhost.QueueManagingVirtualHost.TransactionalOperation;
import org.jboss.logging.Logger;

/**
 * Moves each message of a retry queue to its work queue when it has waited there for the queue's delay, which RabbitMQ does by
 * itself. Qpid cannot: it drops an expired message rather than move it to where it would be expired as well.
 */
final class RetryClock implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(RetryClock.class);
    private static final long PERIOD_MILLIS = 250;
    /** Messages moved in one transaction. */
    private static final int MOST_AT_ONCE = 500;

    private final QueueManagingVirtualHost<?> host;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            task -> Thread.ofPlatform().daemon().name("retry-clock").unstarted(task));

    RetryClock(QueueManagingVirtualHost<?> host) {
        this.host = host;
        timer.scheduleWithFixedDelay(this::tick, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void tick() {
        for (var work : Topology.Work.values()) {
            for (var retry : work.retries()) {
                try {
                    move(host.getChildByName(Queue.class, retry.queue()), host.getChildByName(Queue.class, work.queue()), retry.delay().toMillis());
                } catch (RuntimeException e) {
                    LOG.warnf(e, "Messages of %s stay there for now; they are looked at again in %d ms", retry.queue(), PERIOD_MILLIS);
                }
            }
        }
    }

    private void move(Queue<?> from, Queue<?> to, long delayMillis) {
        if (from != null && to != null) {
            move(host, from, to, System.currentTimeMillis() - delayMillis);
        }
    }

    /**
     * Moves what nobody has in hand, some of it.
     *
     * @param latest only what arrived by then, in milliseconds since 1970
     * @return how many messages
     */
    static int move(QueueManagingVirtualHost<?> host, Queue<?> from, Queue<?> to, long latest) {
        var due = new ArrayList<QueueEntry>();
        from.visit(entry -> {
            if (entry.isAvailable() && entry.getMessage().getArrivalTime() <= latest) {
                due.add(entry);
            }
            return due.size() == MOST_AT_ONCE;
        });
        if (!due.isEmpty()) {
            host.executeTransaction(new Move(due, to));
        }
        return due.size();
    }

    private record Move(List<QueueEntry> entries, Queue<?> to) implements TransactionalOperation {
        @Override
        public void withinTransaction(Transaction transaction) {
            entries.forEach(entry -> transaction.move(entry, to));
        }

        @Override
        public List<Long> getModifiedMessageIds() {
            return entries.stream().map(entry -> entry.getMessage().getMessageNumber()).toList();
        }
    }

    @Override
    public void close() {
        timer.shutdown();
        try {
            timer.awaitTermination(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

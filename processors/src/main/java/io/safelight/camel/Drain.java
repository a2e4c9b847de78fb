package io.safelight.camel;

import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.camel.CamelContext;
import org.apache.camel.Consumer;
import org.apache.camel.Route;
import org.apache.camel.ShutdownRunningTask;
import org.apache.camel.Suspendable;
import org.apache.camel.component.platform.http.PlatformHttpEndpoint;
import org.apache.camel.spi.ShutdownAware;
import org.apache.camel.support.service.ServiceHelper;
import org.jboss.logging.Logger;

/**
 * Takes nothing new and waits for what is in hand, while everything that it needs still runs. Camel's own shutdown would stop
 * one consumer after the other, each waiting for its messages while the next still takes some.
 */
@Singleton
public class Drain {
    private static final Logger LOG = Logger.getLogger(Drain.class);
    /** A second more than a queue's consumers wait before they give back what is not done. */
    static final Duration MOST = Duration.ofSeconds(26);
    /** In which clients with a connection are told to go elsewhere, before it is closed under them. */
    private static final Duration LINGER = Duration.ofSeconds(1);
    private static final Duration LOOK = Duration.ofMillis(20);

    private final CamelContext camel;
    private final Admission admission;
    private final Leases leases;

    public Drain(CamelContext camel, Admission admission, Leases leases) {
        this.camel = camel;
        this.admission = admission;
        this.leases = leases;
    }

    /** Returns when nothing is in hand any more, or when the time is up and the queues have their messages back. */
    public void run() throws InterruptedException {
        if (!camel.isStarted()) {
            return;
        }
        LOG.info("Stopping: nothing new is taken, what is in hand is finished");
        long began = System.nanoTime();
        admission.close();
        leases.rest();
        List<Callable<Boolean>> suspensions = camel.getRoutes().stream().map(Route::getConsumer).filter(Drain::takesFromOutside)
                .map(consumer -> (Callable<Boolean>) () -> ServiceHelper.suspendService(consumer)).toList();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        threads.invokeAll(suspensions, MOST.toMillis(), TimeUnit.MILLISECONDS);
        threads.shutdownNow();
        Duration least = answersOverHttp() ? LINGER : Duration.ZERO;
        while (passed(began).compareTo(least) < 0 || camel.getInflightRepository().size() > 0 && passed(began).compareTo(MOST) < 0) {
            LockSupport.parkNanos(LOOK.toNanos());
        }
        leases.close();
        int left = camel.getInflightRepository().size();
        long took = passed(began).toMillis();
        if (left == 0) {
            LOG.infof("All that was in hand is done, after %d ms", took);
        } else {
            LOG.warnf("Given up after %d ms: %d steps were still at work; their messages are back in their queues", took, left);
        }
    }

    private static Duration passed(long since) {
        return Duration.ofNanos(System.nanoTime() - since);
    }

    private boolean answersOverHttp() {
        return camel.getRoutes().stream().anyMatch(route -> route.getEndpoint() instanceof PlatformHttpEndpoint);
    }

    /** All but the routes that others call, which are needed to the end. */
    private static boolean takesFromOutside(Consumer consumer) {
        return consumer instanceof Suspendable
                && !(consumer instanceof ShutdownAware aware && aware.deferShutdown(ShutdownRunningTask.CompleteCurrentTaskOnly));
    }
}

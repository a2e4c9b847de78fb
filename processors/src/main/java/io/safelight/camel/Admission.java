package io.safelight.camel;

import io.safelight.config.SafelightConfig;
import io.safelight.error.Code;
import io.safelight.error.Unavailable;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.Exchange;
import org.apache.camel.quarkus.main.events.AfterStart;
import org.apache.camel.support.SynchronizationAdapter;

/** Whether new work is taken now. Asked before anything of a request is read, and before a look at the drop folder. */
@Named("admission")
@Singleton
public class Admission {
    private final BrokerAlarm alarm;
    private final int most;
    private final AtomicInteger inHand = new AtomicInteger();
    private volatile Optional<Unavailable> refusal = busy("This process is starting; send the request again in a moment.");

    public Admission(BrokerAlarm alarm, SafelightConfig config) {
        this.alarm = alarm;
        this.most = config.upload().maxConcurrent();
    }

    /** HTTP listens before the routes are there, and would answer 404. After all else that waits for them, as this makes the process ready. */
    void open(@Observes @Priority(Integer.MAX_VALUE - 1) AfterStart event) {
        open();
    }

    public void open() {
        refusal = Optional.empty();
    }

    /** From now on nothing is taken. */
    public void close() {
        refusal = busy("This process is stopping; send the request again, another one takes it.");
    }

    /** Why no request is taken; empty where one is. */
    public Optional<Unavailable> refusal() {
        return refusal;
    }

    /** Why no dropped file is taken, which are taken one after the other; empty where one is. */
    Optional<Unavailable> refusalOfFiles() {
        return refusal().or(alarm::refusal);
    }

    /** Why no upload over HTTP is taken; empty where one is. */
    public Optional<Unavailable> refusalOfUploads() {
        return refusalOfFiles().or(() -> inHand.get() >= most ? tooMany() : Optional.empty());
    }

    /** Counts an upload as in hand until it is done, whether or not its sender still waits. @throws Unavailable where it is one too many */
    public void enter(Exchange exchange) {
        if (inHand.getAndUpdate(count -> Math.min(count + 1, most)) >= most) {
            throw tooMany().orElseThrow();
        }
        exchange.getExchangeExtension().addOnCompletion(new SynchronizationAdapter() {
            @Override
            public void onDone(Exchange done) {
                inHand.decrementAndGet();
            }
        });
    }

    public int inHand() {
        return inHand.get();
    }

    /** Uploads over HTTP in hand at a time. */
    public int most() {
        return most;
    }

    private Optional<Unavailable> tooMany() {
        return busy("As many uploads as this process takes at a time are in hand; send it again later, or run more instances.");
    }

    private static Optional<Unavailable> busy(String why) {
        return Optional.of(new Unavailable(Code.BUSY, why, null));
    }
}

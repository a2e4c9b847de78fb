package io.safelight.camel;

import jakarta.inject.Named;
import jakarta.inject.Singleton;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.support.DefaultPollingConsumerPollStrategy;

/** Skips a look at the drop folder while nothing found there could be taken in, or is another process's; its files stay where they are. */
@Named("restWhileRefusing")
@Singleton
public class RestWhileRefusing extends DefaultPollingConsumerPollStrategy {
    private final Admission admission;
    private final Leases leases;

    public RestWhileRefusing(Admission admission, Leases leases) {
        this.admission = admission;
        this.leases = leases;
    }

    @Override
    public boolean begin(Consumer consumer, Endpoint endpoint) {
        return admission.refusalOfFiles().isEmpty() && leases.begins(consumer);
    }
}

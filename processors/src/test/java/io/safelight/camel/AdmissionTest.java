package io.safelight.camel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.safelight.config.SafelightConfig;
import io.safelight.error.Code;
import io.safelight.error.Unavailable;
import io.smallrye.config.SmallRyeConfigBuilder;
import jakarta.annotation.Priority;
import jakarta.enterprise.inject.spi.ObserverMethod;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.quarkus.main.events.AfterStart;
import org.apache.camel.spi.Synchronization;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdmissionTest {
    private final BrokerAlarm alarm = new BrokerAlarm();
    private final SafelightConfig config = new SmallRyeConfigBuilder().addDiscoveredConverters().withMapping(SafelightConfig.class)
            .withDefaultValue("safelight.upload.max-concurrent", "2").build().getConfigMapping(SafelightConfig.class);
    private final Admission admission = new Admission(alarm, config);

    @BeforeEach
    void start() {
        admission.open();
    }

    private static Exchange exchange() {
        return new DefaultExchange(new DefaultCamelContext());
    }

    private static void done(Exchange exchange) {
        Objects.requireNonNullElse(exchange.getExchangeExtension().handoverCompletions(), List.<Synchronization>of()).forEach(completion -> completion.onComplete(exchange));
    }

    @Test
    void asManyUploadsAreTakenAsAllowedAndTheNextOnceOneIsDone() {
        Exchange first = exchange();
        admission.enter(first);
        assertEquals(Optional.empty(), admission.refusalOfUploads());
        admission.enter(exchange());
        assertEquals(Code.BUSY, admission.refusalOfUploads().orElseThrow().code());
        done(first);
        assertEquals(1, admission.inHand());
        admission.enter(exchange());
    }

    @Test
    void anUploadThatCameInBesideTheLastOneIsRefusedAndTakesNoPlace() {
        admission.enter(exchange());
        admission.enter(exchange());
        Exchange late = exchange();
        assertEquals(Code.BUSY, assertThrows(Unavailable.class, () -> admission.enter(late)).code());
        assertEquals(2, admission.inHand(), "while it is answered");
        done(late);
        assertEquals(2, admission.inHand());
    }

    @Test
    void itOpensOnceTheLeasesHaveBegunAndBeforePeopleAreTold() throws Exception {
        int open = order(Admission.class.getDeclaredMethod("open", AfterStart.class));
        assertTrue(open > order(Leases.class.getDeclaredMethod("begin", AfterStart.class)), "who finds the process ready finds its gauges");
        assertTrue(open < order(Start.class.getDeclaredMethod("after", AfterStart.class, String.class, int.class)));
    }

    private static int order(Method observer) {
        Priority priority = observer.getParameters()[0].getAnnotation(Priority.class);
        return priority == null ? ObserverMethod.DEFAULT_PRIORITY : priority.value();
    }

    @Test
    void whatIsFullForUploadsIsOpenForAllElseUntilItStops() {
        admission.enter(exchange());
        admission.enter(exchange());
        assertEquals(Optional.empty(), admission.refusal());
        admission.close();
        assertTrue(admission.refusal().orElseThrow().getMessage().contains("stopping"));
    }

    @Test
    void noLookIsTakenAtTheDropFolderWhileNothingIsTaken() {
        RestWhileRefusing rest = new RestWhileRefusing(admission, new Leases(new DefaultCamelContext(), config, new SimpleMeterRegistry()));
        assertTrue(rest.begin(null, null));
        admission.enter(exchange());
        admission.enter(exchange());
        assertTrue(rest.begin(null, null), "uploads over HTTP keep no dropped file from being taken");
        admission.close();
        assertEquals(false, rest.begin(null, null));
    }
}

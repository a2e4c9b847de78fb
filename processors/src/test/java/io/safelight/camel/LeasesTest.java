package io.safelight.camel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.safelight.config.SafelightConfig;
import io.safelight.error.Fault;
import io.safelight.testing.KubernetesApi;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.camel.CamelContext;
import org.apache.camel.ServiceStatus;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.kamelet.KameletComponent;
import org.apache.camel.component.kamelet.KameletEndpoint;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.RouteController;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A route from the kamelet of timers as it is, which counts its runs, and a Kubernetes API. */
class LeasesTest {
    private static final String LEASE = "safelight-lifecycle";

    private final KubernetesApi api = KubernetesApi.start();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final DefaultCamelContext camel = new DefaultCamelContext();
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger runs = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();
    private volatile Runnable work = () -> { };
    private Leases leases;
    private SafelightConfig config;

    public static final class Counting extends Leases {
        private final AtomicInteger asked;

        private Counting(CamelContext camel, SafelightConfig config, SimpleMeterRegistry meters, AtomicInteger asked) {
            super(camel, config, meters);
            this.asked = asked;
        }

        @Override
        public boolean held(String lease) {
            asked.incrementAndGet();
            return super.held(lease);
        }
    }

    @BeforeEach
    void find() {
        api.settings().forEach(System::setProperty);
    }

    @AfterEach
    void stop() {
        camel.stop();
        if (leases != null) {
            leases.close();
        }
        api.settings().keySet().forEach(System::clearProperty);
        api.close();
    }

    private void start(String kind) throws Exception {
        config = new SmallRyeConfigBuilder().addDiscoveredConverters().withMapping(SafelightConfig.class)
                .withDefaultValue("safelight.leases", kind).withDefaultValue("safelight.lease-time", "6s").build().getConfigMapping(SafelightConfig.class);
        leases = new Counting(camel, config, meters, asked);
        camel.getRegistry().bind("leases", leases);
        camel.setRouteController(new RoutesWithSources(camel));
        camel.getShutdownStrategy().setTimeout(1);
        camel.getComponent("kamelet", KameletComponent.class).setLocation("file:kamelets");
        camel.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("kamelet:leased-timer-source?lease=lifecycle&name=work&period=20&delay=0").routeId("sweep").process(exchange -> {
                    runs.incrementAndGet();
                    work.run();
                }).to("log:done?level=DEBUG").process(exchange -> done.incrementAndGet());
            }
        });
        camel.start();
        leases.begin();
    }

    private double leader() {
        return meters.get("leader").tag("task", "lifecycle").gauge().value();
    }

    private void awaitRuns() {
        int before = runs.get();
        Awaitility.await().until(() -> runs.get() > before + 2);
    }

    private String timer() {
        return ((KameletEndpoint) camel.getRoute("sweep").getEndpoint()).getRouteId();
    }

    @Test
    void withoutLeasesEachProcessRunsItAndNobodyIsAsked() throws Exception {
        start("none");
        awaitRuns();
        assertEquals(1, leader());
        assertEquals(0, api.asked());
    }

    @Test
    void theTimerOfWhoStandsByGoesOnAndRunsNothing() throws Exception {
        api.hold(LEASE, "another", 3600);
        start("kubernetes");
        int before = asked.get();
        int requests = api.asked();
        Awaitility.await().until(() -> asked.get() > before + 20 && api.asked() > requests + 2);
        assertEquals(0, runs.get());
        assertEquals(0, leader());

        api.lease(LEASE).delete();
        awaitRuns();
        assertEquals(1, leader());
    }

    @Test
    void whereARouteIsStoppedByHandNobodyLeadsAndTheLeaseIsGivenBack() throws Exception {
        start("kubernetes");
        awaitRuns();
        for (String route : new String[] {"sweep", timer()}) {
            camel.getRouteController().stopRoute(route);
            assertEquals(0, leader(), route);
            Awaitility.await(route).until(() -> api.holder(LEASE).isEmpty());
            camel.getRouteController().startRoute(route);
            Awaitility.await(route).until(() -> leader() == 1);
        }
        awaitRuns();
    }

    @Test
    void aRouteThatIsStoppedByHandTakesItsTimerWithIt() throws Exception {
        start("none");
        RouteController routes = camel.getRouteController();
        List<Change> stops = List.of(() -> routes.stopRoute("sweep"), () -> routes.stopRoute("sweep", new Fault("broken", null)),
                () -> routes.stopRoute("sweep", 1, TimeUnit.SECONDS), () -> routes.stopRoute("sweep", 1, TimeUnit.SECONDS, true));
        for (Change stop : stops) {
            awaitRuns();
            stop.make();
            assertStopped();
            routes.startRoute("sweep");
        }
        for (Change stop : List.<Change>of(() -> routes.suspendRoute("sweep"), () -> routes.suspendRoute("sweep", 1, TimeUnit.SECONDS))) {
            awaitRuns();
            stop.make();
            assertStopped();
            routes.resumeRoute("sweep");
        }
        awaitRuns();
        assertEquals(1, leader());
    }

    @Test
    void aRouteThatIsStoppedByHandFinishesWhatItHasInHand() throws Exception {
        start("none");
        awaitRuns();
        CountDownLatch begun = new CountDownLatch(1);
        work = () -> {
            begun.countDown();
            LockSupport.parkNanos(Duration.ofSeconds(3).toNanos());
        };
        begun.await();
        camel.getRouteController().stopRoute("sweep");
        assertEquals(runs.get(), done.get());
    }

    private interface Change {
        void make() throws Exception;
    }

    private void assertStopped() {
        assertEquals(0, leader());
        assertNotEquals(ServiceStatus.Started, camel.getRouteController().getRouteStatus("sweep"));
        assertNotEquals(ServiceStatus.Started, camel.getRouteController().getRouteStatus(timer()));
    }

    @Test
    void aDrainKeepsTheLeaseUntilWhatIsInHandIsDone() throws Exception {
        start("kubernetes");
        awaitRuns();
        Admission admission = new Admission(new BrokerAlarm(), config);
        admission.open();
        CompletableFuture<Void> begun = new CompletableFuture<>();
        CompletableFuture<Optional<String>> holder = new CompletableFuture<>();
        work = () -> {
            begun.complete(null);
            Awaitility.await().until(() -> admission.refusal().isPresent());
            int requests = api.asked();
            // it is renewed meanwhile
            Awaitility.await().until(() -> api.asked() > requests + 2);
            holder.complete(api.holder(LEASE));
        };
        begun.join();

        new Drain(camel, admission, leases).run();

        assertTrue(holder.orTimeout(1, TimeUnit.MINUTES).join().isPresent());
        assertEquals(Optional.empty(), api.holder(LEASE));
        assertNull(api.lease(LEASE).get().getSpec().getHolderIdentity());
    }
}

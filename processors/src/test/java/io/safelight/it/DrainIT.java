package io.safelight.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.servers.TestServer;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A process that is told to stop finishes what it has and gives nothing back; what a killed one had is done by the next. */
class DrainIT {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Duration KUBERNETES_GRACE = Duration.ofSeconds(30);
    private static final int CLIENTS = 4;
    private static final int CONCURRENCY = 2;
    private static final int BACKLOG = 40;
    private static final int MOST_IMAGES = 100;
    /** What each group takes at a time: consumers, each with a prefetch of one. */
    private static final Map<String, Integer> IN_HAND = Map.of("ingress", 0, "processing", 3, "moderation", 4, "metadata", 5);

    private static final Heartbeat MACHINE = Heartbeat.start();
    private static Fleet fleet;
    private static Firehose firehose;
    private static int numbers = 1;

    @BeforeAll
    static void start() throws Exception {
        fleet = Fleet.start("drain", Map.of("processing", Map.of("safelight.engine.concurrency", Integer.toString(CONCURRENCY)),
                "moderation", Map.of("safelight.moderation.predictors", "2")));
        // a channel is traced that is opened while tracing is on
        firehose = new Firehose(fleet.broker);
    }

    @AfterAll
    static void end() throws Exception {
        if (fleet != null) {
            firehose.close();
            fleet.close();
        }
    }

    @BeforeEach
    void count() {
        firehose.reset();
    }

    @ParameterizedTest
    @ValueSource(strings = {"processing", "moderation", "metadata"})
    void aGroupThatIsToldToStopInTheMidstOfItsWorkGivesNothingBack(String group) throws Exception {
        try (Load load = new Load()) {
            amidItsBacklog(group, load);
            Duration took = stop(group);
            load.end();
            fleet.process(group).restart();
            fleet.awaitPublished(load.taken());
            tell("%s on SIGTERM: exit 0 after %d ms, %d messages redelivered, %d uploads acknowledged and published, answers %s", group, took.toMillis(),
                    firehose.redelivered(), load.taken().size(), load.answers);
            assertEquals(0, firehose.redelivered());
            load.assertNoClientSaw("202");
        }
    }

    @Test
    void anIngressThatIsToldToStopFinishesWhatItHasAndRefusesTheRest() {
        try (Load load = new Load()) {
            load.awaitTaken(BACKLOG);
            Duration took = stop("ingress");
            load.end();
            fleet.process("ingress").restart();
            fleet.awaitPublished(load.taken());
            tell("ingress on SIGTERM: exit 0 after %d ms, %d messages redelivered, %d uploads acknowledged and published, answers %s", took.toMillis(),
                    firehose.redelivered(), load.taken().size(), load.answers);
            assertEquals(0, firehose.redelivered());
            load.assertNoClientSaw("202", "503", "refused");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"processing", "moderation", "metadata"})
    void whatAKilledGroupHadInHandAndNoMoreIsDeliveredAgain(String group) throws Exception {
        try (Load load = new Load()) {
            amidItsBacklog(group, load);
            fleet.process(group).kill9();
            load.end();
            fleet.process(group).restart();
            fleet.awaitPublished(load.taken());
            tell("%s on SIGKILL: %d messages redelivered, of at most %d (consumers × prefetch), %d uploads acknowledged and published", group,
                    firehose.redelivered(), IN_HAND.get(group), load.taken().size());
            assertTrue(firehose.redelivered() > 0, "it was killed with nothing in hand, or the counter does not count");
            assertTrue(firehose.redelivered() <= IN_HAND.get(group), () -> firehose.redelivered() + " redelivered");
        }
    }

    @Test
    void noAcknowledgedUploadOfAKilledIngressIsLost() {
        try (Load load = new Load()) {
            load.awaitTaken(BACKLOG);
            fleet.process("ingress").kill9();
            load.end();
            fleet.process("ingress").restart();
            fleet.awaitPublished(load.taken());
            tell("ingress on SIGKILL: %d messages redelivered, %d uploads acknowledged and published", firehose.redelivered(), load.taken().size());
            assertEquals(0, firehose.redelivered());
        }
    }

    @ParameterizedTest
    @CsvSource({"processing", "metadata"})
    void workThatDoesNotEndIsGivenBackInTimeAndDoneByAnother(String group) throws Exception {
        try (Load load = new Load()) {
            Duration took;
            if (group.equals("metadata")) {
                load.awaitTaken(2);
                fleet.database.pause();
                try {
                    load.awaitTaken(BACKLOG);
                    took = stop(group);
                } finally {
                    fleet.database.resume();
                }
            } else {
                Set<ProcessHandle> decoders = new HashSet<>();
                try {
                    awaitNoEnd(group, decoders);
                    load.awaitTaken(BACKLOG);
                    took = stop(group);
                } finally {
                    decoders.forEach(TestServer::goOn);
                }
            }
            load.end();
            fleet.process(group).restart();
            fleet.awaitPublished(load.taken());
            tell("%s with work that does not end, on SIGTERM: exit 0 after %d ms, %d messages redelivered, %d uploads acknowledged and published", group,
                    took.toMillis(), firehose.redelivered(), load.taken().size());
            assertTrue(firehose.redelivered() > 0, "nothing was given back");
            assertTrue(firehose.redelivered() <= IN_HAND.get(group), () -> firehose.redelivered() + " redelivered");
        }
    }

    /** Returns when the group has more before it than it can have in hand, and is at work on it. */
    private static void amidItsBacklog(String group, Load load) {
        int before;
        try (var still = new Still(fleet.process(group).pid())) {
            before = firehose.delivered(group);
            load.awaitTaken(load.taken().size() + BACKLOG);
        }
        Awaitility.await(group + " to be at work").atMost(PATIENCE).pollInterval(Duration.ofMillis(5))
                .until(() -> firehose.delivered(group) >= before + IN_HAND.get(group) + 3);
    }

    /**
     * Makes the decoders stand still, also one that is started meanwhile, and returns when all that the group has in hand is with them: not even a
     * time limit of a request to the store ends it before the group has to give it back.
     */
    private static void awaitNoEnd(String group, Set<ProcessHandle> decoders) {
        Awaitility.await(group + " to have nothing in hand that ends").atMost(PATIENCE).until(() -> {
            decoders.addAll(fleet.process(group).decoders());
            decoders.forEach(TestServer::still);
            return decoders.size() >= CONCURRENCY && Scrape.of(fleet.process(group).client()).get("decoders_busy{}") == CONCURRENCY;
        });
    }

    /** Ends it with SIGTERM; it must exit with 0. */
    private static Duration stop(String group) {
        Instant began = Instant.now();
        fleet.process(group).stop();
        Duration took = MACHINE.since(began);
        assertTrue(took.compareTo(KUBERNETES_GRACE) < 0, () -> "it took " + took);
        return took;
    }

    private static void tell(String format, Object... figures) {
        System.out.printf("DrainIT: " + format + "%n", figures);
    }

    /** Clients that upload one tiny image after another until all are sent, nobody is there any more, or they are told to end. */
    private static final class Load implements AutoCloseable {
        private final List<Thread> clients = new ArrayList<>();
        private final Set<String> ids = ConcurrentHashMap.newKeySet();
        private final Map<String, Integer> answers = new ConcurrentHashMap<>();
        private final AtomicBoolean over = new AtomicBoolean();
        private final AtomicInteger next = new AtomicInteger(numbers += MOST_IMAGES);
        private final int end = numbers + MOST_IMAGES;

        Load() {
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(Thread.ofVirtual().start(() -> {
                    SafelightClient client = fleet.process("ingress").client();
                    for (int number = next.getAndIncrement(); number < end && !over.get(); number = next.getAndIncrement()) {
                        upload(client, number);
                    }
                }));
            }
        }

        private void upload(SafelightClient client, int number) {
            try {
                HttpResponse<byte[]> response = client.uploadRaw(TestImages.jpeg(number, 96, 64), "image/jpeg");
                answers.merge(Integer.toString(response.statusCode()), 1, Integer::sum);
                if (response.statusCode() == 202) {
                    ids.add(SafelightClient.json(response).at("/images/0/id").asText());
                }
                over.compareAndSet(false, response.statusCode() == 503); // it is to come back later
            } catch (UncheckedIOException e) {
                answers.merge(e.getCause() instanceof ConnectException ? "refused" : e.getCause().toString(), 1, Integer::sum);
                over.set(true); // nobody is there any more
            } catch (RuntimeException e) {
                answers.merge(e.toString(), 1, Integer::sum);
                throw e;
            }
        }

        Set<String> taken() {
            return Set.copyOf(ids);
        }

        void awaitTaken(int count) {
            Awaitility.await(count + " acknowledged uploads").atMost(PATIENCE).pollInterval(Duration.ofMillis(10))
                    .failFast(() -> assertTrue(ids.size() >= count || clients.stream().anyMatch(Thread::isAlive), () -> "all clients have ended: " + answers))
                    .until(() -> ids.size() >= count);
        }

        void end() {
            over.set(true);
            for (Thread client : clients) {
                try {
                    assertTrue(client.join(PATIENCE), "a client still waits for its answer");
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException(e);
                }
            }
        }

        void assertNoClientSaw(String... others) {
            Map<String, Integer> unexpected = new TreeMap<>(answers);
            List.of(others).forEach(unexpected::remove);
            assertEquals(Map.of(), unexpected);
        }

        @Override
        public void close() {
            end();
        }
    }
}

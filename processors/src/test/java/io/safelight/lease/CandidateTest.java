package io.safelight.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.safelight.testing.KubernetesApi;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two candidates and the API between them; what a clock says, and when somebody looks, the tests decide. */
class CandidateTest {
    private static final String NAME = "safelight-lifecycle";
    private static final Duration TERM = Duration.ofSeconds(15);

    private final KubernetesApi api = KubernetesApi.start();
    private long now = Duration.ofHours(1).toNanos();
    private boolean fit = true;
    private final Candidate one = new Candidate(api.client(), NAME, "one", TERM, () -> fit, () -> now);
    private final Candidate two = new Candidate(api.client(), NAME, "two", TERM, () -> true, () -> now);

    @AfterEach
    void stop() {
        api.close();
    }

    private void pass(int seconds) {
        now += Duration.ofSeconds(seconds).toNanos();
    }

    private void assertHolder(String holder) {
        assertEquals(Optional.ofNullable(holder), api.holder(NAME));
    }

    @Test
    void theFirstThatLooksHoldsItAndAnotherStandsBy() {
        one.turn();
        two.turn();
        assertTrue(one.holds());
        assertFalse(two.holds());
        assertHolder("one");
    }

    @Test
    void aHolderThatIsHeardOfKeepsItForEver() {
        for (int i = 0; i < 20; i++) {
            one.turn();
            two.turn();
            pass(9);
            assertTrue(one.holds());
        }
        assertFalse(two.holds());
        LeaseSpec spec = api.lease(NAME).get().getSpec();
        assertEquals(0, spec.getLeaseTransitions());
        assertTrue(spec.getRenewTime().isAfter(spec.getAcquireTime()));
    }

    @Test
    void aHolderThatIsNotHeardOfBelievesInItForTwoThirdsOfTheTermAndLosesItAfterTheWhole() {
        one.turn();
        two.turn();
        pass(9);
        assertTrue(one.holds());
        pass(1);
        assertFalse(one.holds(), "before another may begin");
        pass(4);
        two.turn();
        assertFalse(two.holds());
        pass(1);
        two.turn();
        assertTrue(two.holds());
        assertHolder("two");
        assertEquals(1, api.lease(NAME).get().getSpec().getLeaseTransitions());

        one.turn();
        assertFalse(one.holds());
        assertHolder("two");
    }

    @Test
    void aTermIsCountedFromWhenALeaseWasRead() {
        int[] late = {9};
        Candidate slow = new Candidate(api.client(), NAME, "slow", TERM, () -> {
            pass(late[0]);
            return true;
        }, () -> now);
        one.turn();
        slow.turn();
        late[0] = 0;

        pass(6);
        slow.turn();
        assertFalse(slow.holds(), "what was read nine seconds after it was asked for may have been written just then");

        pass(9);
        slow.turn();
        assertTrue(slow.holds());
    }

    @Test
    void clocksThatDifferDecideNothing() {
        one.turn();
        for (ZonedDateTime wrong : new ZonedDateTime[] {ZonedDateTime.now().minusYears(1), ZonedDateTime.now().plusYears(1)}) {
            api.lease(NAME).edit(lease -> new LeaseBuilder(lease).editSpec().withRenewTime(wrong).endSpec().build());
            two.turn();
            assertFalse(two.holds());
        }
        pass(15);
        two.turn();
        assertTrue(two.holds());
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 409, 422, 500, 503})
    void whatIsRefusedIsTriedAgain(int code) {
        one.attempt();
        api.refuse(code, "PUT"::equals);
        one.attempt();
        pass(9);
        assertTrue(one.holds(), "believed until it cannot be any more");
        pass(1);
        one.attempt();
        assertFalse(one.holds());

        api.answerAgain();
        one.attempt();
        assertTrue(one.holds());
    }

    @Test
    void whateverGoesWrongTheNextLookComes() {
        AtomicInteger looks = new AtomicInteger();
        try (Candidate started = new Candidate(api.client(), NAME, "started", Duration.ofSeconds(2), () -> {
            switch (looks.incrementAndGet()) {
                case 1 -> throw new IllegalStateException("not now");
                case 2 -> throw new AssertionError("nor now");
                default -> { }
            }
            return true;
        })) {
            started.start();
            Awaitility.await().until(() -> api.holder(NAME).isPresent());
        }
        assertTrue(looks.get() > 2);
        assertHolder(null);
    }

    @Test
    void whoCannotDoTheWorkGivesItBackAtOnceAndTakesItAgainWhenItCan() {
        one.turn();
        fit = false;
        one.turn();
        assertFalse(one.holds());
        assertHolder(null);
        two.turn();
        assertTrue(two.holds());
        fit = true;
        one.turn();
        assertFalse(one.holds());
        two.close();
        one.turn();
        assertTrue(one.holds());
    }

    @Test
    void whoIsAboutToEndTakesNoneAndKeepsWhatItHas() {
        one.turn();
        one.rest();
        two.rest();
        pass(9);
        one.turn();
        pass(11);
        assertFalse(one.holds());
        one.turn();
        assertTrue(one.holds(), "what is in hand may need it");

        one.close();
        assertHolder(null);
        two.turn();
        assertFalse(two.holds());
        assertHolder(null);
    }

    @Test
    void whatIsGivenBackIsFreeWithoutAWait() {
        one.turn();
        two.turn();
        one.close();
        assertFalse(one.holds());
        two.turn();
        assertTrue(two.holds());
        one.close();
        assertHolder("two");
    }

    @Test
    void aLeaseThatSomebodyElseWritesToIsGivenBackAllTheSame() {
        one.turn();
        AtomicInteger writes = new AtomicInteger();
        api.refuse(409, method -> method.equals("PUT") && writes.incrementAndGet() < 3);
        one.close();
        assertEquals(3, writes.get());
        assertHolder(null);
    }

    @Test
    void ofManyThatLookAtOnceOneHoldsIt() {
        for (int round = 0; round < 10; round++) {
            List<Candidate> many = IntStream.range(0, 8).mapToObj(i -> new Candidate(api.client(), NAME, "candidate-" + i, TERM, () -> true, () -> now)).toList();
            CountDownLatch all = new CountDownLatch(many.size());
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                many.forEach(candidate -> threads.execute(() -> {
                    all.countDown();
                    try {
                        all.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    candidate.attempt();
                }));
            }
            assertEquals(1, many.stream().filter(Candidate::holds).count());
            many.forEach(Candidate::close);
            assertHolder(null);
        }
    }
}

package io.safelight.routes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.camel.Console;
import io.safelight.camel.Receipt;
import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Overtaken;
import io.safelight.error.Rejected;
import io.safelight.error.Unavailable;
import io.safelight.model.Event;
import io.safelight.model.Fact;
import io.safelight.model.Format;
import io.safelight.model.Ids;
import io.safelight.testing.LogLines;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.spi.Registry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.amqp.AmqpConnectException;
import org.springframework.amqp.AmqpException;
import org.springframework.amqp.AmqpIOException;
import org.springframework.amqp.AmqpTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** {@code routes/_errors.camel.yaml} under a route of one step that fails as it is told. */
public class ErrorHandlingTest extends RouteTest {
    private static final List<String> TESTED = List.of("reject", "retry", "dead-letter", "hold", "set-aside", "hold-everything", "answer-problem",
            "show-problem", "refuse-upload", "leave-for-next-time", "leave-dropped");

    private final Deque<Throwable> failures = new ArrayDeque<>();
    private int runs;
    private int afterwards;

    @Override
    void bind(Registry registry) {
        registry.bind("uploads", uploads());
        registry.bind("console", new Console(null, null, null));
    }

    @Override
    protected RoutesBuilder[] createRouteBuilders() throws Exception {
        RoutesBuilder own = new RouteBuilder() {
            @Override
            public void configure() {
                Stream.of("reject,retry,dead-letter", "hold", "hold-everything", "hold,dead-letter", "hold,set-aside,dead-letter", "answer-problem", "show-problem",
                        "refuse-upload", "leave-for-next-time", "leave-dropped").forEach(handling -> from("direct:" + handling.replace(',', '+'))
                        .routeConfigurationId(handling).routeId("test-" + handling.replace(',', '+'))
                        .setProperty("queue", constant("processing")).setProperty("attempt", header("attempt"))
                        .to("kamelet:event-read-action")
                        .bean(ErrorHandlingTest.this, "fail").process(exchange -> afterwards++));
            }
        };
        RoutesBuilder[] real = super.createRouteBuilders();
        RoutesBuilder[] all = Arrays.copyOf(real, real.length + 1);
        all[real.length] = own;
        return all;
    }

    /** As a bean of ours would. */
    public void fail(Exchange exchange) throws Throwable {
        runs++;
        exchange.getMessage().setBody("changed on the way");
        exchange.getMessage().setHeader("added", "on the way");
        if (!failures.isEmpty()) {
            throw failures.poll();
        }
    }

    @BeforeEach
    void fresh() {
        failures.clear();
        runs = 0;
        afterwards = 0;
    }

    private static byte[] body() {
        return json(Event.of(Ids.timeOrdered(), TRACE, new Fact.Accepted("a.jpg", "http", Format.JPEG, 1, 1, 1, false, null), null));
    }

    private Exchange send(String handling, byte[] body, Map<String, Object> headers, Throwable... failures) {
        this.failures.addAll(List.of(failures));
        return template.send("direct:" + handling, exchange -> {
            exchange.getMessage().setBody(body);
            exchange.getMessage().setHeaders(new java.util.HashMap<>(headers));
        });
    }

    @Test
    void everyConfigurationIsTestedHere() throws IOException {
        assertEquals(TESTED.stream().sorted().toList(), RouteFiles.configurations("_errors").stream().sorted().toList());
    }

    static Stream<Arguments> whatBecomesOfAMessage() {
        IOException reset = new IOException("connection reset");
        S3Exception s3 = (S3Exception) S3Exception.builder().statusCode(503).message("slow down").build();
        return Stream.of(
                Arguments.of("image.rejected", new Rejected(Code.BROKEN_IMAGE, "It is damaged.")),
                Arguments.of("image.rejected", new Rejected(Code.BROKEN_IMAGE, "It is damaged.", reset)),
                Arguments.of("image.rejected", NoSuchKeyException.builder().message("gone").build()),
                Arguments.of("processing.retry.1s", new Unavailable("It is away.", null)),
                Arguments.of("processing.retry.1s", new Unavailable("It is away.", new IllegalStateException("for some reason"))),
                Arguments.of("processing.retry.1s", s3),
                Arguments.of("processing.retry.1s", S3Exception.builder().statusCode(500).cause(reset).message("e").build()),
                Arguments.of("processing.retry.1s", SdkClientException.create("no answer", new SocketTimeoutException())),
                Arguments.of("processing.retry.1s", SdkClientException.create("no answer", reset)),
                Arguments.of("processing.retry.1s", ApiCallTimeoutException.create(1)),
                Arguments.of("processing.retry.1s", new AmqpException("closed")),
                Arguments.of("processing.retry.1s", new AmqpIOException(reset)),
                Arguments.of("processing.retry.1s", new AmqpConnectException(new ConnectException("refused"))),
                Arguments.of("processing.retry.1s", new AmqpTimeoutException(new TimeoutException("no confirm"))),
                Arguments.of("processing.retry.1s", new TimeoutException("refused by the broker")),
                Arguments.of("processing.dead", new Fault("It is broken.")),
                Arguments.of("processing.dead", new Fault("The store refuses us.", s3)),
                Arguments.of("processing.dead", new Fault("It cannot be read.", reset)),
                Arguments.of("processing.dead", new NullPointerException()),
                Arguments.of("processing.dead", new IllegalStateException("odd")),
                Arguments.of("processing.dead", reset),
                Arguments.of("processing.dead", new StackOverflowError()));
    }

    @ParameterizedTest
    @MethodSource("whatBecomesOfAMessage")
    void aFailureLeadsToOnePlace(String key, Throwable failure) {
        byte[] body = body();

        Exchange exchange = send("reject+retry+dead-letter", body, Map.of("trace", TRACE), failure);

        assertEquals(key, published().key());
        assertFalse(exchange.isFailed(), "acknowledged");
        assertEquals(1, runs);
        assertEquals(0, afterwards);
        if (!key.equals("image.rejected")) {
            assertEquals(text(body), text(published().message()));
            assertNull(published().header("added"));
        }
    }

    @Test
    void theLongestCauseIsCutAndSayingNothingIsAllowed() {
        send("reject+retry+dead-letter", body(), Map.of(), new IllegalStateException("x".repeat(5_000)));
        assertEquals("x".repeat(1_000) + "…", published().header("cause-message"));

        broker.calm();
        send("reject+retry+dead-letter", body(), Map.of(), new IllegalStateException());
        assertEquals("null", published().header("cause-message"));
    }

    @Test
    void theSameFailureHasTheSameDigestAndAnotherAnother() {
        for (int i = 0; i < 2; i++) {
            send("reject+retry+dead-letter", body(), Map.of(), new IllegalStateException("number " + i));
        }
        send("reject+retry+dead-letter", body(), Map.of(), new IllegalArgumentException("another"));

        List<String> digests = broker.published().stream().map(p -> p.header("stack-digest")).toList();
        assertEquals(digests.get(0), digests.get(1));
        assertFalse(digests.get(1).equals(digests.get(2)));
    }

    @Test
    void attemptsThatAreUsedUpEndInTheDeadQueueAndNoneAtAllCannotBeForged() {
        send("reject+retry+dead-letter", body(), Map.of("attempt", 9), new Unavailable("It is away.", null));
        assertEquals("processing.dead", published().key());

        broker.calm();
        send("reject+retry+dead-letter", body(), Map.of("attempt", -7), new Unavailable("It is away.", null));
        assertEquals("processing.retry.1s", published().key());
        assertEquals("1", published().header("attempt"));
    }

    @Test
    void whatCannotBePutAwayFailsSoThatTheBrokerKeepsIt() {
        broker.answer(publication -> TestBroker.Answer.REFUSE);
        for (Throwable failure : List.of(new Rejected(Code.BROKEN_IMAGE, "It is damaged."), new Unavailable("It is away.", null), new Fault("It is broken."))) {
            assertTrue(send("reject+retry+dead-letter", body(), Map.of(), failure).isFailed(), failure.toString());
        }
    }

    @Test
    void whatHasNoQueueToBePutIntoFailsAndIsNotPublished() {
        assertFailsWithoutItsQueue(broker::lack);
    }

    @Test
    void whatLosesItsConnectionBeforeItsQueueIsAskedForFailsAndIsNotPublished() {
        assertFailsWithoutItsQueue(broker::closeAt);
    }

    private void assertFailsWithoutItsQueue(Consumer<String> take) {
        for (var way : Map.of("processing.retry.1s", new Unavailable("It is away.", null), "processing.dead", new Fault("It is broken.")).entrySet()) {
            take.accept(way.getKey());
            Exchange exchange = send("reject+retry+dead-letter", body(), Map.of(), way.getValue());
            assertInstanceOf(Unavailable.class, exchange.getException());
            assertTrue(exchange.getException().getMessage().contains(way.getKey()), () -> "" + exchange.getException());
            assertEquals(List.of(), broker.attempted());
        }
    }

    @Test
    void whatIsHeldIsTriedAgainInPlaceUntilItWorks() {
        Exchange exchange = send("hold", body(), Map.of(), new Unavailable("It is away.", null), new TimeoutException("refused"));

        assertFalse(exchange.isFailed());
        assertEquals(3, runs);
        assertEquals(1, afterwards);
        assertEquals(List.of(), broker.attempted());
    }

    @Test
    void whatIsNotAMatterOfWaitingIsNotHeld() {
        Fault fault = new Fault("It is broken.");
        assertSame(fault, send("hold", body(), Map.of(), fault).getException());
        assertEquals(1, runs);

        send("hold+dead-letter", body(), Map.of(), fault);
        assertEquals("processing.dead", published().key());
    }

    @Test
    void whatOneImageAloneHasInItsWayIsNotHeldButSetAsideAndInTheEndADeadLetter() {
        Overtaken overtaken = new Overtaken("It was made anew.");
        assertFalse(send("hold+set-aside+dead-letter", body(), Map.of("attempt", 2), overtaken).isFailed());
        assertEquals("processing.retry.20s", published().key());

        broker.calm();
        send("hold+set-aside+dead-letter", body(), Map.of("attempt", 9), overtaken);
        assertEquals("processing.dead", published().key());
        assertEquals(2, runs);

        broker.calm();
        send("hold+set-aside+dead-letter", body(), Map.of(), new Unavailable("It is away.", null));
        assertEquals(List.of(), broker.attempted());
        assertEquals(4, runs);
    }

    @Test
    void whereThereIsNoPlaceToGoEverythingIsHeld() {
        assertFalse(send("hold-everything", body(), Map.of(), new IllegalStateException("odd")).isFailed());
        assertEquals(2, runs);
        assertEquals(1, afterwards);
    }

    @Test
    void aCallerIsToldAProblemAndNotWhatIsInsideIt() {
        Exchange exchange = send("answer-problem", body(), Map.of(), new Fault("secret words"));

        assertFalse(exchange.isFailed());
        assertEquals(500, exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE));
        assertEquals("application/problem+json", exchange.getMessage().getHeader(Exchange.CONTENT_TYPE));
        assertFalse(exchange.getMessage().getBody(String.class).contains("secret"));
        assertNull(exchange.getMessage().getHeader("added"));
    }

    @Test
    void aPersonIsShownAProblemAndNotWhatIsInsideIt() {
        Exchange exchange = send("show-problem", body(), Map.of(), new Fault("secret words"));

        assertFalse(exchange.isFailed());
        assertEquals(500, exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE));
        assertEquals("text/html; charset=utf-8", exchange.getMessage().getHeader(Exchange.CONTENT_TYPE));
        assertFalse(exchange.getMessage().getBody(String.class).contains("secret"));
        assertNull(exchange.getMessage().getHeader("added"));
    }

    @Test
    void anOriginalThatIsStoredAlreadyIsNoFailureAndEveryOtherOneIsAReceipt() {
        assertFalse(send("refuse-upload", body(), Map.of(), S3Exception.builder().statusCode(412).message("there").build()).isFailed());
        assertEquals(1, afterwards);

        for (Throwable failure : List.of(new Rejected(Code.BROKEN_IMAGE, "It is damaged."), S3Exception.builder().statusCode(403).message("no").build(),
                new IllegalStateException("odd"))) {
            Receipt receipt = send("refuse-upload", body(), Map.of(), failure).getMessage().getBody(Receipt.class);
            assertEquals(failure instanceof Rejected ? "broken-image" : "unavailable", receipt.problem().code());
            assertNull(receipt.id());
        }
        assertEquals(1, afterwards);
    }

    @Test
    void periodicWorkThatFailsIsLeftForItsNextTime() {
        assertFalse(send("leave-for-next-time", body(), Map.of(), new IllegalStateException("odd")).isFailed());
        assertEquals(0, afterwards);
    }

    @Test
    void aDroppedFileThatFailsIsLeftInItsFolder() {
        Unavailable away = new Unavailable("It is away.", null);
        assertSame(away, send("leave-dropped", body(), Map.of(), away).getException());
    }

    @Test
    void aDroppedFileWhoseReasonCannotBeWrittenIsLeftInItsFolderAndNotNamedInTheLog() {
        Exception denied = new GenericFileOperationFailedException("Cannot store file: .failed/aunt-mary.jpg.problem.json");
        try (LogLines log = new LogLines()) {
            assertSame(denied, send("leave-dropped", body(), Map.of(), denied).getException());
            assertTrue(log.stream().anyMatch(line -> line.contains("A dropped file stays")));
            assertTrue(log.stream().noneMatch(line -> line.contains("aunt-mary")), () -> log.stream().toList().toString());
        }
    }
}

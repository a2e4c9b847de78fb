package io.safelight.camel;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.safelight.catalog.Catalog;
import io.safelight.catalog.DeadLetter;
import io.safelight.catalog.DeadLetter.Listed;
import io.safelight.catalog.DeadLetter.Status;
import io.safelight.catalog.DeadLetterMeter;
import io.safelight.catalog.DeadLetters;
import io.safelight.catalog.DeadLetters.Selection;
import io.safelight.catalog.DeadLetters.Tally;
import io.safelight.catalog.Next;
import io.safelight.catalog.PageRequest;
import io.safelight.config.SafelightConfig;
import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.intake.Upload;
import io.safelight.model.Event;
import io.safelight.model.Ids;
import io.safelight.model.Json;
import io.safelight.model.Topology;
import io.safelight.model.Topology.Work;
import io.safelight.trace.LogFields;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.Header;
import org.apache.camel.Message;
import org.apache.camel.component.springrabbit.SpringRabbitMQConstants;
import org.apache.camel.support.SynchronizationAdapter;
import org.jboss.logging.Logger;

/** Messages that nobody could process: kept, listed, replayed, given up. */
@Named("deadLetters")
@Singleton
public class DeadLetterBox {
    private static final Logger LOG = Logger.getLogger(DeadLetterBox.class);
    /** Done in one request, some seconds of work; whoever wants more done asks again. */
    private static final int BATCH = 100;
    private static final int MAX_IDS = 500;
    private static final int LONGEST_BODY = 200_000;
    private static final int LONGEST_REASON = 2_000;
    private static final int LONGEST_NAME = 200;
    /** The cause that the route gives what no queue was bound for. */
    private static final String UNROUTED = "unrouted";
    private static final String LETTER = "dead-letter";
    private static final String REQUEST = "dead-letter-request";
    private static final String BATCHED = "dead-letter-batch";
    /** Of a clock; a time further ahead is none. */
    private static final Duration MOST_AHEAD = Duration.ofDays(1);
    private static final Instant LATEST = Instant.parse("9999-01-01T00:00:00Z");

    private final Catalog catalog;
    private final DeadLetters letters;
    private final DeadLetterMeter meter;
    private final Optional<Duration> life;

    public DeadLetterBox(Catalog catalog, DeadLetterMeter meter, SafelightConfig config) {
        this.catalog = catalog;
        this.letters = catalog.deadLetters();
        this.meter = meter;
        this.life = config.metadata().deadLetterLife();
    }

    private record Request(String group, List<String> ids, Boolean all, String begun, String until, String reason, String by) {
        Selection selection() {
            return new Selection(group, ids);
        }
    }

    /** @param replayed how many of the batch, by now */
    private record Batched(DeadLetters.Batch batch, AtomicInteger replayed) {}

    // kept

    /** The log lines of a dead letter bear the trace that its message had. */
    public void begin(Exchange exchange) {
        Message message = exchange.getMessage();
        Event event = event(message.getBody(byte[].class));
        String said = message.getHeader(Properties.TRACE, String.class);
        String trace = said != null && !said.isBlank() ? said : event != null && event.trace() != null ? event.trace() : Trace.of((String) null);
        Trace.begin(exchange, trace, event == null ? null : event.id());
        exchange.getExchangeExtension().addOnCompletion(new SynchronizationAdapter() {
            @Override
            public void onDone(Exchange done) {
                LogFields.TRACE.set(null);
                LogFields.IMAGE.set(null);
            }
        });
    }

    /** Body: a message from a dead queue; afterwards the dead letter's id. */
    public String bury(Exchange exchange) {
        Message message = exchange.getMessage();
        byte[] body = message.getBody(byte[].class);
        Map<String, Object> headers = new TreeMap<>(message.getHeaders());
        headers.keySet().removeIf(DeadLetterBox::isCamels);
        Instant failed = failedAt(message);
        // without these headers it was the broker that gave the message up, after its delivery limit
        String cause = message.getHeader("cause-class", "delivery-limit", String.class);
        String id = catalog.bury(new DeadLetter(message.getHeader(SpringRabbitMQConstants.MESSAGE_ID, String.class), failedIn(message),
                cause.equals(UNROUTED) && !isOurs(message) ? null : image(body), cause,
                message.getHeader("cause-message", "The message was delivered too often without being acknowledged; look for workers that died.", String.class),
                message.getHeader("stack-digest", String.class), body, headers, attempts(message), Trace.of(exchange), failed, failed, null));
        meter.buried();
        return id;
    }

    /** Whether it was published as one of our events: what others publish may name an image too, and is none of its affairs. */
    private static boolean isOurs(Message message) {
        return Work.METADATA.keys().contains(message.getHeader(SpringRabbitMQConstants.ROUTING_KEY, String.class));
    }

    private static UUID image(byte[] body) {
        Event event = event(body);
        return event == null ? null : event.id();
    }

    private static boolean isCamels(String header) {
        return header.regionMatches(true, 0, "Camel", 0, 5);
    }

    /**
     * As it is told, also by a clock that is ahead, so that a redelivery tells the same: by who buried the message, else by RabbitMQ, where that
     * gave it up. Null where neither tells a time that can be: a dead letter is kept whatever its headers say, as there is no place for one that
     * is not.
     */
    private static Instant failedAt(Message message) {
        return Stream.of(saidByUs(message), saidByTheBroker(message)).flatMap(Optional::stream).filter(DeadLetterBox::canBe).findFirst().orElse(null);
    }

    private static Optional<Instant> saidByUs(Message message) {
        try {
            return Optional.of(Instant.parse(message.getHeader("failed-at", "", String.class)));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    /** Or by a publisher, in the broker's name. */
    private static Optional<Instant> saidByTheBroker(Message message) {
        return message.getHeader("x-death") instanceof List<?> deaths && !deaths.isEmpty() && deaths.getFirst() instanceof Map<?, ?> last
                && last.get("time") instanceof Date time ? Optional.of(time.toInstant()) : Optional.empty();
    }

    private static boolean canBe(Instant time) {
        return time.isAfter(Instant.EPOCH) && time.isBefore(Instant.now().plus(MOST_AHEAD));
    }

    /** What the broker gave up it has delivered as often as it may be, after the tries that a header counts. */
    private static int attempts(Message message) {
        int counted = Failures.counted(message.getHeader(Properties.ATTEMPT));
        return message.getHeader("cause-class") == null ? counted + Topology.DELIVERY_LIMIT : Math.max(1, counted);
    }

    /**
     * The work queue that the message came from, for a replay: null where nobody names one. Not the queue it first died in,
     * which is a retry queue of a message that was ever tried again.
     */
    private static String failedIn(Message message) {
        return Stream.of(SpringRabbitMQConstants.ROUTING_KEY, "queue", "x-last-death-queue", "x-first-death-queue")
                .map(name -> message.getHeader(name, String.class)).filter(Objects::nonNull)
                .flatMap(name -> Arrays.stream(Work.values()).filter(work -> work.queues().contains(name)))
                .map(Work::queue).findFirst().orElse(null);
    }

    /** Null where it is none. */
    private static Event event(byte[] body) {
        try {
            return body == null ? null : Json.MAPPER.readValue(body, Event.class);
        } catch (IOException e) {
            return null;
        }
    }

    // listed

    public Map<String, Object> list(@Header("group") String group, @Header("queue") String queue, @Header("cause") String cause,
                                    @Header("state") String state, @Header("image") String image, @Header("limit") String limit, @Header("cursor") String cursor) {
        DeadLetter.Page page = letters.list(new DeadLetters.Filter(group(group), queue(queue), text(cause), status(state),
                text(image) == null ? null : Ids.parse(image)), PageRequest.of(null, limit, cursor));
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("deadLetters", page.deadLetters().stream().map(DeadLetterBox::view).toList());
        view.put("next", page.next());
        return view;
    }

    public DeadLetters.Groups groups(@Header("state") String state, @Header("limit") String limit, @Header("cursor") String cursor) {
        return letters.groups(status(state), PageRequest.of(null, limit, cursor));
    }

    public Map<String, Object> show(@Header("id") String id) {
        DeadLetter letter = letter(id);
        return view(new Listed(letter, letter.body().length));
    }

    /** The one that this exchange has replayed. */
    public Map<String, Object> showReplayed(Exchange exchange) {
        return show(exchange.getProperty(LETTER, DeadLetter.class).id());
    }

    private DeadLetter letter(String id) {
        return letters.find(id).orElseThrow(() -> DeadLetters.unknown(id));
    }

    private static String text(String parameter) {
        return parameter == null || parameter.isEmpty() ? null : parameter;
    }

    static String group(String parameter) {
        if (text(parameter) != null && !parameter.matches("[0-9a-f]{12}")) {
            throw new Rejected(Code.BAD_PARAMETER, "A group is 12 hexadecimal digits, as GET /api/dead-letter-groups tells them.");
        }
        return text(parameter);
    }

    private static String queue(String parameter) {
        List<String> queues = Stream.concat(Stream.of(Work.values()).map(Work::queue), Stream.of(DeadLetter.UNKNOWN)).toList();
        if (text(parameter) != null && !queues.contains(parameter)) {
            throw new Rejected(Code.BAD_PARAMETER, "queue is one of: %s.".formatted(String.join(", ", queues)));
        }
        return text(parameter);
    }

    private static Status status(String parameter) {
        return text(parameter) == null ? null : Stream.of(Status.values()).filter(s -> s.slug().equals(parameter)).findFirst().orElseThrow(() -> new Rejected(
                Code.BAD_PARAMETER, "state is one of: %s.".formatted(Stream.of(Status.values()).map(Status::slug).collect(Collectors.joining(", ")))));
    }

    /** As the API tells it: the message as it came, what was added to it apart, the body as text; null where it is too long for a list. */
    private static Map<String, Object> view(Listed listed) {
        DeadLetter letter = listed.letter();
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("id", letter.id());
        view.put("group", letter.fate().group());
        view.put("state", letter.fate().status());
        view.put("queue", letter.queue());
        view.put("imageId", letter.imageId());
        view.put("cause", letter.cause());
        view.put("message", letter.message());
        view.put("stackDigest", letter.stackDigest());
        view.put("attempts", letter.attempts());
        view.put("deaths", letter.fate().deaths());
        view.put("replays", letter.fate().replays());
        view.put("trace", letter.trace());
        view.put("first", letter.first());
        view.put("last", letter.last());
        view.put("replayedAt", letter.replayedAt());
        view.put("discarded", letter.fate().discarded());
        view.put("headers", letter.original());
        view.put("marks", letter.marks());
        view.put("bytes", listed.bytes());
        view.put("body", listed.isWhole() ? new String(letter.body(), StandardCharsets.UTF_8) : null);
        return view;
    }

    // replayed

    /** Body afterwards: the original message, addressed to the queue it failed in. */
    public void exhume(Exchange exchange, @Header("id") String id) {
        address(exchange, letter(id));
    }

    /** Body: the id of a dead letter; afterwards the original message, addressed to the queue it failed in, or nothing where that is not open any more. */
    public void exhumeOpen(Exchange exchange, String id) {
        letters.find(id).filter(letter -> letter.fate().status() == Status.OPEN)
                .ifPresentOrElse(letter -> address(exchange, letter), () -> exchange.getMessage().setBody(null));
    }

    private static void address(Exchange exchange, DeadLetter letter) {
        if (letter.queue().equals(DeadLetter.UNKNOWN)) {
            throw new Rejected(Code.CONFLICT, "It is not known in which queue this message failed, so it cannot be replayed.");
        }
        Trace.begin(exchange, letter.trace() == null ? Trace.of((String) null) : letter.trace(), letter.imageId());
        exchange.setProperty(LETTER, letter);
        Message message = exchange.getMessage();
        Events.address(message, letter.queue(), letter.id(), Trace.of(exchange), letter.body());
        letter.original().forEach((name, value) -> {
            if (!isCamels(name) && !name.equals(Properties.TRACE)) {
                message.setHeader(name, value);
            }
        });
    }

    /** Marks the dead letter. What the image asks for now that it no longer counts as failed is done. */
    public void replayed(Exchange exchange) {
        DeadLetter letter = exchange.getProperty(LETTER, DeadLetter.class);
        if (letters.replayed(letter) == Next.PUBLISH) {
            catalog.publish(letter.imageId());
        }
        meter.replayed();
        LOG.infof("Replayed into %s", letter.queue());
        if (exchange.getProperty(BATCHED) instanceof Batched batched) {
            batched.replayed.incrementAndGet();
        }
    }

    /** Body: the request's only file, as JSON; afterwards the ids of the next letters of those it asks for. Each is read when its turn comes. */
    public List<String> select(Exchange exchange, List<Upload> body) {
        Request request = request(body, """
                Send JSON such as {"group": "8c0f64a1d2b3"}, {"ids": ["…"]} or {"all": true}, with "begun" as the answer before told it.""");
        DeadLetters.Batch batch = letters.replayable(request.selection(), time(request.begun, "begun is the time that the answer before told; leave it out to begin."), BATCH);
        exchange.setProperty(BATCHED, new Batched(batch, new AtomicInteger()));
        return batch.ids();
    }

    /** Body afterwards: how many were replayed by this request, and how many remain for the next. */
    public Map<String, Object> progress(Exchange exchange) {
        Batched batched = exchange.getProperty(BATCHED, Batched.class);
        return new TreeMap<>(Map.of("replayed", batched.replayed.get(), "remaining", batched.batch.remaining(), "begun", batched.batch.begun()));
    }

    private static Instant time(String text, String otherwise) {
        try {
            Instant time = text == null ? null : Instant.parse(text);
            if (time == null || time.isAfter(Instant.EPOCH) && time.isBefore(LATEST)) {
                return time;
            }
        } catch (DateTimeParseException e) {
            // answered below
        }
        throw new Rejected(Code.BAD_PARAMETER, otherwise);
    }

    // given up

    /** Body: the request's only file, as JSON; afterwards how many were discarded by this request, and how many remain for the next. */
    public Map<String, Object> discard(List<Upload> body) {
        String example = """
                Send JSON such as {"group": "8c0f64a1d2b3", "reason": "a test that went wrong", "by": "mo"} or {"ids": ["…"], …}; \
                who discards and why must be told.""";
        Request request = request(body, example);
        if (request.all != null || !Review.isText(request.reason, LONGEST_REASON) || !Review.isText(request.by, LONGEST_NAME)) {
            throw new Rejected(Code.MALFORMED_REQUEST, example);
        }
        Instant until = time(request.until, "until is a time such as the group's last; leave it out to discard what fails meanwhile too.");
        int discarded = 0;
        for (String id : letters.discardable(request.selection(), until, BATCH)) {
            if (letters.discard(id, request.reason.strip(), request.by.strip())) {
                meter.discarded();
                discarded++;
            }
        }
        LOG.infof("%d dead letters discarded; the audit says by whom and why", discarded);
        return new TreeMap<>(Map.of("discarded", discarded, "remaining", letters.open(request.selection(), until)));
    }

    private static Request request(List<Upload> body, String example) {
        try {
            if (body.size() != 1 || body.getFirst().bytes() > LONGEST_BODY) {
                throw new Rejected(Code.MALFORMED_REQUEST, example);
            }
            Request request = Json.MAPPER.readValue(Files.readAllBytes(body.getFirst().file()), Request.class);
            boolean all = request != null && Boolean.TRUE.equals(request.all);
            if (request == null || Stream.of(all, request.group != null, request.ids != null).filter(named -> named).count() != 1) {
                throw new Rejected(Code.MALFORMED_REQUEST, example);
            }
            group(request.group);
            if (request.ids != null && (request.ids.isEmpty() || request.ids.size() > MAX_IDS || request.ids.contains(null))) {
                throw new Rejected(Code.BAD_PARAMETER, "ids names 1 to %d dead letters.".formatted(MAX_IDS));
            }
            return request;
        } catch (JsonProcessingException e) {
            throw new Rejected(Code.MALFORMED_REQUEST, example, e);
        } catch (IOException e) {
            throw new io.safelight.error.Unavailable("The request could not be read back from the disk; try again.", e);
        }
    }

    // watched

    public List<Tally> count() {
        return letters.tally();
    }

    /** Body: the open dead letters, counted. */
    public void tell(List<Tally> tally) {
        meter.open(tally);
    }

    /** Body afterwards: how many were deleted. */
    public int forget() {
        return life.map(letters::forget).orElse(0);
    }
}

package io.safelight.camel;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.safelight.catalog.Audit;
import io.safelight.catalog.Catalog;
import io.safelight.catalog.DeadLetter;
import io.safelight.catalog.ImageView;
import io.safelight.catalog.Next;
import io.safelight.catalog.PageRequest;
import io.safelight.catalog.Redecisions;
import io.safelight.catalog.Timeline;
import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.model.Event;
import io.safelight.model.Fact;
import io.safelight.model.Ids;
import io.safelight.model.Json;
import io.safelight.model.State;
import io.safelight.model.Topology.Work;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.Header;
import org.apache.camel.Message;
import org.apache.camel.component.springrabbit.SpringRabbitMQConstants;
import org.jboss.logging.Logger;

/** The catalog, for the routes of the metadata group. */
@Named("catalog")
@Singleton
public class CatalogBean {
    private static final Logger LOG = Logger.getLogger(CatalogBean.class);
    private static final int MAX_IDS = 500;
    private static final String DEAD_LETTER = "dead-letter";
    private static final String REDECISION = "redecision";
    /** Taken at once: so many wait at most that a process dying with them delays by minutes. */
    private static final int REDECISIONS = 200;

    private final Catalog catalog;

    public CatalogBean(Catalog catalog) {
        this.catalog = catalog;
    }

    /** Body: an {@link Event}; afterwards what it asks for. */
    public Next record(Event event) {
        return catalog.record(event);
    }

    /** Body afterwards: the state that the decision led to. */
    public State publish(Exchange exchange) {
        UUID id = exchange.getProperty(Properties.IMAGE, UUID.class);
        State state = catalog.publish(id);
        LOG.infof("Decided: %s", state.slug());
        return state;
    }

    public Event published(Exchange exchange) {
        return event(exchange, new Fact.Published());
    }

    public void erase(Exchange exchange) {
        catalog.erase(exchange.getProperty(Properties.IMAGE, UUID.class));
    }

    /** Body afterwards: the event that tells of it. */
    public Event withdraw(Exchange exchange, @Header("id") String id, @Header("reason") String reason) {
        UUID image = Ids.parse(id);
        Trace.begin(exchange, catalog.timeline(image).trace(), image);
        catalog.withdraw(image, reason);
        return event(exchange, new Fact.Withdrawn());
    }

    private static Event event(Exchange exchange, Fact fact) {
        String trace = Trace.of(exchange);
        return Event.of(exchange.getProperty(Properties.IMAGE, UUID.class), trace == null ? Trace.of((String) null) : trace, fact, null);
    }

    public ImageView.Page images(@Header("state") String state, @Header("limit") String limit, @Header("cursor") String cursor) {
        return catalog.list(PageRequest.of(state, limit, cursor));
    }

    public ImageView image(Exchange exchange) {
        String header = exchange.getMessage().getHeader("id", String.class);
        UUID id = header == null ? exchange.getProperty(Properties.IMAGE, UUID.class) : Ids.parse(header);
        return catalog.find(id).orElseThrow(() -> new Rejected(Code.NOT_FOUND, "No image has this id, or its upload is still on its way."));
    }

    public Audit.Page audit(@Header("image") String image, @Header("limit") String limit, @Header("cursor") String cursor) {
        return catalog.audit(image == null || image.isEmpty() ? null : Ids.parse(image), PageRequest.of(null, limit, cursor));
    }

    public Redecisions.Count rescan(@Header("scan") String scan, @Header("by") String by) {
        if (scan != null && !scan.isEmpty() && !List.of("true", "false").contains(scan)) {
            throw new Rejected(Code.BAD_PARAMETER, "scan is true, to have the models look at each image first, or false.");
        }
        return catalog.rescan("true".equals(scan), by);
    }

    public Redecisions.Count redecisions() {
        return catalog.redecisions();
    }

    public List<Catalog.Redecision> redecide() {
        return catalog.redecide(REDECISIONS);
    }

    /** Body: what is to be done again; kept, and its image is the one at hand. */
    public void begin(Exchange exchange, Catalog.Redecision redecision) {
        Trace.begin(exchange, redecision.trace() == null ? Trace.of((String) null) : redecision.trace(), redecision.id());
        exchange.setProperty(REDECISION, redecision);
    }

    /** Body afterwards: the message that has the image looked at, addressed to moderation alone. */
    public void scanAgain(Exchange exchange) throws JsonProcessingException {
        Event rendered = exchange.getProperty(REDECISION, Catalog.Redecision.class).rendered();
        Events.address(exchange.getMessage(), Work.MODERATION.queue(), UUID.randomUUID().toString(), Trace.of(exchange), Json.MAPPER.writeValueAsBytes(rendered));
    }

    public void redecided(Exchange exchange) {
        catalog.redecided(exchange.getProperty(REDECISION, Catalog.Redecision.class));
    }

    public Timeline timeline(@Header("id") String id) {
        return catalog.timeline(Ids.parse(id));
    }

    /** Body: a message from a dead queue; afterwards its id. */
    public String bury(Exchange exchange) {
        Message message = exchange.getMessage();
        byte[] body = message.getBody(byte[].class);
        Map<String, Object> headers = new TreeMap<>(message.getHeaders());
        headers.keySet().removeIf(name -> name.startsWith("Camel"));
        Instant failed = instant(message.getHeader("failed-at", String.class));
        // without these headers it was the broker that gave the message up, after its delivery limit
        String queue = failedIn(message);
        DeadLetter letter = new DeadLetter(message.getHeader(SpringRabbitMQConstants.MESSAGE_ID, String.class), queue, imageId(body),
                message.getHeader("cause-class", "delivery-limit", String.class),
                message.getHeader("cause-message", "The message was delivered too often without being acknowledged; look for workers that died.", String.class),
                message.getHeader("stack-digest", String.class), body, headers,
                attempts(message), message.getHeader(Properties.TRACE, String.class), failed, failed, null);
        catalog.bury(letter);
        return letter.id();
    }

    /** A dead letter is kept whatever its headers say: there is no place for one that is not. */
    private static Instant instant(String text) {
        Instant now = Instant.now();
        try {
            Instant said = Instant.parse(text == null ? "" : text);
            return said.isAfter(Instant.EPOCH) && said.isBefore(now) ? said : now;
        } catch (DateTimeParseException e) {
            return now;
        }
    }

    private static int attempts(Message message) {
        return message.getHeader(Properties.ATTEMPT) instanceof Number n ? n.intValue() : 1;
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

    private static UUID imageId(byte[] body) {
        try {
            Event event = body == null ? null : Json.MAPPER.readValue(body, Event.class);
            return event == null ? null : event.id();
        } catch (java.io.IOException e) {
            return null;
        }
    }

    public Map<String, Object> deadLetters(@Header("limit") String limit, @Header("cursor") String cursor) {
        DeadLetter.Page page = catalog.deadLetters(PageRequest.of(null, limit, cursor));
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("deadLetters", page.deadLetters().stream().map(CatalogBean::view).toList());
        view.put("next", page.next());
        return view;
    }

    /** As the API tells it: like the record, with the body as text. */
    private static Map<String, Object> view(DeadLetter letter) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("id", letter.id());
        view.put("queue", letter.queue());
        view.put("imageId", letter.imageId());
        view.put("cause", letter.cause());
        view.put("message", letter.message());
        view.put("stackDigest", letter.stackDigest());
        view.put("attempts", letter.attempts());
        view.put("trace", letter.trace());
        view.put("first", letter.first());
        view.put("last", letter.last());
        view.put("replayedAt", letter.replayedAt());
        view.put("headers", letter.headers());
        view.put("body", new String(letter.body(), StandardCharsets.UTF_8));
        return view;
    }

    /** Body afterwards: the original message, addressed to the queue it failed in. */
    public void exhume(Exchange exchange, @Header("id") String id) {
        DeadLetter letter = catalog.deadLetter(id).orElseThrow(() -> new Rejected(Code.NOT_FOUND, "No dead letter has this id."));
        if ("unknown".equals(letter.queue())) {
            throw new Rejected(Code.CONFLICT, "It is not known in which queue this message failed, so it cannot be replayed.");
        }
        Trace.begin(exchange, letter.trace() == null ? Trace.of((String) null) : letter.trace(), letter.imageId());
        exchange.setProperty(DEAD_LETTER, letter.id());
        Events.address(exchange.getMessage(), letter.queue(), letter.id(), Trace.of(exchange), letter.body());
    }

    /** Body afterwards: the dead letter, marked. What the image asks for now that it no longer counts as failed is done. */
    public Map<String, Object> replayed(Exchange exchange) {
        String id = exchange.getProperty(DEAD_LETTER, String.class);
        UUID image = exchange.getProperty(Properties.IMAGE, UUID.class);
        if (catalog.markReplayed(id) == Next.PUBLISH) {
            catalog.publish(image);
        }
        return view(catalog.deadLetter(id).orElseThrow());
    }

    public List<Event> stuck(@Header("olderThan") String olderThan) {
        try {
            return catalog.stuck(Duration.parse(olderThan == null ? "" : olderThan));
        } catch (DateTimeParseException e) {
            throw new Rejected(Code.BAD_PARAMETER, "olderThan is an ISO 8601 duration, such as PT15M.");
        }
    }

    public Map<UUID, State> references(@Header("ids") String ids) {
        String[] parts = ids == null || ids.isEmpty() ? new String[0] : ids.split(",");
        if (parts.length > MAX_IDS) {
            throw new Rejected(Code.BAD_PARAMETER, "Ask for at most %d ids at a time.".formatted(MAX_IDS));
        }
        return catalog.references(Arrays.stream(parts).map(Ids::parse).toList());
    }
}

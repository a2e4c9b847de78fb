package io.safelight.camel;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.safelight.catalog.Audit;
import io.safelight.catalog.Catalog;
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
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.apache.camel.Header;
import org.jboss.logging.Logger;

/** The catalog, for the routes of the metadata group. */
@Named("catalog")
@Singleton
public class CatalogBean {
    private static final Logger LOG = Logger.getLogger(CatalogBean.class);
    private static final int MAX_IDS = 500;
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

    /** Body afterwards: the message that has the image made anew, addressed to processing alone. */
    public void processAgain(Exchange exchange) throws JsonProcessingException {
        Event accepted = catalog.accepted(exchange.getProperty(Properties.IMAGE, UUID.class));
        LOG.warnf("The master of %s is lost; it is made anew of the original", accepted.id());
        Events.addressToProcessing(exchange.getMessage(), accepted, Trace.of(exchange));
    }

    /** Body afterwards: the message that has the models look for the master again, addressed to moderation alone. */
    public void lookAgain(Exchange exchange) throws JsonProcessingException {
        Event rendered = catalog.master(exchange.getProperty(Properties.IMAGE, UUID.class));
        LOG.warnf("Moderation found no master of %s, which is there; it is to look again", rendered.id());
        addressToModeration(exchange, rendered);
    }

    private static void addressToModeration(Exchange exchange, Event rendered) throws JsonProcessingException {
        Events.address(exchange.getMessage(), Work.MODERATION.queue(), UUID.randomUUID().toString(), Trace.of(exchange),
                Json.MAPPER.writeValueAsBytes(rendered));
    }

    public void erase(Exchange exchange) {
        catalog.erase(exchange.getProperty(Properties.IMAGE, UUID.class));
    }

    /** Body afterwards: the event that tells of it. */
    public Event withdraw(Exchange exchange, @Header("id") String id, @Header("reason") String reason, @Header("by") String by) {
        UUID image = Ids.parse(id);
        String who = KnownPictures.text(by, "by");
        Trace.begin(exchange, catalog.timeline(image).trace(), image);
        catalog.withdraw(image, reason, who);
        return event(exchange, new Fact.Withdrawn());
    }

    private static Event event(Exchange exchange, Fact fact) {
        String trace = Trace.of(exchange);
        return Event.of(exchange.getProperty(Properties.IMAGE, UUID.class), trace == null ? Trace.of((String) null) : trace, fact, null);
    }

    public ImageView.Page images(@Header("state") String state, @Header("find") String find, @Header("limit") String limit, @Header("cursor") String cursor) {
        return catalog.list(PageRequest.of(state, limit, cursor).finding(find));
    }

    public ImageView image(Exchange exchange) {
        String header = exchange.getMessage().getHeader("id", String.class);
        UUID id = header == null ? exchange.getProperty(Properties.IMAGE, UUID.class) : Ids.parse(header);
        return known(catalog, id);
    }

    /** @throws Rejected {@code not-found} */
    static ImageView known(Catalog catalog, UUID id) {
        return catalog.find(id).orElseThrow(() -> new Rejected(Code.NOT_FOUND, "No image has this id, or its upload is still on its way."));
    }

    public Audit.Page audit(@Header("image") String image, @Header("limit") String limit, @Header("cursor") String cursor) {
        return catalog.audit(Ids.parseIfGiven(image), PageRequest.of(null, limit, cursor));
    }

    public Redecisions.Count rescan(@Header("scan") String scan, @Header("by") String by) {
        if (scan != null && !scan.isEmpty() && !List.of("true", "false").contains(scan)) {
            throw new Rejected(Code.BAD_PARAMETER, "scan is true, to have the models look at each image first, or false.");
        }
        return catalog.rescan("true".equals(scan), KnownPictures.text(by, "by"));
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
        addressToModeration(exchange, exchange.getProperty(REDECISION, Catalog.Redecision.class).rendered());
    }

    public void told(Exchange exchange) {
        catalog.told(exchange.getProperty(Properties.IMAGE, UUID.class));
    }

    public void redecided(Exchange exchange) {
        catalog.redecided(exchange.getProperty(REDECISION, Catalog.Redecision.class));
    }

    public Timeline timeline(@Header("id") String id) {
        return catalog.timeline(Ids.parse(id));
    }

    public List<Event> stuck(@Header("olderThan") String olderThan) {
        try {
            return catalog.stuck(Duration.parse(olderThan == null ? "" : olderThan));
        } catch (DateTimeParseException e) {
            throw new Rejected(Code.BAD_PARAMETER, "olderThan is an ISO 8601 duration, such as PT15M.");
        }
    }

    public Map<UUID, State> references(@Header("ids") String ids) {
        return catalog.references(Ids.parseAll(ids, MAX_IDS));
    }
}

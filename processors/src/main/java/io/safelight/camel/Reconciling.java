package io.safelight.camel;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.safelight.catalog.Catalog;
import io.safelight.catalog.Reconciliations;
import io.safelight.config.SafelightConfig;
import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Rejected;
import io.safelight.intake.Upload;
import io.safelight.model.Discrepancy;
import io.safelight.model.Event;
import io.safelight.model.Fact;
import io.safelight.model.Ids;
import io.safelight.model.Json;
import io.safelight.model.Reconciliation;
import io.safelight.model.Remedy;
import io.safelight.model.Standing;
import io.safelight.store.Keys;
import io.safelight.store.ObjectStore.Fetched;
import io.safelight.validate.Inspection;
import io.safelight.validate.Inspector;
import io.safelight.validate.Names;
import io.safelight.validate.Rules;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.apache.camel.Header;
import org.jboss.logging.Logger;

/** Metadata's half of the reconciler: what there should be, and mending. */
@Named("reconciling")
@Singleton
public class Reconciling {
    private static final Logger LOG = Logger.getLogger(Reconciling.class);
    private static final int PAGE = 500;
    private static final int LONGEST_TEXT = 500;
    private static final String MENDED = "mended";
    /** Of these an accepted event is of an image that metadata has heard of. */
    private static final Set<Remedy> ANEW = EnumSet.of(Remedy.RENEW, Remedy.DECIDE);

    private final Reconciliations reconciliations;
    private final Inspector inspector;
    private final Rules rules;
    private final SafelightConfig.Lifecycle config;
    private final MeterRegistry meters;
    private volatile Reconciliation told;

    public Reconciling(Catalog catalog, Inspector inspector, Rules rules, SafelightConfig config, MeterRegistry meters) {
        this.reconciliations = catalog.reconciliations();
        this.inspector = inspector;
        this.rules = rules;
        this.config = config.lifecycle();
        this.meters = meters;
    }

    public Reconciliation ask(@Header("mend") String mend, @Header("age") String age, @Header("by") String by) {
        if (by != null && by.length() > LONGEST_TEXT) {
            throw new Rejected(Code.BAD_PARAMETER, "by has at most %d characters.".formatted(LONGEST_TEXT));
        }
        return reconciliations.ask(flag(mend), age == null || age.isEmpty() ? config.reconcileAge() : duration("age", age), by == null || by.isBlank() ? null : by);
    }

    public Map<String, List<Reconciliation>> list() {
        return Map.of("reconciliations", reconciliations.newest());
    }

    /** Body afterwards: the newest that has come to its end, or nothing. */
    public Reconciliation last() {
        return reconciliations.last().orElse(null);
    }

    /**
     * Tells what it has left, as metrics: every process of metadata the same, whichever of lifecycle did it. Nothing is told before the first: that nothing was
     * found yet is not that all is well.
     */
    public void tell(Reconciliation body) {
        if (body == null) {
            return;
        }
        boolean first = told == null;
        told = body;
        if (!first) {
            return;
        }
        Gauge.builder("reconcile.ended", this, r -> r.told.ended().getEpochSecond()).description("When the last comparison ended, in Unix seconds").register(meters);
        for (Discrepancy.Kind kind : Discrepancy.Kind.values()) {
            Gauge.builder("reconcile.findings", this, r -> r.left(kind)).description("What the last comparison found and did not mend").tag("kind", kind.slug())
                    .register(meters);
        }
    }

    private long left(Discrepancy.Kind kind) {
        return told.findings().stream().filter(found -> found.kind() == kind).mapToLong(found -> found.found() - found.mended()).sum();
    }

    public Reconciliation find(@Header("id") String id) {
        return reconciliations.find(Ids.parse(id));
    }

    /** Body afterwards: what is to be done, or an empty object. */
    public Object next(@Header("every") String every, @Header("mend") String mend, @Header("age") String age) {
        return reconciliations.next(duration("every", every), flag(mend), duration("age", age)).<Object>map(r -> r).orElse(Map.of());
    }

    /** Body: how far it has come, as JSON; afterwards the same, kept. */
    public Reconciliation report(Exchange exchange, List<Upload> body) {
        UUID id = Ids.parse(exchange.getProperty("id", String.class));
        try {
            Reconciliation now = body.size() == 1 ? Json.MAPPER.readValue(body.getFirst().file().toFile(), Reconciliation.class) : null;
            if (now == null || !id.equals(now.id()) || now.worker() == null) {
                throw new Rejected(Code.MALFORMED_REQUEST, "Send the reconciliation as it was taken, with how far it has come.");
            }
            reconciliations.report(now);
            return reconciliations.find(id);
        } catch (IOException e) {
            throw new Rejected(Code.MALFORMED_REQUEST, "Send the reconciliation as it was taken, with how far it has come, in JSON.", e);
        }
    }

    /** A page of rows, or those of the given ids. */
    public List<Standing> images(@Header("after") String after, @Header("ids") String ids) {
        if (ids == null || ids.isEmpty()) {
            return reconciliations.standings(Ids.parseIfGiven(after), PAGE);
        }
        return reconciliations.standings(Ids.parseAll(ids, PAGE));
    }

    /**
     * Body afterwards: the event to announce for what was mended; null where there is none. Of what is to be made anew, which the property
     * {@code anew} tells, the message for processing.
     */
    public void mend(Exchange exchange, @Header("id") String id, @Header("remedy") String remedy, @Header("kind") String kind, @Header("what") String what)
            throws JsonProcessingException {
        UUID image = Ids.parse(id);
        if (what == null || what.isBlank() || what.length() > LONGEST_TEXT) {
            throw new Rejected(Code.BAD_PARAMETER, "what says what is wrong, in at most %d characters.".formatted(LONGEST_TEXT));
        }
        Discrepancy found = new Discrepancy(image, Discrepancy.Kind.of(kind), what, Remedy.of(remedy));
        Trace.begin(exchange, Trace.of((String) null), image);
        LOG.infof("Mending by %s: %s, %s", remedy, kind, what);
        Event event = found.remedy() == Remedy.ADOPT ? adopt(exchange, image) : reconciliations.mend(found).orElse(null);
        reconciliations.mended(found);
        exchange.setProperty(MENDED, found);
        boolean anew = event != null && event.fact() instanceof Fact.Accepted && ANEW.contains(found.remedy());
        exchange.setProperty("anew", anew);
        if (anew) {
            Events.addressToProcessing(exchange.getMessage(), event, Trace.of(exchange));
        } else {
            exchange.getMessage().setBody(event);
        }
    }

    /** Of an original that no row knows, the event that its upload would have led to; what is no image we take in is rejected instead. */
    private Event adopt(Exchange exchange, UUID id) {
        Path file = Work.folder(exchange).resolve("original");
        Fetched original = reconciliations.original(id, file).orElseThrow(() -> new Rejected(Code.CONFLICT, "The original is gone by now."));
        Map<String, String> metadata = original.stored().metadata();
        String wanted = metadata.get("sha256");
        if (wanted != null && !wanted.equals(original.sha256())) {
            throw new Fault("%s has sha256 %s and was stored with %s: it was changed or damaged in the store. Compare it with a backup."
                    .formatted(Keys.raw(id), original.sha256(), wanted));
        }
        if (!metadata.containsKey("name") && reconciliations.asksForAccounts()) {
            throw new Rejected(Code.CONFLICT, "It is not known whose the original is, and a rule of the policy asks for accounts. Upload it again.");
        }
        try {
            Inspection i = inspector.inspect(file, Optional.ofNullable(original.stored().contentType()), rules);
            Fact.Accepted fact = new Fact.Accepted(Names.clean(metadata.get("name")), metadata.getOrDefault("origin", "unknown"), i.format(), original.stored().bytes(),
                    i.width(), i.height(), i.slow(), metadata.get("account"));
            return Event.of(id, Trace.of(exchange), fact, null).withObject(Keys.raw(id), original.sha256());
        } catch (Rejected e) {
            return Event.of(id, Trace.of(exchange), new Fact.Refused(e.problem()), null);
        }
    }

    /** Body afterwards: what was mended. */
    public Discrepancy mended(Exchange exchange) {
        return exchange.getProperty(MENDED, Discrepancy.class);
    }

    private static boolean flag(String text) {
        if (text != null && !text.isEmpty() && !List.of("true", "false").contains(text)) {
            throw new Rejected(Code.BAD_PARAMETER, "mend is true, to have mended what can be, or false, to have it reported.");
        }
        return "true".equals(text);
    }

    private static Duration duration(String name, String text) {
        try {
            Duration duration = Duration.parse(text == null ? "" : text);
            if (!duration.isNegative() && duration.toDays() <= 3650) {
                return duration;
            }
        } catch (DateTimeParseException | ArithmeticException e) {
            // answered below
        }
        throw new Rejected(Code.BAD_PARAMETER, "%s is an ISO 8601 duration from PT0S to ten years, such as PT1H.".formatted(name));
    }
}

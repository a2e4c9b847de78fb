package io.safelight.camel;

import io.safelight.catalog.Catalog;
import io.safelight.catalog.Held;
import io.safelight.catalog.PageRequest;
import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.error.Unavailable;
import io.safelight.intake.Upload;
import io.safelight.model.Decision.Verdict;
import io.safelight.model.Event;
import io.safelight.model.Fact;
import io.safelight.model.Format;
import io.safelight.model.Ids;
import io.safelight.model.Json;
import io.safelight.model.State;
import io.safelight.model.Variant;
import io.safelight.model.VariantSpec;
import io.safelight.model.op.Chain;
import io.safelight.transform.ImageEngine;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.apache.camel.Header;
import org.jboss.logging.Logger;

/** What people decide, and what they are shown to decide it by. */
@Named("review")
@Singleton
public class Review {
    private static final Logger LOG = Logger.getLogger(Review.class);
    private static final int LONGEST_BODY = 16_384;
    private static final int LONGEST_NAME = 200;
    private static final int LONGEST_REASON = 2_000;
    /** Enough to see what it is about, and nothing that one would have to see. */
    private static final Chain BLURRED = Chain.parse("resize:width=640,height=640,fit=fit+filter:kind=blur,sigma=24");
    private static final Chain CLEAR = Chain.parse("resize:width=1280,height=1280,fit=fit");

    private final Catalog catalog;
    private final Instance<ImageEngine> engine;

    /** @param engine asked for when something is to be shown and not before */
    public Review(Catalog catalog, Instance<ImageEngine> engine) {
        this.catalog = catalog;
        this.engine = engine;
    }

    /** @param version of what was shown to the reviewer; null where that does not matter */
    private record Judgement(String decision, String reason, String reviewer, String version) {}

    public Held.Page queue(@Header("order") String order, @Header("limit") String limit, @Header("cursor") String cursor) {
        boolean byRisk = choice(order, "order", "age", "risk").equals("risk");
        if (byRisk && cursor != null && !cursor.isEmpty()) {
            throw new Rejected(Code.BAD_PARAMETER, "By risk there is one page; leave the cursor out, or ask by age.");
        }
        return catalog.held(byRisk, PageRequest.of(null, limit, cursor));
    }

    /** The first where nothing was chosen. */
    private static String choice(String text, String name, String... choices) {
        String chosen = text == null || text.isEmpty() ? choices[0] : text;
        if (!List.of(choices).contains(chosen)) {
            throw new Rejected(Code.BAD_PARAMETER, "%s is one of: %s.".formatted(name, String.join(", ", choices)));
        }
        return chosen;
    }

    /** Body: the request's only file, as JSON; afterwards the state that the decision led to. */
    public State judge(Exchange exchange, List<Upload> body) {
        UUID id = Ids.parse(exchange.getProperty("id", String.class));
        Trace.begin(exchange, catalog.timeline(id).trace(), id);
        Judgement judgement = judgement(body);
        Verdict verdict = Verdict.of(choice(judgement.decision, "decision", "clear", "block"));
        State state = catalog.override(id, judgement.version, verdict, judgement.reason.strip(), judgement.reviewer.strip());
        LOG.infof("%s by a reviewer: %s", verdict.slug(), state.slug());
        return state;
    }

    private static Judgement judgement(List<Upload> body) {
        try {
            if (body.size() != 1 || body.getFirst().bytes() > LONGEST_BODY) {
                throw malformed(null);
            }
            Judgement judgement = Json.MAPPER.readValue(body.getFirst().file().toFile(), Judgement.class);
            if (judgement == null || !isText(judgement.decision, LONGEST_NAME) || !isText(judgement.reason, LONGEST_REASON) || !isText(judgement.reviewer, LONGEST_NAME)) {
                throw malformed(null);
            }
            return judgement;
        } catch (IOException e) {
            throw malformed(e);
        }
    }

    /** Whether a field of a request has a text, and none too long. */
    static boolean isText(String text, int longest) {
        return text != null && !text.isBlank() && text.length() <= longest;
    }

    private static Rejected malformed(Exception cause) {
        return new Rejected(Code.MALFORMED_REQUEST, """
                Send JSON such as {"decision": "clear", "reason": "a beach, and nothing else", "reviewer": "mo"}; the decision is clear or block, \
                and who decides and why must be told.""", cause);
    }

    /** Makes the image's master the object that is fetched next. */
    public void choose(Exchange exchange, @Header("id") String id, @Header("blur") String blur) {
        UUID image = Ids.parse(id);
        exchange.setProperty("blurred", choice(blur, "blur", "true", "false").equals("true"));
        Event event = catalog.master(image);
        Trace.begin(exchange, event.trace(), image);
        exchange.setProperty(Properties.EVENT, event);
    }

    /**
     * Body: the master's file; afterwards the picture, every frame where it moves, and unless asked otherwise too blurred to be disturbing.
     *
     * @throws Unavailable where it moves and the engine here makes the first frame only
     */
    public void preview(Exchange exchange) throws IOException {
        Path master = exchange.getMessage().getBody(Path.class);
        Fact.Rendered fact = (Fact.Rendered) Events.current(exchange).fact();
        Format format = fact.variants().stream().filter(v -> v.name().equals(Variant.SOURCE)).map(Variant::format).findFirst().orElse(Format.JPEG);
        Chain chain = exchange.getProperty("blurred", Boolean.class) ? BLURRED : CLEAR;
        // what moves has a master that can
        boolean moves = format == Format.WEBP;
        if (moves && !engine.get().animates()) {
            throw new Unavailable("The image moves, and of its preview %s makes the first frame only, by which nobody can decide. Install libvips where the group metadata runs."
                    .formatted(engine.get().name()), null);
        }
        Format shown = moves ? Format.WEBP : Format.JPEG;
        VariantSpec wanted = new VariantSpec("preview", chain, List.of(shown), 80, moves);
        Path folder = Files.createDirectory(Work.folder(exchange).resolve("preview"));
        byte[] picture = Files.readAllBytes(engine.get().make(master, format, List.of(wanted), folder).getFirst().file());
        Http.answer(exchange, shown.contentType(), picture);
    }
}

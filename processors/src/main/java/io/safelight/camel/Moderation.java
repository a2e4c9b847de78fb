package io.safelight.camel;

import io.safelight.model.Event;
import io.safelight.model.Fact;
import io.safelight.model.Seen;
import io.safelight.moderate.Moderator;
import io.safelight.moderate.Scan;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.apache.camel.Exchange;

/** The model's eye, for messages and for requests. */
@Named("moderation")
@Singleton
public class Moderation {
    private final Moderator moderator;

    public Moderation(Moderator moderator) {
        this.moderator = moderator;
    }

    /** Waits for the batches that the file comes into. Body afterwards: a {@link Scan} where there is no event, else what was {@link Seen}. */
    public Object scan(Exchange exchange, Path file) {
        UUID image = exchange.getProperty(Properties.IMAGE, UUID.class);
        return image == null ? moderator.scan(file) : moderator.scan(file, image);
    }

    public Event scanned(Exchange exchange) {
        List<Seen> seen = ((List<?>) exchange.getMessage().getBody(List.class)).stream().map(Seen.class::cast).toList();
        Event rendered = Events.current(exchange);
        return Events.next(exchange, "scan", new Fact.Scanned(seen))
                .withObject(rendered.keys().getFirst(), rendered.sha256());
    }
}

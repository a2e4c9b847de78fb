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
import org.apache.camel.Exchange;

/** The model's eye, for messages and for requests. */
@Named("moderation")
@Singleton
public class Moderation {
    private final Moderator moderator;

    public Moderation(Moderator moderator) {
        this.moderator = moderator;
    }

    /** Waits for the batch that the file comes into. */
    public Scan scan(Path file) {
        return moderator.scan(file);
    }

    public Event scanned(Exchange exchange) {
        Scan scan = exchange.getMessage().getBody(Scan.class);
        Event rendered = Events.current(exchange);
        return Events.next(exchange, "scan", new Fact.Scanned(List.of(new Seen(scan.model(), scan.labels(), false))))
                .withObject(rendered.keys().getFirst(), rendered.sha256());
    }
}

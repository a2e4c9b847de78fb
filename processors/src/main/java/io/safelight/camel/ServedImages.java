package io.safelight.camel;

import io.safelight.error.Unavailable;
import io.safelight.model.Ids;
import io.safelight.serve.Server;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Instant;
import org.apache.camel.Exchange;
import org.apache.camel.Message;

/** Requests for images, and their answers. */
@Named("images")
@Singleton
public class ServedImages {
    /** Up to here a file is sent with its length in one piece; a larger one is streamed. */
    private static final long SMALL = 1 << 20;

    private final Server server;

    public ServedImages(Server server) {
        this.server = server;
    }

    /** Body afterwards: the {@link Server.Answer}. */
    public void find(Exchange exchange) {
        Message m = exchange.getMessage();
        m.setBody(server.serve(new Server.Request(Ids.parse(text(m, "id")), text(m, "variant"), text(m, "format"), text(m, "Accept"),
                text(m, "If-None-Match"), text(m, "exp"), text(m, "kid"), text(m, "sig"), Instant.now())));
    }

    /** A parameter or header that came several times counts as its first. */
    private static String text(Message message, String name) {
        Object value = message.getHeader(name);
        return switch (value) {
            case null -> null;
            case java.util.List<?> several -> String.valueOf(several.getFirst());
            default -> value.toString();
        };
    }

    /** Body: the answer; afterwards the bytes, or none for 304. */
    public void reply(Exchange exchange) {
        Message message = exchange.getMessage();
        Server.Answer answer = message.getBody(Server.Answer.class);
        message.removeHeaders("*");
        message.setHeader("ETag", answer.etag());
        message.setHeader("Vary", "Accept");
        message.setHeader("Cache-Control", "public, max-age=" + answer.maxAge().toSeconds());
        message.setHeader("X-Content-Type-Options", "nosniff");
        switch (answer) {
            case Server.NotModified same -> {
                message.setHeader(Exchange.HTTP_RESPONSE_CODE, 304);
                message.setBody(null);
            }
            case Server.Found found -> {
                message.setHeader(Exchange.CONTENT_TYPE, found.contentType());
                message.setBody(found.bytes() <= SMALL ? bytes(found) : found.body());
            }
        }
    }

    private static byte[] bytes(Server.Found found) {
        try (var body = found.body()) {
            return body.readAllBytes();
        } catch (IOException e) {
            throw new Unavailable("The cached file could not be read to its end; try again.", e);
        }
    }
}

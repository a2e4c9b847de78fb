package io.safelight.camel;

import io.netty.handler.codec.http.QueryStringDecoder;
import io.safelight.error.Unavailable;
import io.safelight.model.Ids;
import io.safelight.serve.Server;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
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
        Map<String, List<String>> query = query(m);
        m.setBody(server.serve(new Server.Request(Ids.parse(text(m, "id")), variant(m), first(query, "format"), text(m, "Accept"),
                text(m, "If-None-Match"), first(query, "exp"), first(query, "kid"), first(query, "sig"), Instant.now())));
    }

    /** The last of the path as it was sent: an operation's text has escapes of its own, and a signature is over what was signed. */
    private static String variant(Message message) {
        String uri = message.getHeader(Exchange.HTTP_URI, String.class);
        return uri == null ? text(message, "variant") : uri.replaceFirst("\\?.*", "").replaceFirst("/$", "").replaceFirst(".*/", "");
    }

    /** From the address alone. Camel lays headers and parameters together, and a header that chose the format would do so unseen by a cache. */
    private static Map<String, List<String>> query(Message message) {
        String raw = message.getHeader(Exchange.HTTP_RAW_QUERY, String.class);
        return raw == null ? Map.of() : new QueryStringDecoder(raw, StandardCharsets.UTF_8, false).parameters();
    }

    private static String first(Map<String, List<String>> query, String name) {
        return query.getOrDefault(name, List.of()).stream().findFirst().orElse(null);
    }

    /** A header that came several times counts as its first. */
    private static String text(Message message, String name) {
        Object value = message.getHeader(name);
        return switch (value) {
            case null -> null;
            case List<?> several -> String.valueOf(several.getFirst());
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

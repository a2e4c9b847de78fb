package io.safelight.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.rabbitmq.client.ConnectionFactory;
import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Rejected;
import io.safelight.error.Unavailable;
import io.safelight.model.Answers;
import io.safelight.model.Json;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;

/** RabbitMQ's management API, asked as the user, and about the virtual host, of the AMQP connection. */
final class Management {
    private static final int MAX_PORT = 65_535;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT).build();

    private Management() {}

    /** @throws Fault where it is no address of a management API, or has a user in it */
    static URI address(String base) {
        try {
            URI address = new URI(base);
            if (address.getHost() != null && List.of("http", "https").contains(address.getScheme()) && address.getPort() <= MAX_PORT
                    && address.getUserInfo() == null && address.getQuery() == null && address.getFragment() == null) {
                return address;
            }
        } catch (URISyntaxException e) {
            // told below, without the words, which may hold a password
        }
        throw new Fault("safelight.broker.management-url is no address of a management API; write one such as http://rabbitmq:15672, without user or password.");
    }

    /**
     * @param base such as {@code http://rabbitmq:15672}
     * @throws Fault       where the user may not ask, or that is no address
     * @throws Unavailable where nobody answers
     */
    static Definitions definitions(String base, ConnectionFactory user) {
        ObjectNode all = Json.MAPPER.createObjectNode();
        Definitions.KINDS.forEach(kind -> all.set(kind, ask(base, user, kind)));
        return Definitions.of(all);
    }

    /** @return what is told of a queue: <a href="https://www.rabbitmq.com/docs/management#http-api">its messages, consumers and counts</a>; throws like {@link #definitions} */
    static JsonNode queue(String base, ConnectionFactory user, String queue) {
        return ask(base, user, "queues", queue);
    }

    private static JsonNode ask(String base, ConnectionFactory user, String kind, String... name) {
        StringBuilder path = new StringBuilder(address(base).toString().replaceFirst("/+$", "")).append("/api/").append(kind).append('/').append(encoded(user.getVirtualHost()));
        for (String part : name) {
            path.append('/').append(encoded(part));
        }
        String secret = Base64.getEncoder().encodeToString((user.getUsername() + ":" + user.getPassword()).getBytes(StandardCharsets.UTF_8));
        try {
            var answer = Answers.ask(HTTP, HttpRequest.newBuilder(URI.create(path.toString())).header("Authorization", "Basic " + secret).build(), TIMEOUT);
            if (answer.statusCode() == 200) {
                return Json.MAPPER.readTree(answer.body());
            }
            if (answer.statusCode() == 404 && name.length > 0) {
                throw new Rejected(Code.NOT_FOUND, "The broker has no queue of that name; ./safelight topology tells what is missing.");
            }
            if (answer.statusCode() >= 500) {
                throw new Unavailable("RabbitMQ's management API at %s answered %d; look whether the broker runs.".formatted(base, answer.statusCode()), null);
            }
            throw new Fault("RabbitMQ's management API at %s answered %d to the user '%s': give it the tag 'management' (rabbitmqctl set_user_tags), or mend safelight.broker.management-url."
                    .formatted(base, answer.statusCode(), user.getUsername()));
        } catch (IOException e) {
            throw new Unavailable("RabbitMQ's management API does not answer at %s; check safelight.broker.management-url.".formatted(base), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Unavailable("Interrupted while asking RabbitMQ's management API.", e);
        }
    }

    private static String encoded(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }
}

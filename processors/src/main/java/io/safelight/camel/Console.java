package io.safelight.camel;

import com.rabbitmq.client.AMQP.Queue.DeclareOk;
import io.safelight.catalog.Audit;
import io.safelight.catalog.Catalog;
import io.safelight.catalog.DeadLetter;
import io.safelight.catalog.DeadLetters;
import io.safelight.catalog.ImageView;
import io.safelight.catalog.PageRequest;
import io.safelight.catalog.Timeline;
import io.safelight.console.Pages;
import io.safelight.console.Pages.Asked;
import io.safelight.console.Pages.Asset;
import io.safelight.error.Problem;
import io.safelight.error.Unavailable;
import io.safelight.model.Ids;
import io.safelight.model.Topology;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import org.apache.camel.Exchange;
import org.apache.camel.Header;
import org.apache.camel.Message;
import org.springframework.amqp.AmqpException;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;

/** The console: what its pages show beyond what the API tells, and the pages. */
@Named("console")
@Singleton
public class Console {
    private static final String ASKED = "asked";
    /** Nothing but what we serve, no script or style in a page, and nobody shows a page within their own. */
    private static final String ONLY_OURS = "default-src 'none'; img-src 'self' blob: data:; style-src 'self'; script-src 'self'; connect-src 'self'; "
            + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    private static final int LETTERS = 50;

    private final Catalog catalog;
    private final SystemInfo system;
    private final CachingConnectionFactory connections;
    private final Pages pages = new Pages();

    public Console(Catalog catalog, SystemInfo system, CachingConnectionFactory connections) {
        this.catalog = catalog;
        this.system = system;
        this.connections = connections;
    }

    /**
     * @param version of what is shown, for a decision on it
     * @param audit   newest first; the last fifty entries
     */
    public record ImagePage(String version, ImageView image, Timeline timeline, List<Audit.Entry> audit) {}

    /** Dead letters that died alike. @param image the only one they are of; null for all */
    public record LettersPage(String group, UUID image, List<Letter> letters, String next) {}

    /** @param text the message's body; null where it is too long to be shown among others */
    public record Letter(DeadLetter letter, long bytes, String text) {}

    /**
     * A work queue and those beside it.
     *
     * @param ready   messages that nobody has in hand
     * @param retry   messages that come back in a while
     * @param dead    messages on their way to the dead letters
     * @param workers consumers
     */
    public record Depth(String queue, long ready, long workers, long retry, long dead) {}

    /** @param runs as {@code GET /api/system} tells it */
    public record SystemPage(Map<String, Object> runs, List<Depth> queues) {}

    public ImagePage image(@Header("id") String text) {
        UUID id = Ids.parse(text);
        // read first: of what changes while the page is made it is too old, never too new
        String version = catalog.version(id).orElse(null);
        return new ImagePage(version, CatalogBean.known(catalog, id), catalog.timeline(id), catalog.audit(id, PageRequest.of(null, null, null)).entries());
    }

    public LettersPage letters(@Header("group") String group, @Header("image") String image, @Header("cursor") String cursor) {
        UUID id = Ids.parseIfGiven(image);
        DeadLetter.Page page = catalog.deadLetters().list(new DeadLetters.Filter(DeadLetterBox.group(group), null, null, null, id), PageRequest.of(null, String.valueOf(LETTERS), cursor));
        return new LettersPage(group, id, page.deadLetters().stream().map(Console::letter).toList(), page.next());
    }

    private static Letter letter(DeadLetter.Listed listed) {
        DeadLetter letter = listed.letter();
        return new Letter(letter, listed.bytes(), listed.isWhole() ? new String(letter.body(), StandardCharsets.UTF_8) : null);
    }

    public SystemPage system() {
        try (var connection = connections.createConnection(); var channel = connection.createChannel(false)) {
            List<Depth> depths = new ArrayList<>();
            for (Topology.Work work : Topology.Work.values()) {
                DeclareOk queue = channel.queueDeclarePassive(work.queue());
                long retry = 0;
                for (Topology.Retry one : work.retries()) {
                    retry += channel.queueDeclarePassive(one.queue()).getMessageCount();
                }
                depths.add(new Depth(work.queue(), queue.getMessageCount(), queue.getConsumerCount(), retry, channel.queueDeclarePassive(work.dead()).getMessageCount()));
            }
            return new SystemPage(system.describe(), depths);
        } catch (IOException | TimeoutException | AmqpException e) {
            throw new Unavailable("The broker does not say how long its queues are; try again, and see that it runs and that './safelight topology' finds nothing.", e);
        }
    }

    /** Keeps what was asked for, which what is found takes the place of. */
    public void ask(Exchange exchange) {
        Message message = exchange.getMessage();
        exchange.setProperty(ASKED, new Asked(text(message, "state"), text(message, "find"), text(message, "order"), text(message, "cursor")));
    }

    private static String text(Message message, String header) {
        String text = message.getHeader(header, String.class);
        return text == null || text.isEmpty() ? null : text;
    }

    public Asset asset(@Header("name") String name) {
        return pages.asset(name);
    }

    /** Body: a file of the pages. It may be kept under the address that it has here: under that of another build, as while one takes the place of another, it is not. */
    public void answer(Exchange exchange, Asset asset, @Header("v") String digest) {
        Http.answer(exchange, asset.contentType(), asset.content());
        if (pages.isCurrent(digest)) {
            exchange.getMessage().setHeader("Cache-Control", "public, max-age=3600");
        }
    }

    /** Body: what the page shows; afterwards the page. */
    public void show(Exchange exchange) {
        show(exchange, exchange.getProperty("page", String.class), 200, exchange.getMessage().getBody());
    }

    /** Body afterwards: a page that tells what went wrong. */
    public void problem(Exchange exchange) {
        Problem problem = Http.problemOf(exchange);
        show(exchange, "problem", problem.status(), problem);
        Http.tellWhenToTryAgain(exchange, problem);
    }

    private void show(Exchange exchange, String page, int status, Object it) {
        Asked asked = exchange.getProperty(ASKED, new Asked(null, null, null, null), Asked.class);
        byte[] html = pages.render(page, it, asked).getBytes(StandardCharsets.UTF_8);
        Http.answer(exchange, "text/html; charset=utf-8", html);
        Message message = exchange.getMessage();
        message.setHeader(Exchange.HTTP_RESPONSE_CODE, status);
        message.setHeader("Content-Security-Policy", ONLY_OURS);
        message.setHeader("Referrer-Policy", "no-referrer");
    }
}

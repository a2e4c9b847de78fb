package io.safelight.console;

import io.quarkus.qute.Engine;
import io.quarkus.qute.HtmlEscaper;
import io.quarkus.qute.ReflectionValueResolver;
import io.quarkus.qute.TemplateLocator.TemplateLocation;
import io.quarkus.qute.Variant;
import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.model.State;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Pages made of the templates under {@code console/} on the class path; whatever they show is escaped. For any number of threads. */
public final class Pages {
    /** What an image comes to rest as, and the one name for what has not. */
    private static final List<State> AT_REST = List.of(State.PUBLISHED, State.REVIEW, State.BLOCKED, State.REJECTED, State.FAILED, State.WITHDRAWN);

    private static final Map<String, String> ASSETS = Map.of("console.css", "text/css; charset=utf-8", "console.js", "text/javascript; charset=utf-8",
            "blurhash.js", "text/javascript; charset=utf-8", "safelight.svg", "image/svg+xml");

    private final Engine engine = Engine.builder().addDefaults().addValueResolver(new ReflectionValueResolver())
            .addResultMapper(new HtmlEscaper(List.of(Variant.TEXT_HTML))).addLocator(Pages::locate).build();
    private final String digest = digest();

    /**
     * What the request asked for; null where it did not.
     *
     * @param state  of the images
     * @param find   in the images' names, or an id
     * @param order  of the review queue
     * @param cursor where the page begins; null on the first
     */
    public record Asked(String state, String find, String order, String cursor) {}

    /** @param page name of a template @param it what it shows, as the API answers it */
    public String render(String page, Object it, Asked asked) {
        return engine.getTemplate(page).data("page", page).data("it", it).data("asked", asked).data("say", Say.PLAINLY)
                .data("states", AT_REST).data("digest", digest).render();
    }

    /** What pages are dressed and moved by. */
    public record Asset(String contentType, byte[] content) {}

    /** @throws Rejected {@code not-found} */
    public Asset asset(String name) {
        String contentType = ASSETS.get(name);
        if (contentType == null) {
            throw new Rejected(Code.NOT_FOUND, "The console has no such file.");
        }
        return new Asset(contentType, read(name));
    }

    /** Whether pages name assets so: these are what there is here, and may be kept. */
    public boolean isCurrent(String digest) {
        return this.digest.equals(digest);
    }

    /** Of all assets, as one belongs to the others. */
    private static String digest() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ASSETS.keySet().stream().sorted().forEach(name -> all.writeBytes(read(name)));
        return UUID.nameUUIDFromBytes(all.toByteArray()).toString();
    }

    private static byte[] read(String asset) {
        try (InputStream file = Pages.class.getResourceAsStream("/console/assets/" + asset)) {
            return file.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<TemplateLocation> locate(String name) {
        InputStream template = Pages.class.getResourceAsStream("/console/" + name + ".html");
        return template == null ? Optional.empty() : Optional.of(new TemplateLocation() {
            @Override
            public Reader read() {
                return new InputStreamReader(template, StandardCharsets.UTF_8);
            }

            @Override
            public Optional<Variant> getVariant() {
                return Optional.of(Variant.forContentType(Variant.TEXT_HTML));
            }
        });
    }
}

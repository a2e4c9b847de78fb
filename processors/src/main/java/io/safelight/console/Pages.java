package io.safelight.console;

import io.quarkus.qute.Engine;
import io.quarkus.qute.HtmlEscaper;
import io.quarkus.qute.ReflectionValueResolver;
import io.quarkus.qute.TemplateLocator.TemplateLocation;
import io.quarkus.qute.Variant;
import io.safelight.model.State;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Pages made of the templates under {@code console/} on the class path; whatever they show is escaped. For any number of threads. */
public final class Pages {
    /** What an image comes to rest as, and the one name for what has not. */
    private static final List<State> AT_REST = List.of(State.PUBLISHED, State.REVIEW, State.BLOCKED, State.REJECTED, State.FAILED, State.WITHDRAWN);

    private final Engine engine = Engine.builder().addDefaults().addValueResolver(new ReflectionValueResolver())
            .addResultMapper(new HtmlEscaper(List.of(Variant.TEXT_HTML))).addLocator(Pages::locate).build();
    private final String version;

    /** @param version of the application, so that browsers don't keep scripts of another */
    public Pages(String version) {
        this.version = version;
    }

    /**
     * What the request asked for; null where it did not.
     *
     * @param state  of the images
     * @param order  of the review queue
     * @param cursor where the page begins; null on the first
     */
    public record Asked(String state, String order, String cursor) {}

    /** @param page name of a template @param it what it shows, as the API answers it */
    public String render(String page, Object it, Asked asked) {
        return engine.getTemplate(page).data("page", page).data("it", it).data("asked", asked).data("say", Say.PLAINLY)
                .data("states", AT_REST).data("version", version).render();
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

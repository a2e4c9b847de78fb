package io.safelight.camel;

import io.opentelemetry.context.Context;
import io.safelight.config.SafelightConfig;
import io.safelight.error.Fault;
import io.safelight.error.SafelightException;
import io.safelight.intake.Digests;
import io.safelight.model.Event;
import io.safelight.model.Fact;
import io.safelight.model.Variant;
import io.safelight.model.VariantSpec;
import io.safelight.store.Keys;
import io.safelight.store.ObjectStore;
import io.safelight.transform.ImageEngine;
import io.safelight.transform.ImageEngine.Rendering;
import io.safelight.transform.ImageEngine.Rendition;
import io.safelight.validate.Exif;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.camel.Exchange;
import org.jboss.logging.Logger;

/** Master and variants: made, described, stored. */
@Named("renditions")
@Singleton
public class Renditions {
    private static final Logger LOG = Logger.getLogger(Renditions.class);

    private final ImageEngine engine;
    private final List<VariantSpec> variants;
    private final ObjectStore store;
    private final int masterSide;
    private final boolean keepGps;

    /** What was made of an original: files to store, and the event that may be published once they are. */
    record Made(List<ObjectFile> files, Event event) {}

    public Renditions(ImageEngine engine, List<VariantSpec> variants, @Named("store-processing") ObjectStore store,
                      SafelightConfig config) {
        this.engine = engine;
        this.variants = variants;
        this.store = store;
        this.masterSide = config.processing().masterSide();
        this.keepGps = config.processing().keepGps();
    }

    /** Body: the original's file; afterwards what was {@link Made} of it. */
    public void make(Exchange exchange) throws IOException {
        Path original = exchange.getMessage().getBody(Path.class);
        Event event = Events.current(exchange);
        if (!(event.fact() instanceof Fact.Accepted accepted)) {
            throw new Fault("Processing takes accepted events, not " + event.fact().kind());
        }
        Path folder = Files.createDirectory(Work.folder(exchange).resolve("renditions"));
        Rendering rendering = engine.render(original, accepted.format(), masterSide, variants, folder);

        List<ObjectFile> files = new ArrayList<>();
        List<Variant> made = new ArrayList<>();
        String engineName = engine.name() + " " + engine.version();
        ObjectFile master = file(rendering.master(), Keys.master(event.id()), Digests.sha256(rendering.master().file()), engineName);
        files.add(master);
        for (Rendition r : rendering.variants()) {
            String sha256 = Digests.sha256(r.file());
            Variant variant = new Variant(r.name(), r.format(), r.width(), r.height(), Files.size(r.file()), sha256,
                    Variant.stagingKey(event.id(), r.name(), sha256, r.format()));
            made.add(variant);
            files.add(file(r, variant.key(), sha256, engineName));
        }
        Rendition m = rendering.master();
        made.add(Variant.source(event.id(), m.format(), m.width(), m.height(), Files.size(m.file()), master.sha256()));
        Fact.Rendered fact = new Fact.Rendered(rendering.width(), rendering.height(), rendering.blurhash(), rendering.dominantColor(),
                Exif.read(original, keepGps), engineName, made, rendering.pdq());
        exchange.getMessage().setBody(new Made(files,
                Events.next(exchange, "process", fact).withObject(master.key(), master.sha256())));
    }

    private static ObjectFile file(Rendition r, String key, String sha256, String engine) {
        return new ObjectFile(r.file(), key, r.format().contentType(), sha256,
                Map.of("transform-state", r.name(), "engine", engine));
    }

    /** Body: what was {@link Made}; afterwards its event. Keys follow from the bytes, so storing twice changes nothing. */
    public void store(Exchange exchange) throws InterruptedException {
        Made made = exchange.getMessage().getBody(Made.class);
        try (ExecutorService puts = Context.taskWrapping(Executors.newVirtualThreadPerTaskExecutor())) {
            List<? extends Future<?>> running = made.files().stream().map(f -> puts.submit(() ->
                    store.put(f.key(), f.file(), f.contentType(), Objects.metadata(f)))).toList();
            for (Future<?> put : running) {
                put.get();
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof SafelightException known ? known : new Fault("Renditions could not be stored", e.getCause());
        }
        exchange.getMessage().setBody(made.event());
        LOG.infof("Rendered: %d files", made.files().size());
    }
}

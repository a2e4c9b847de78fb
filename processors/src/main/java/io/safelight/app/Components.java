package io.safelight.app;

import io.agroal.api.AgroalDataSource;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.safelight.camel.Groups;
import io.safelight.camel.StoreClients;
import io.safelight.catalog.Catalog;
import io.safelight.catalog.DeadLetterMeter;
import io.safelight.config.EventsFile;
import io.safelight.config.ModerationPolicy;
import io.safelight.config.SafelightConfig;
import io.safelight.config.VariantsFile;
import io.safelight.error.Unavailable;
import io.safelight.intake.HttpReceiver;
import io.safelight.intake.Spool;
import io.safelight.lifecycle.MetadataApi;
import io.safelight.lifecycle.Reconciler;
import io.safelight.lifecycle.Sweeper;
import io.safelight.model.Format;
import io.safelight.model.VariantSpec;
import io.safelight.moderate.Lineup;
import io.safelight.moderate.Model;
import io.safelight.moderate.Moderator;
import io.safelight.moderate.RunningModel;
import io.safelight.scale.Scalers;
import io.safelight.scale.Signals;
import io.safelight.scale.Target;
import io.safelight.serve.AllowList;
import io.safelight.serve.Links;
import io.safelight.serve.OnTheFly;
import io.safelight.serve.Server;
import io.safelight.store.ObjectStore;
import io.safelight.store.StoreListener;
import io.safelight.trace.Collector;
import io.safelight.trace.Spans;
import io.safelight.transform.Engines;
import io.safelight.transform.ImageEngine;
import io.safelight.transform.Limits;
import io.safelight.transform.worker.WorkerPool;
import io.safelight.validate.Inspector;
import io.safelight.validate.Rules;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;

/** Makes each part from the configuration, when something of this process asks for it and not before. */
@Singleton
public class Components {
    private static final Logger LOG = Logger.getLogger(Components.class);
    private static final String VARIANTS = "config/variants.yaml";
    private static final String WATERMARKS = "config/watermarks";

    private final SafelightConfig config;
    private final MeterRegistry meters;
    private final Spans spans;

    public Components(SafelightConfig config, MeterRegistry meters) {
        this.config = config;
        this.meters = meters;
        this.spans = collector(config).map(to -> Spans.to(to, config.groups())).orElseGet(Spans::off);
    }

    /** @throws io.safelight.error.Fault where its address or the share is none */
    static Optional<Collector> collector(SafelightConfig config) {
        return Collector.of(config.traces().endpoint(), config.traces().sampling());
    }

    @Produces
    @Singleton
    Spans spans() {
        return spans;
    }

    void close(@Disposes Spans spans) {
        spans.close();
    }

    private Path home(String file) {
        return Path.of(config.home()).resolve(file);
    }

    private ObjectStore store(String group, String bucket) {
        return new ObjectStore(StoreClients.of(config.store(), group, new StoreWatch(meters, spans)), bucket);
    }

    @Produces
    @Singleton
    StoreListener storeListener() {
        return new StoreWatch(meters, spans);
    }

    @Produces
    @Singleton
    Scalers scalers(Signals signals) {
        Path folder = config.scaler().history().map(Path::of).orElse(Path.of(config.data(), "scaler"));
        return new Scalers(config.scaler().queues(), signals, EventsFile.load(home(EventsFile.NAME)), target(config.scaler()), folder);
    }

    void close(@Disposes Scalers scalers) {
        scalers.close();
    }

    static Target target(SafelightConfig.Scaler scaler) {
        return new Target(scaler.messagesPerReplica(), scaler.replicaRate(), scaler.ahead());
    }

    @Produces
    @Singleton
    BrokerSignals signals(CachingConnectionFactory connections) {
        return new BrokerSignals(config.broker().managementUrl().orElse(""), connections);
    }

    @Produces
    @Singleton
    Spool spool() {
        return new Spool(Path.of(config.data(), "work"), config.upload().minFree().asLongValue());
    }

    @Produces
    @Singleton
    HttpReceiver receiver() {
        var upload = config.upload();
        return new HttpReceiver(upload.maxBytes().asLongValue(), upload.maxFiles(), upload.idleTimeout());
    }

    @Produces
    @Singleton
    Inspector inspector() {
        return new Inspector();
    }

    /** @param engine asked only where it is this process that renders: elsewhere there is none, and what the one there reads is not known here */
    @Produces
    @Singleton
    Rules rules(Instance<ImageEngine> engine) {
        Set<Format> formats = taken(config, config.groups().contains("processing") ? Optional.of(engine.get().reads()) : Optional.empty());
        var limits = config.limits();
        return new Rules(formats, config.upload().maxBytes().asLongValue(), limits.maxDecodedBytes().asLongValue(), limits.maxSide(), limits.maxFrames(),
                config.engine().maxTime());
    }

    /**
     * What is taken in: of what is configured what the engine reads, or all that it reads where nothing is.
     *
     * @param read by the engine, where that is known
     */
    static Set<Format> taken(SafelightConfig config, Optional<Set<Format>> read) {
        Optional<Set<Format>> configured = config.limits().formats().map(names -> names.stream().map(Format::of).collect(Collectors.toSet()));
        Set<Format> formats = EnumSet.allOf(Format.class);
        configured.ifPresent(formats::retainAll);
        if (read.isPresent()) {
            formats.retainAll(read.get());
        } else if (configured.isEmpty()) {
            formats.remove(Format.HEIC);
        }
        return formats;
    }

    @Produces
    @Singleton
    ImageEngine engine(Spool spool) {
        var engine = config.engine();
        if (!engine.isolated()) {
            return new EngineWatch(Engines.open(engine.name(), engine.libvips(), home(".native"), home(WATERMARKS), limits()), meters, spans);
        }
        return new EngineWatch(new WorkerPool(decoders(spool)), meters, spans);
    }

    private Limits limits() {
        return new Limits(config.limits().maxDecodedBytes().asLongValue(), config.limits().maxSide());
    }

    WorkerPool.Settings decoders(Spool spool) {
        var engine = config.engine();
        int concurrency = Groups.engineConcurrency(config);
        boolean makes = config.groups().contains("serving") && config.serving().onTheFly();
        boolean alone = Collections.disjoint(config.groups(), List.of("processing", "moderation", "classify"));
        // one more, so that a huge image in its slow lane does not take a place from the rest; serving alone has no other work to keep apart
        int processes = alone ? concurrency : concurrency + 1;
        return new WorkerPool.Settings(engine.name(), engine.libvips(), home(".native"), home(WATERMARKS), limits(), spool.folder().resolve("decoders"),
                processes, makes && !alone ? concurrency : 0, engine.maxTime(), engine.maxMemory().asLongValue());
    }

    void close(@Disposes ImageEngine engine) {
        if (engine instanceof EngineWatch watch) {
            watch.close();
        }
    }

    @Produces
    @Singleton
    List<VariantSpec> variants(ImageEngine engine) {
        return Engines.check(engine, VariantsFile.load(home(VARIANTS)));
    }

    @Produces
    @Singleton
    Lineup lineup() {
        return Preflight.lineup(Path.of(config.home()));
    }

    /** @throws io.safelight.error.Fault where models decide on what is published, and would not see all of it */
    @Produces
    @Singleton
    Moderator moderator(ImageEngine engine, Lineup lineup) {
        if (config.groups().contains("moderation")) {
            Engines.checkLook(engine, VariantsFile.load(home(VARIANTS)));
        }
        // before any candidate takes memory that one of them needs
        List<RunningModel> needed = lineup.places().stream().map(place -> run(place.model())).toList();
        List<Moderator.Place> places = new ArrayList<>();
        for (Lineup.Place place : lineup.places()) {
            RunningModel candidate = place.candidate() == null ? null : tryOut(place.candidate(), model -> run(model, new ModelWatch(meters, model.id())));
            places.add(new Moderator.Place(needed.get(places.size()), candidate, place.share(), place.decides()));
        }
        return new Moderator(engine, places, new AgreementWatch(meters));
    }

    private RunningModel run(Model model) {
        return run(model, new ModelWatch(meters, model.id(), Stop.THIS_PROCESS::with));
    }

    /** Null where there is no memory for it now: the other decides meanwhile. @throws io.safelight.error.Fault where it is no such model as it says */
    static RunningModel tryOut(Model candidate, Function<Model, RunningModel> run) {
        try {
            return run.apply(candidate);
        } catch (Unavailable e) {
            LOG.warnf("The candidate %s is not tried until the next start: %s", candidate.id(), e.getMessage());
            return null;
        }
    }

    private RunningModel run(Model model, ModelWatch watch) {
        return new RunningModel(model, Groups.placement(config), Groups.batching(config), watch);
    }

    void close(@Disposes Moderator moderator) {
        moderator.close();
    }

    @Produces
    @Singleton
    @Named("store-ingress")
    ObjectStore originals() {
        return store("ingress", config.store().privateBucket());
    }

    @Produces
    @Singleton
    @Named("store-processing")
    ObjectStore renditions() {
        return store("processing", config.store().privateBucket());
    }

    @Produces
    @Singleton
    Links links() {
        return new Links(config.serving().keys().orElse(List.of()), config.serving().linkLife());
    }

    /** @param database looked up here and not injected: a process without metadata has none, and would not start */
    @Produces
    @Singleton
    Catalog catalog(Instance<DataSource> database, Links links, Lineup lineup) {
        ModerationPolicy policy = ModerationPolicy.load(home("config/moderation.yaml"), lineup.labels(), lineup.deciding());
        watch((AgroalDataSource) database.get());
        return new Catalog(database.get(), store("metadata", config.store().privateBucket()), store("metadata", config.store().publicBucket()),
                policy, links::url, new CatalogWatch(meters, spans));
    }

    private void watch(AgroalDataSource pool) {
        Gauge.builder("database.connections.busy", pool, p -> p.getMetrics().activeCount()).description("Connections that are in use").register(meters);
        Gauge.builder("database.connections.awaited", pool, p -> p.getMetrics().awaitingCount()).description("Who waits for a connection").register(meters);
    }

    @Produces
    @Singleton
    DeadLetterMeter deadLetterMeter() {
        return new DeadLetterWatch(meters);
    }

    /** @param engine asked for when something is to be made and not before: serving variants needs none */
    @Produces
    @Singleton
    Server server(Links links, Spool spool, Instance<ImageEngine> engine) {
        var serving = config.serving();
        Optional<OnTheFly> onTheFly = !serving.onTheFly() ? Optional.empty() : Optional.of(new OnTheFly(new EngineRenderer(engine::get, home(WATERMARKS)),
                new AllowList(serving.ops(), serving.sizes()), Groups.engineConcurrency(config)));
        return new Server(store("serving", config.store().publicBucket()), links, spool.folder().resolve("cache"),
                serving.cacheSize().asLongValue(), serving.manifestLife(), serving.maxAge(), onTheFly,
                new ServeWatch(meters, spans, Instant.now()));
    }

    @Produces
    @Singleton
    MetadataApi metadataApi(@ConfigProperty(name = "quarkus.http.port") int port) {
        return new MetadataApi(URI.create(config.lifecycle().metadataUrl().orElse("http://127.0.0.1:" + port)));
    }

    @Produces
    @Singleton
    Sweeper sweeper(MetadataApi metadata) {
        return new Sweeper(store("lifecycle", config.store().privateBucket()), metadata);
    }

    @Produces
    @Singleton
    Reconciler reconciler(MetadataApi metadata) {
        return new Reconciler(store("lifecycle", config.store().privateBucket()), store("lifecycle", config.store().publicBucket()), metadata,
                config.lifecycle().stuckAfter(), kind -> meters.counter("reconcile.mended", "kind", kind.slug()).increment());
    }
}

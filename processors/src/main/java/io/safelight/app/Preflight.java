package io.safelight.app;

import io.safelight.camel.Groups;
import io.safelight.camel.Leases;
import io.safelight.config.ConfigReference;
import io.safelight.config.DerivedKey;
import io.safelight.config.EventsFile;
import io.safelight.config.ModelsFile;
import io.safelight.config.ModerationPolicy;
import io.safelight.config.SafelightConfig;
import io.safelight.config.VariantsFile;
import io.safelight.error.Fault;
import io.safelight.model.Format;
import io.safelight.model.Topology;
import io.safelight.model.op.Resize;
import io.safelight.moderate.Lineup;
import io.safelight.serve.AllowList;
import io.safelight.serve.Links;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Names all that is wrong with the configuration before anything is started. */
final class Preflight {
    /** What Kubernetes puts into every container for a service whose name begins with safelight. */
    private static final String OF_A_SERVICE = ".*_(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT|PORT_\\d+_.+)";
    private static final Set<String> FORMATS = Stream.of(Format.values()).map(Format::slug).collect(Collectors.toCollection(TreeSet::new));

    private final SmallRyeConfig settings;
    private final List<String> faults = new ArrayList<>();

    private Preflight(SmallRyeConfig settings) {
        this.settings = settings;
    }

    /**
     * Values are looked at before they are mapped: the mapping would stop at the first in words of its own.
     *
     * @param sources where settings come from; asked twice
     * @throws Fault naming every mistake
     */
    static SafelightConfig check(Supplier<SmallRyeConfigBuilder> sources) {
        var preflight = new Preflight(sources.get().build());
        preflight.values();
        preflight.stopOnFaults();
        SafelightConfig config = sources.get().withMapping(SafelightConfig.class).withValidateUnknown(false).build().getConfigMapping(SafelightConfig.class);
        preflight.meaning(config);
        preflight.stopOnFaults();
        return config;
    }

    /** Names that set nothing, most often misspelt; no fault, as an environment is shared with others. */
    static List<String> unknown(SmallRyeConfig settings, Set<String> environment) {
        Set<String> known = DerivedKey.keys().collect(Collectors.toSet());
        Stream<String> keys = StreamSupport.stream(settings.getPropertyNames().spliterator(), false)
                .filter(key -> key.startsWith("safelight.") && !known.contains(key))
                .filter(key -> ConfigReference.find(key.replaceFirst("\\[\\d+]$", "")).isEmpty())
                .filter(key -> !environment.contains(key.replaceAll("[^a-z0-9]", "_").toUpperCase(Locale.ROOT)));
        Stream<String> variables = environment.stream().filter(name -> name.startsWith("SAFELIGHT_"))
                .filter(name -> ConfigReference.findByEnvironment(name).isEmpty() && !name.matches(OF_A_SERVICE));
        return Stream.concat(keys, variables).sorted().toList();
    }

    private void stopOnFaults() {
        if (!faults.isEmpty()) {
            throw new Fault(String.join("\n", faults));
        }
    }

    private void values() {
        for (ConfigReference.Key key : ConfigReference.keys()) {
            String value = key.name().contains("<") ? null : settings.getConfigValue(key.name()).getValue();
            if (value != null && !value.isEmpty()) {
                key.expected(value).ifPresent(expected -> faults.add("%s is '%s'; write %s.".formatted(key.name(), value, expected)));
            }
        }
    }

    private void meaning(SafelightConfig config) {
        Set<String> groups = new TreeSet<>(config.groups());
        groups.removeAll(Groups.ALL);
        require(groups.isEmpty() && !config.groups().isEmpty(), "safelight.groups names " + groups + "; the groups are " + String.join(", ", Groups.ALL) + ".");
        Set<String> formats = new TreeSet<>(config.limits().formats().orElse(List.of()));
        formats.removeAll(FORMATS);
        require(formats.isEmpty(), "safelight.limits.formats names " + formats + "; the formats are " + String.join(", ", FORMATS) + ".");
        sizes(config);
        require(Leases.KINDS.contains(config.leases()), "safelight.leases is '" + config.leases() + "'; write " + String.join(" or ", Leases.KINDS) + ".");
        require(config.leaseTime().toMillis() >= 1_000, "safelight.lease-time is " + config.leaseTime().toMillis() + " ms; a lease lasts 1s or longer.");
        String sftp = config.sftp().uri();
        require(sftp.startsWith("sftp://") || Set.of(SafelightConfig.EMBEDDED, "off").contains(sftp),
                "safelight.sftp.uri is '" + sftp + "'; write an address such as sftp://host:22/drop, or embedded, or off.");
        config.hawtio().jolokiaPort().ifPresent(port -> {
            require(port > 0 && port <= 65_535, "safelight.hawtio.jolokia-port is %d; write a port from 1 to 65535.".formatted(port));
            require(config.hawtio().password().isPresent(), "Nobody could log in at safelight.hawtio.jolokia-port; set safelight.hawtio.password too.");
        });
        attempt(() -> config.broker().managementUrl().ifPresent(Management::address));
        if (config.groups().contains("scaler")) {
            require(config.broker().managementUrl().isPresent() && !config.broker().uri().equals(SafelightConfig.EMBEDDED),
                    "The group scaler asks RabbitMQ; set safelight.broker.uri and safelight.broker.management-url.");
            List<String> known = Stream.of(Topology.Work.values()).map(Topology.Work::queue).toList();
            Set<String> queues = new TreeSet<>(config.scaler().queues());
            known.forEach(queues::remove);
            require(queues.isEmpty(), "safelight.scaler.queues names " + queues + "; the queues are " + String.join(", ", known) + ".");
            attempt(() -> Components.target(config.scaler()));
        }
        attempt(() -> new Links(config.serving().keys().orElse(List.of()), config.serving().linkLife()));
        attempt(() -> Components.collector(config));
        attempt(() -> Groups.placement(config));
        attempt(() -> new AllowList(config.serving().ops(), config.serving().sizes()));
        Path home = Path.of(config.home());
        if (Files.isDirectory(home.resolve("routes"))) {
            attempt(() -> VariantsFile.load(home.resolve("config/variants.yaml")));
            attempt(() -> EventsFile.load(home.resolve(EventsFile.NAME)));
            attempt(() -> {
                Lineup lineup = lineup(home);
                ModerationPolicy.load(home.resolve("config/moderation.yaml"), lineup.labels(), lineup.deciding());
            });
        } else {
            faults.add("There is no folder routes/ in " + home.toAbsolutePath().normalize()
                    + "; set safelight.home to the folder that holds routes/, kamelets/ and config/.");
        }
        port();
    }

    /** What has the right type and would still refuse, or make nothing of, every image. */
    private void sizes(SafelightConfig config) {
        int side = config.processing().masterSide();
        require(side >= 64 && side <= Resize.MOST, "safelight.processing.master-side is %d; write pixels from 64 to %d.".formatted(side, Resize.MOST));
        var engine = config.engine();
        require(engine.concurrency() >= 0,
                "safelight.engine.concurrency is %d; write how many images at a time, or 0 for one per processor.".formatted(engine.concurrency()));
        require(engine.maxTime().toMillis() >= 1_000, "safelight.engine.max-time is %d ms; an image gets 1s or more.".formatted(engine.maxTime().toMillis()));
        require(engine.maxMemory().asLongValue() >= 64 << 20,
                "safelight.engine.max-memory is %,d bytes; a decoder needs 64M or more.".formatted(engine.maxMemory().asLongValue()));
        var limits = config.limits();
        positive("safelight.limits.max-decoded-bytes", limits.maxDecodedBytes().asLongValue(), "how many bytes an image may take once decoded, such as 512M");
        positive("safelight.limits.max-side", limits.maxSide(), "how many pixels a side may have, such as 30000");
        positive("safelight.limits.max-frames", limits.maxFrames(), "how many frames an animation may have, such as 500");
        positive("safelight.upload.max-bytes", config.upload().maxBytes().asLongValue(), "how many bytes an upload may have, such as 100M");
        positive("safelight.upload.max-files", config.upload().maxFiles(), "how many files a request may have, such as 50");
        positive("safelight.upload.max-concurrent", config.upload().maxConcurrent(), "how many uploads may be in hand at a time, such as 100");
    }

    private void positive(String key, long value, String what) {
        require(value > 0, "%s is %d; write %s.".formatted(key, value, what));
    }

    /** @throws Fault naming what is wrong with a model, or with what says which are used */
    static Lineup lineup(Path home) {
        return Lineup.of(ModelsFile.load(home.resolve("config/models.yaml")), home.resolve("config/models"));
    }

    private void port() {
        String host = settings.getOptionalValue("quarkus.http.host", String.class).orElse("127.0.0.1");
        int port = settings.getOptionalValue("quarkus.http.port", Integer.class).orElse(8080);
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(host, port));
        } catch (IOException | RuntimeException e) {
            faults.add("Port %d on %s cannot be used (%s); stop what listens there, or choose another with --port or QUARKUS_HTTP_PORT."
                    .formatted(port, host, e.getMessage()));
        }
    }

    private void require(boolean right, String fault) {
        if (!right) {
            faults.add(fault);
        }
    }

    private void attempt(Runnable loader) {
        try {
            loader.run();
        } catch (Fault e) {
            faults.add(e.getMessage());
        }
    }
}

package io.safelight.camel;

import io.quarkus.runtime.configuration.MemorySize;
import io.safelight.config.DerivedKey;
import io.safelight.config.SafelightConfig;
import io.safelight.intake.Spool;
import io.safelight.moderate.Batching;
import io.safelight.moderate.Placement;
import io.safelight.store.StoreListener;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.quarkus.main.CamelMain;
import org.apache.camel.quarkus.main.events.BeforeConfigure;
import org.apache.camel.spi.PropertiesComponent;

/** Gives Camel the routes of the groups this process runs, the error handling they share, and what is computed for their placeholders. */
@Singleton
public class Groups {
    public static final List<String> ALL =
            List.of("ingress", "processing", "moderation", "metadata", "serving", "lifecycle", "classify", "scaler");

    void load(@Observes BeforeConfigure event, SafelightConfig config, Spool spool, StoreListener listener) {
        CamelMain main = (CamelMain) event.getMain();
        Path home = Path.of(config.home());
        // file by file: of a pattern Camel finds nothing where the folder is a link, not even the handling of errors, and says nothing
        String routes = Stream.concat(Stream.of("routes"), config.groups().stream().map(g -> "routes/" + g))
                .map(home::resolve).filter(Files::isDirectory).flatMap(Groups::files)
                .map(file -> "file:" + file).collect(Collectors.joining(","));
        main.configure().withRoutesIncludePattern(routes);

        PropertiesComponent properties = main.getCamelContext().getPropertiesComponent();
        properties.addOverrideProperty("safelight.engine.concurrency", Integer.toString(engineConcurrency(config)));
        properties.addOverrideProperty(DerivedKey.WORK.key(), spool.folder().toString());
        properties.addOverrideProperty(DerivedKey.MODERATION_CONSUMERS.key(), Integer.toString(batching(config).consumers()));
        String sftp = config.sftp().uri();
        if (sftp.startsWith("sftp://")) {
            properties.addOverrideProperty(DerivedKey.SFTP_ADDRESS.key(), sftp.substring("sftp://".length()));
        } else {
            // not to be started is not enough: the endpoint would still connect once, to look
            main.configure().withRoutesExcludePattern("**/sftp.camel.yaml");
        }

        for (String group : config.groups()) {
            if (!List.of("classify", "scaler").contains(group)) {
                main.getCamelContext().getRegistry().bind("s3-" + group, StoreClients.unasked(config.store(), group, listener));
            }
        }
    }

    private static Stream<Path> files(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".camel.yaml")).sorted().toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException("The routes in %s cannot be read.".formatted(folder), e);
        }
    }

    public static Placement placement(SafelightConfig config) {
        var moderation = config.moderation();
        return new Placement(moderation.engine(), moderation.device(), moderation.gpuMemory().map(MemorySize::asLongValue));
    }

    public static Batching batching(SafelightConfig config) {
        var moderation = config.moderation();
        return Batching.on(placement(config), moderation.batchSize(), moderation.maxWait(), moderation.predictors(), moderation.maxQueue());
    }

    public static int engineConcurrency(SafelightConfig config) {
        int configured = config.engine().concurrency();
        return configured > 0 ? configured : Runtime.getRuntime().availableProcessors();
    }
}

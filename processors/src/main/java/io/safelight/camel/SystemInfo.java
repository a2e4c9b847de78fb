package io.safelight.camel;

import io.safelight.config.SafelightConfig;
import io.safelight.moderate.Moderator;
import io.safelight.transform.ImageEngine;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** What runs in this process, in which versions. */
@Named("system")
@Singleton
public class SystemInfo {
    private final SafelightConfig config;
    private final CamelContext camel;
    private final Instance<ImageEngine> engine;
    private final Instance<Moderator> moderator;
    private final String version;

    public SystemInfo(SafelightConfig config, CamelContext camel, Instance<ImageEngine> engine, Instance<Moderator> moderator,
                      @ConfigProperty(name = "quarkus.application.version") String version) {
        this.config = config;
        this.camel = camel;
        this.engine = engine;
        this.moderator = moderator;
        this.version = version;
    }

    public Map<String, Object> describe() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("version", version);
        all.put("groups", config.groups());
        all.put("java", Runtime.version().toString());
        all.put("camel", camel.getVersion());
        Map<String, Object> engines = new LinkedHashMap<>();
        boolean scans = runs("moderation") || runs("classify");
        if (scans || runs("processing")) {
            ImageEngine e = engine.get();
            engines.put("image", Map.of("name", e.name(), "version", e.version(), "reads", e.reads(), "writes", e.writes()));
        }
        if (scans) {
            engines.put("moderation", moderator.get().engine());
            all.put("models", moderator.get().modelIds());
        }
        all.put("engines", engines);
        return all;
    }

    private boolean runs(String group) {
        return config.groups().contains(group);
    }
}

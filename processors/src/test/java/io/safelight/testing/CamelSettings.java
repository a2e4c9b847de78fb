package io.safelight.testing;

import io.smallrye.config.SmallRyeConfig;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.PropertiesSource;
import org.apache.camel.support.PropertyBindingSupport;

/** What Quarkus does with the configuration for Camel, where there is no Quarkus. */
public final class CamelSettings {
    private static final String PREFIX = "camel.component.";

    private CamelSettings() {}

    /** Placeholders in routes and kamelets are looked up in the settings; an object on its way from the store is no more cached than it is there. */
    public static void addTo(CamelContext camel, SmallRyeConfig settings) {
        camel.getPropertiesComponent().addPropertiesSource(new PropertiesSource() {
            @Override
            public String getName() {
                return "config";
            }

            @Override
            public String getProperty(String name) {
                return settings.getOptionalValue(name, String.class).orElse(null);
            }
        });
        settings.getOptionalValue("camel.main.stream-caching-deny-classes", String.class).ifPresent(camel.getStreamCachingStrategy()::setDenyClasses);
    }

    /** What the settings say of Camel's components. @param which of them, by name */
    public static void configure(CamelContext camel, SmallRyeConfig settings, Predicate<String> which) {
        StreamSupport.stream(settings.getPropertyNames().spliterator(), false).filter(name -> name.startsWith(PREFIX)).forEach(name -> {
            String[] parts = name.split("\\.", 4);
            if (which.test(parts[2])) {
                PropertyBindingSupport.build().withIgnoreCase(true).withMandatory(true)
                        .bind(camel, camel.getComponent(parts[2], true, false), parts[3], settings.getValue(name, String.class));
            }
        });
    }
}

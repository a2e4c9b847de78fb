package io.safelight.camel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.safelight.catalog.Catalog;
import io.safelight.catalog.CatalogListener;
import io.safelight.config.SafelightConfig;
import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.intake.Spool;
import io.safelight.model.Decision;
import io.safelight.model.Event;
import io.safelight.model.Evidence;
import io.safelight.model.Fact;
import io.safelight.model.Format;
import io.safelight.model.Ids;
import io.safelight.model.Policy;
import io.safelight.store.Keys;
import io.safelight.store.ObjectStore;
import io.safelight.testing.TestDatabase;
import io.safelight.testing.TestStore;
import io.safelight.transform.Samples;
import io.safelight.validate.Inspector;
import io.safelight.validate.Rules;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An original of which it is not known whose it is would pass every rule that asks for accounts. */
class AdoptionTest {
    @TempDir
    Path folder;

    private final ObjectStore hidden = TestStore.newBucket();

    private static final class Accounts implements Policy {
        @Override
        public Decision decide(Evidence evidence) {
            return new Decision(Decision.Verdict.CLEAR, "toy");
        }

        @Override
        public boolean asksForAccounts() {
            return true;
        }
    }

    private Fact adopted(Policy policy, Map<String, String> metadata) throws Exception {
        Path file = Files.write(folder.resolve("photo"), Samples.encoded(Samples.quarters(64, 48), "jpeg"));
        UUID id = Ids.timeOrdered();
        hidden.put(Keys.raw(id), file, "image/jpeg", metadata);
        Catalog catalog = new Catalog(TestDatabase.create(), hidden, TestStore.newBucket(), policy, (image, variant, format) -> "", CatalogListener.NOBODY);
        Reconciling bean = new Reconciling(catalog, new Inspector(), new Rules(Set.of(Format.JPEG), 1 << 20, 1 << 24, 1000, 10),
                new SmallRyeConfigBuilder().addDiscoveredConverters().withMapping(SafelightConfig.class).build().getConfigMapping(SafelightConfig.class),
                new SimpleMeterRegistry());
        DefaultExchange exchange = new DefaultExchange(new DefaultCamelContext());
        new Work(new Spool(folder, 0)).begin(exchange);
        bean.mend(exchange, id.toString(), "adopt", "object-without-row", "never announced");
        return exchange.getMessage().getBody(Event.class).fact();
    }

    @Test
    void itIsLeftWhereARuleAsksForAccounts() {
        assertEquals(Code.CONFLICT, assertThrows(Rejected.class, () -> adopted(new Accounts(), Map.of("origin", "http"))).code());
    }

    @Test
    void itIsAdoptedWhereNoneDoesOrIngressHasWrittenWhoseItIs() throws Exception {
        adopted(evidence -> new Decision(Decision.Verdict.CLEAR, "toy"), Map.of("origin", "http"));
        assertEquals("eve", ((Fact.Accepted) adopted(new Accounts(), Map.of("origin", "http", "name", "unnamed", "account", "eve"))).account());
        adopted(new Accounts(), Map.of("origin", "http", "name", "unnamed"));
    }
}

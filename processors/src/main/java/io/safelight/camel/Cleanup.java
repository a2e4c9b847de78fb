package io.safelight.camel;

import io.safelight.intake.Spool;
import java.nio.file.Path;
import org.apache.camel.Exchange;
import org.apache.camel.support.SynchronizationAdapter;

/** Working files go when their exchange is done, however it ends. */
final class Cleanup {
    private Cleanup() {}

    static void whenDone(Exchange exchange, Path path) {
        exchange.getExchangeExtension().addOnCompletion(new SynchronizationAdapter() {
            @Override
            public void onDone(Exchange done) {
                Spool.delete(path);
            }
        });
    }
}

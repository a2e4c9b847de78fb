package io.safelight.camel;

import io.safelight.intake.Spool;
import io.safelight.trace.LogFields;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import org.apache.camel.Exchange;
import org.apache.camel.support.SynchronizationAdapter;

/**
 * The working folder of an exchange, gone when the exchange is done, however it ends. A step of the route itself and not
 * of a kamelet, because a kamelet works on a copy of the exchange whose end comes earlier.
 */
@Named("work")
@Singleton
public class Work {
    private static final String FOLDER = "work-folder";

    private final Spool spool;

    public Work(Spool spool) {
        this.spool = spool;
    }

    /** @throws io.safelight.error.Unavailable {@code busy} where the disk has no room for more work */
    public void begin(Exchange exchange) {
        Path folder = spool.newFolder();
        exchange.setProperty(FOLDER, folder);
        exchange.getExchangeExtension().addOnCompletion(new SynchronizationAdapter() {
            @Override
            public void onDone(Exchange done) {
                LogFields.TRACE.set(null);
                LogFields.IMAGE.set(null);
                Spool.delete(folder);
            }
        });
    }

    static Path folder(Exchange exchange) {
        Path folder = exchange.getProperty(FOLDER, Path.class);
        if (folder == null) {
            throw new IllegalStateException("The route has no working folder; put 'bean: {ref: work, method: begin}' first.");
        }
        return folder;
    }
}

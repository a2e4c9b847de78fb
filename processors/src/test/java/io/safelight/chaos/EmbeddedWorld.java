package io.safelight.chaos;

import io.safelight.embedded.Amqp;
import io.safelight.intake.Spool;
import io.safelight.it.SafelightProcess;
import io.safelight.model.Topology;
import io.safelight.testing.Ports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Everything in one process, which can be killed. */
final class EmbeddedWorld extends World {
    private static final String ALL = "safelight";

    private final int brokerPort;

    /** @param resume whether the data of an earlier run of the seed are kept */
    EmbeddedWorld(Path folder, long seed, boolean resume) throws IOException {
        super(folder);
        this.brokerPort = Ports.free();
        Map<String, String> settings = settings(home(folder));
        settings.put("safelight.broker.embedded-port", String.valueOf(brokerPort));
        settings.put("safelight.sftp.uri", "off");
        settings.put("JAVA_OPTS", "-Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1");
        // by its seed, so that another run leaves alone what this one may be gone on with
        add(ALL, resume ? SafelightProcess.again("chaos-embedded-" + seed, settings) : SafelightProcess.prepare("chaos-embedded-" + seed, settings));
    }

    /** Deletes the data of a run that nobody goes on with; the log stays. */
    void discard() {
        Spool.delete(process(ALL).data());
    }

    @Override
    String processOf(String group) {
        return ALL;
    }

    @Override
    List<Fault.Kind> kinds() {
        return List.of();
    }

    @Override
    Runnable begin(Fault fault) {
        process(ALL).kill9();
        return () -> launch(ALL);
    }

    @Override
    String brokerUri() throws IOException {
        return "amqp://safelight:" + Files.readString(process(ALL).data().resolve("broker/password")) + "@127.0.0.1:" + brokerPort + "/safelight";
    }

    @Override
    Path buckets() {
        return process(ALL).data().resolve("store/buckets");
    }

    @Override
    long messages() throws Exception {
        long messages = 0;
        try (var amqp = new Amqp(brokerUri())) {
            for (var work : Topology.Work.values()) {
                for (String queue : work.queues()) {
                    messages += amqp.ready(queue);
                }
            }
            return messages + amqp.ready(Topology.UNROUTED);
        }
    }
}

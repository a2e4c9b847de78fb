package io.safelight.app;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** What NVIDIA's driver says of the cards that this process sees, asked by {@code nvidia-smi}; only where models run on a card. */
final class GpuWatch implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(GpuWatch.class);
    private static final Duration EVERY = Duration.ofSeconds(15);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final List<String> ASK = List.of("nvidia-smi", "--query-gpu=index,utilization.gpu,memory.used,memory.total", "--format=csv,noheader,nounits");
    private static final int MEBI = 1 << 20;

    private final Callable<List<String>> ask;
    private final String node;
    private final MultiGauge busy;
    private final MultiGauge used;
    private final MultiGauge size;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().name("gpu-watch").factory());
    private volatile boolean answers = true;

    /** @param index as the driver counts @param used in MiB */
    record Card(String index, double percent, double used, double size) {
        /** A figure that a card does not have is written {@code [N/A]}. */
        static Card of(String line) {
            String[] parts = line.split(",\\s*");
            return new Card(parts[0].strip(), figure(parts[1]), figure(parts[2]), figure(parts[3]));
        }

        private static double figure(String text) {
            return text.strip().matches("\\d+(\\.\\d+)?") ? Double.parseDouble(text.strip()) : Double.NaN;
        }
    }

    /** @param node the machine's name */
    GpuWatch(MeterRegistry meters, String node) {
        this(meters, node, GpuWatch::askDriver);
        clock.scheduleWithFixedDelay(this::look, 0, EVERY.toSeconds(), TimeUnit.SECONDS);
    }

    /** @param ask the driver's lines, one a card */
    GpuWatch(MeterRegistry meters, String node, Callable<List<String>> ask) {
        this.ask = ask;
        this.node = node;
        busy = MultiGauge.builder("gpu.utilization.percent").description("Share of the last moment in which the card computed").register(meters);
        used = MultiGauge.builder("gpu.memory.used").description("Memory of the card that is in use").baseUnit("bytes").register(meters);
        size = MultiGauge.builder("gpu.memory.size").description("Memory of the card").baseUnit("bytes").register(meters);
        Gauge.builder("gpu.up", this, watch -> watch.answers ? 1 : 0).description("1 while the driver answers and has a card").tag("node", node).strongReference(true)
                .register(meters);
    }

    void look() {
        List<Card> cards;
        try {
            cards = ask.call().stream().filter(line -> !line.isBlank()).map(Card::of).toList();
        } catch (Exception e) {
            if (answers) {
                LOG.warnf("The card's driver does not answer (%s); look at the node, and whether nvidia-smi is in the image", e.getMessage());
            }
            cards = List.of();
        }
        answers = !cards.isEmpty();
        busy.register(cards.stream().<Row<?>>map(card -> row(card, card.percent)).toList(), true);
        used.register(cards.stream().<Row<?>>map(card -> row(card, card.used * MEBI)).toList(), true);
        size.register(cards.stream().<Row<?>>map(card -> row(card, card.size * MEBI)).toList(), true);
    }

    private Row<?> row(Card card, double value) {
        return Row.of(Tags.of("node", node, "gpu_index", card.index), value);
    }

    private static List<String> askDriver() throws IOException, InterruptedException {
        Process driver = new ProcessBuilder(ASK).redirectErrorStream(true).start();
        try {
            if (!driver.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException("nvidia-smi did not end");
            }
            String said = new String(driver.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (driver.exitValue() != 0) {
                throw new IOException(said.strip());
            }
            return said.lines().toList();
        } finally {
            driver.destroyForcibly();
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}

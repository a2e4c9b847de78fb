package io.safelight.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The driver's lines are as nvidia-smi writes them; there is no card here. */
class GpuWatchTest {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private List<String> lines = List.of("0, 37, 1024, 81559", "1, [N/A], 0, 81559");
    private final GpuWatch watch = new GpuWatch(meters, "node-7", () -> {
        if (lines == null) {
            throw new IOException("Driver/library version mismatch");
        }
        return lines;
    });

    @Test
    void tellsOfEachCard() {
        watch.look();
        assertEquals(37, gauge("gpu.utilization.percent", "0"));
        assertEquals(Double.NaN, gauge("gpu.utilization.percent", "1"), "not known is not idle");
        assertEquals(1L << 30, gauge("gpu.memory.used", "0"));
        assertEquals(81559L << 20, gauge("gpu.memory.size", "1"));
        assertEquals(1, meters.get("gpu.up").tag("node", "node-7").gauge().value());
    }

    @Test
    void aDriverThatDoesNotAnswerTellsNothingOfCards() {
        watch.look();
        for (List<String> none : java.util.Arrays.asList(null, List.<String>of(), List.of(""))) {
            lines = none;
            watch.look();
            assertEquals(0, meters.get("gpu.up").gauge().value());
            assertTrue(meters.find("gpu.utilization.percent").gauges().isEmpty(), "an old figure is none");
        }
    }

    private double gauge(String name, String card) {
        return meters.get(name).tags("node", "node-7", "gpu_index", card).gauge().value();
    }
}

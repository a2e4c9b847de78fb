package io.safelight.scale.backtest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.error.Rejected;
import io.safelight.model.Json;
import io.safelight.scale.Target;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BacktestTest {
    private static final Target TARGET = new Target(30, 1, Duration.ofMinutes(2));
    private static final int DAYS = 12;

    @TempDir
    Path folder;

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();

    @Test
    void tellsWhatEachWayCameTo() throws IOException {
        assertEquals(0, run(days().toString(), "--seeds", "2", "--messages-per-replica", "30"), said::toString);
        JsonNode json = Json.MAPPER.readTree(folder.resolve("out/days-30.json").toFile());
        assertEquals(Replay.WAYS, json.findValuesAsText("way"));
        assertTrue(said.toString(StandardCharsets.UTF_8).contains("predictive"), said::toString);
        String page = Files.readString(folder.resolve("out/days-30.html"));
        assertTrue(page.contains("<svg") && page.contains("<polyline"), page);
    }

    /** The burst comes every day at the same time: who has seen it come is ready for it. */
    @Test
    void forecastsSpareWaiting() throws IOException {
        Replay replay = Replay.of(Trace.read(days()), 1, TARGET);
        Outcome reactive = replay.outcome(Replay.REACTIVE);
        Outcome predictive = replay.outcome(Replay.PREDICTIVE);
        assertTrue(reactive.lateSeconds() > 0, reactive::toString);
        assertTrue(predictive.lateSeconds() < 0.6 * reactive.lateSeconds(), () -> predictive + " " + reactive);
    }

    /** Nothing can be forecast but the mean; without a budget it costs a quarter more than reactive scaling at this target. */
    @Test
    void whatCannotBeForecastCostsHardlyMoreThanReactiveScaling() {
        Trace noise = Trace.noise();
        Trace threeWeeks = new Trace(noise.name(), noise.start(), noise.step(), Arrays.copyOf(noise.rates(), 21 * 24 * 60));
        Replay replay = Replay.of(threeWeeks, 1, TARGET);
        Outcome reactive = replay.outcome(Replay.REACTIVE);
        Outcome predictive = replay.outcome(Replay.PREDICTIVE);
        assertTrue(predictive.replicaSeconds() <= 1.1 * reactive.replicaSeconds(), () -> predictive + " " + reactive);
        assertTrue(predictive.lateSeconds() < 0.6 * reactive.lateSeconds(), () -> predictive + " " + reactive);
    }

    @Test
    void theSameSeedComesToTheSame() throws IOException {
        Trace trace = Trace.read(days());
        assertEquals(Replay.of(trace, 3, TARGET).outcome(Replay.PREDICTIVE), Replay.of(trace, 3, TARGET).outcome(Replay.PREDICTIVE));
        assertArrayEquals(trace.arrivals(3), trace.arrivals(3));
    }

    @Test
    void arrivalsAreAsManyAsTheTraceSays() throws IOException {
        Trace trace = Trace.read(days());
        short[] arrivals = trace.arrivals(1);
        double arrived = IntStream.range(0, arrivals.length).map(i -> arrivals[i]).sum();
        double expected = Arrays.stream(trace.rates()).sum() * trace.step();
        assertEquals(expected, arrived, 5 * Math.sqrt(expected));
        assertEquals(Rules.PEAK, Arrays.stream(trace.rates()).max().orElseThrow(), 1e-9);
    }

    @Test
    void readsGzippedTracesAndAddsUpWhatIsOfTheSameMoment() throws IOException {
        Path file = folder.resolve("t.csv.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            StringBuilder text = new StringBuilder("period,count\n2026-01-01 00:00:00,3\n");
            for (int i = 0; i < 48; i++) {
                text.append("2026-01-%02d %02d:%02d:00,5\n".formatted(1 + i / 24, i % 24, 0));
            }
            out.write(text.toString().getBytes(StandardCharsets.UTF_8));
        }
        Trace trace = Trace.read(file);
        assertEquals(3_600, trace.step());
        assertEquals(40, trace.rates()[0], 1e-9);
        assertEquals(25, trace.rates()[1], 1e-9);
    }

    @Test
    void saysWhatIsWrongWithATrace() throws IOException {
        Path broken = Files.writeString(folder.resolve("broken.csv"), "a,b\n2026-01-01 00:00:00,1\nyesterday,2\n");
        assertTrue(assertThrows(Rejected.class, () -> Trace.read(broken)).getMessage().contains("line 3"));
        Path few = Files.writeString(folder.resolve("few.csv"), "a,b\n2026-01-01 00:00:00,1\n");
        assertTrue(assertThrows(Rejected.class, () -> Trace.read(few)).getMessage().contains("fewer than three"));
        Path negative = Files.writeString(folder.resolve("negative.csv"), "a,b\n2026-01-01 00:00:00,-1\n");
        assertTrue(assertThrows(Rejected.class, () -> Trace.read(negative)).getMessage().contains("line 2"));
    }

    @Test
    void saysWhatIsWrongWithACommand() {
        assertEquals(2, run());
        assertEquals(2, run("none.csv"));
        assertEquals(2, run("noise", "--seeds", "many"));
        assertEquals(2, run("noise", "--fast"));
        String text = said.toString(StandardCharsets.UTF_8);
        assertTrue(text.contains("wants a trace") && text.contains("none.csv cannot be read") && text.contains("--seeds wants") && text.contains("'--fast'"), text);
    }

    private int run(String... arguments) {
        return Backtest.run(new PrintStream(said, true, StandardCharsets.UTF_8), folder.resolve("out"), arguments);
    }

    /** Quiet days with a burst at noon. */
    private Path days() throws IOException {
        StringBuilder text = new StringBuilder("moment,count\n");
        LocalDateTime start = LocalDateTime.of(2026, 1, 1, 0, 0);
        for (int i = 0; i < DAYS * 288; i++) {
            int part = i % 288;
            text.append(start.plusMinutes(5L * i).toString().replace('T', ' ')).append(":00,").append(part >= 144 && part < 150 ? 1_000 : 50).append('\n');
        }
        return Files.writeString(folder.resolve("days.csv"), text);
    }
}

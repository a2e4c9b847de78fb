package io.safelight.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.model.State;
import io.safelight.testing.SharedData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Files that have broken decoders, and good ones of every kind, through the whole of the running application. */
class CorporaIT {
    private static final long MOST_MEMORY_KIB = 512 << 10;
    /** What nobody foresaw, as the log has it. */
    private static final Pattern UNFORESEEN = Pattern.compile("A decoder was lost|could not be worked on|OutOfMemoryError|StackOverflowError"
            + "|\\b(Runtime|NullPointer|Illegal\\w+|\\w*IndexOutOfBounds|ClassCast|Arithmetic|NegativeArraySize|Unchecked\\w*|Unsupported\\w*|ConcurrentModification)Exception\\b");
    private static final Set<State> ANSWERED = Set.of(State.PUBLISHED, State.REVIEW, State.BLOCKED, State.REJECTED);

    private static SafelightProcess safelight;
    private static SafelightClient client;

    /** KiB of each decoder that was seen, by its process id. */
    private final Map<Long, Long> memory = new TreeMap<>();

    @BeforeAll
    static void start() {
        safelight = SafelightProcess.start("corpora", Map.of("safelight.sftp.uri", "off"));
        client = safelight.client();
    }

    @AfterAll
    static void end() {
        safelight.close();
    }

    @Test
    void everyFileIsPublishedOrRefusedByNameAndNothingCrashes() {
        Map<String, String> ids = new HashMap<>();
        Map<String, Integer> refused = new TreeMap<>();
        Set<Path> wrong = new HashSet<>();
        List<Path> files = Stream.of("decoder-seeds", "exif", "pngsuite", "truncated").flatMap(folder -> SharedData.files("corpora/" + folder).stream())
                .filter(file -> !file.toString().endsWith(".md") && !file.toString().endsWith(".txt")).toList();
        for (Path file : files) {
            HttpResponse<byte[]> answer = client.uploadRaw(read(file), "application/octet-stream");
            lookAtDecoders();
            if (answer.statusCode() == 202) {
                ids.put(SafelightClient.json(answer).at("/images/0/id").asText(), file.toString());
                if (isBroken(file)) {
                    wrong.add(file);
                }
            } else {
                String code = SafelightClient.json(answer).path("code").asText();
                assertTrue(answer.statusCode() >= 400 && answer.statusCode() < 500 && !code.isEmpty(), () -> file + ": " + SafelightClient.text(answer));
                refused.merge(code, 1, Integer::sum);
            }
        }
        Map<State, Set<String>> ended = awaitEnd(ids.keySet());

        assertEquals(0, client.getJson("/api/dead-letters").path("deadLetters").size(), "dead letters");
        wrong.removeIf(file -> ended.get(State.REJECTED).stream().anyMatch(id -> ids.get(id).equals(file.toString())));
        assertEquals(Set.of(), wrong, "broken files that are shown");
        assertTrue(safelight.isAlive());
        assertEquals(List.of(), safelight.logLines().stream().filter(line -> UNFORESEEN.matcher(line).find()).toList());
        long most = memory.values().stream().mapToLong(Long::longValue).max().orElse(0);
        System.out.printf("Of %d files %d were refused at the upload %s; of the rest %s; slowest rendering %d ms; most memory of %d decoders %d MiB%n", files.size(),
                files.size() - ids.size(), refused, counts(ended), slowest(ids.keySet()), memory.size(), most >> 10);
        if (System.getProperty("os.name").equals("Linux")) {
            assertTrue(most > 0, "no decoder was seen");
            assertTrue(most < MOST_MEMORY_KIB, () -> "a decoder took " + most + " KiB: " + memory);
        }
    }

    /** Broken on purpose, all of them: what PngSuite says of its files that begin with x, and an upload that broke off. */
    private static boolean isBroken(Path file) {
        return file.getFileName().toString().matches("x.*\\.png") || file.toString().contains("truncated");
    }

    private Map<State, Set<String>> awaitEnd(Set<String> ids) {
        Map<State, Set<String>> ended = new TreeMap<>();
        Awaitility.await("every file to come to an end; the log is " + safelight.log()).atMost(Duration.ofMinutes(10)).pollInterval(Duration.ofSeconds(1)).until(() -> {
            lookAtDecoders();
            int count = 0;
            for (State state : ANSWERED) {
                Set<String> there = client.idsIn(state);
                there.retainAll(ids);
                ended.put(state, there);
                count += there.size();
            }
            assertEquals(Set.of(), client.idsIn(State.FAILED), "dead letters");
            return count == ids.size();
        });
        return ended;
    }

    private static Map<State, Integer> counts(Map<State, Set<String>> ended) {
        Map<State, Integer> counts = new TreeMap<>();
        ended.forEach((state, ids) -> counts.put(state, ids.size()));
        return counts;
    }

    private static int slowest(Set<String> ids) {
        int slowest = 0;
        for (String id : ids) {
            for (JsonNode entry : client.getJson("/api/images/" + id + "/timeline").path("entries")) {
                if (entry.path("name").asText().equals("process") && entry.path("kind").asText().equals("work")) {
                    slowest = Math.max(slowest, entry.path("ms").asInt());
                }
            }
        }
        return slowest;
    }

    /** Notes how much each that lives was resident at its peak, as Linux tells: one that has ended by the end is counted too. */
    private void lookAtDecoders() {
        for (ProcessHandle decoder : safelight.decoders()) {
            try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(decoder.pid()), "status"))) {
                lines.filter(line -> line.startsWith("VmHWM")).forEach(line -> memory.put(decoder.pid(), Long.parseLong(line.replaceAll("\\D", ""))));
            } catch (IOException | UncheckedIOException e) {
                // it ended just now
            }
        }
    }

    @Test
    void aHandfulOfBytesThatClaimsToBeHugeIsRefused() throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        png.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
        byte[] header = ByteBuffer.allocate(17).put("IHDR".getBytes(StandardCharsets.US_ASCII)).putInt(786_464).putInt(32)
                .put(new byte[] {16, 6, 0, 0, 1}).array();
        CRC32 crc = new CRC32();
        crc.update(header);
        png.writeBytes(ByteBuffer.allocate(25).putInt(13).put(header).putInt((int) crc.getValue()).array());
        png.writeBytes(new byte[8]);
        assertEquals(41, png.size());

        HttpResponse<byte[]> answer = client.uploadRaw(png.toByteArray(), "image/png");

        assertEquals(422, answer.statusCode());
        assertEquals("too-many-pixels", SafelightClient.json(answer).path("code").asText());
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

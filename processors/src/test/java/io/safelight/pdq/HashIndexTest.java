package io.safelight.pdq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.pdq.HashIndex.Match;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HashIndexTest {
    private final HashIndex index = new HashIndex();

    static PdqHash random(Random random) {
        return new PdqHash(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong());
    }

    /** Differs in exactly so many bits. */
    static PdqHash changed(PdqHash hash, int bits, Random random) {
        long[] words = {hash.first(), hash.second(), hash.third(), hash.fourth()};
        List<Integer> all = new ArrayList<>(IntStream.range(0, 256).boxed().toList());
        for (int i = 0; i < bits; i++) {
            int bit = all.remove(random.nextInt(all.size()));
            words[bit / 64] ^= 1L << bit;
        }
        return new PdqHash(words[0], words[1], words[2], words[3]);
    }

    /** Differs in so many bits, dealt out to the slices in turn. */
    private static PdqHash spread(PdqHash hash, int bits) {
        long[] words = {hash.first(), hash.second(), hash.third(), hash.fourth()};
        for (int i = 0; i < bits; i++) {
            int slice = i % 16;
            words[slice / 4] ^= 1L << 16 * (slice % 4) + i / 16 * 5;
        }
        return new PdqHash(words[0], words[1], words[2], words[3]);
    }

    private record Stored(long id, PdqHash hash) {}

    private static List<Match> bruteForce(List<Stored> stored, PdqHash query, int most) {
        return stored.stream().map(s -> new Match(s.id, s.hash, s.hash.distance(query))).filter(m -> m.distance() <= most)
                .sorted(Comparator.comparingInt(Match::distance).thenComparingLong(Match::id)).toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void findsWhatLookingAtEachFindsWhileHashesComeAndGo(int seed) {
        Random random = new Random(seed);
        List<Stored> stored = new ArrayList<>();
        int found = 0;
        for (int step = 0; step < 3_000; step++) {
            if (!stored.isEmpty() && random.nextInt(4) == 0) {
                Stored gone = stored.remove(random.nextInt(stored.size()));
                assertTrue(index.remove(gone.id, gone.hash));
            } else {
                PdqHash hash = stored.isEmpty() || random.nextBoolean() ? random(random)
                        : changed(stored.get(random.nextInt(stored.size())).hash, random.nextInt(45), random);
                stored.add(new Stored(step, hash));
                assertTrue(index.add(step, hash));
            }
            if (step % 10 == 0 && !stored.isEmpty()) {
                PdqHash query = changed(stored.get(random.nextInt(stored.size())).hash, random.nextInt(40), random);
                int most = random.nextInt(HashIndex.MOST_DISTANCE + 1);
                List<Match> expected = bruteForce(stored, query, most);
                assertEquals(expected, index.within(query, most));
                assertEquals(expected.stream().findFirst(), index.nearest(query, most));
                found += expected.size();
            }
            assertEquals(stored.size(), index.size());
        }
        assertTrue(found > 100, "only " + found + " were to be found");
    }

    /** The hardest to find: differences dealt out evenly leave no slice untouched. */
    @Test
    void findsEveryDistanceHoweverTheDifferencesLie() {
        PdqHash hash = random(new Random(4));
        index.add(1, hash);
        for (int distance = 0; distance <= HashIndex.MOST_DISTANCE; distance++) {
            for (PdqHash query : List.of(spread(hash, distance), changed(hash, distance, new Random(distance)))) {
                assertEquals(List.of(new Match(1, hash, distance)), index.within(query, distance));
                assertEquals(List.of(), distance == 0 ? List.of() : index.within(query, distance - 1));
            }
        }
        assertEquals(Optional.empty(), index.nearest(spread(hash, 32), 31));
    }

    @Test
    void sameHashesOfSeveralOwnersAreAllFoundAndGoOneByOne() {
        PdqHash hash = random(new Random(5));
        for (long id : new long[] {7, Long.MAX_VALUE, -3}) {
            assertTrue(index.add(id, hash));
        }

        assertFalse(index.add(7, hash), "it is a set");
        assertEquals(List.of(-3L, 7L, Long.MAX_VALUE), index.within(hash, 0).stream().map(Match::id).toList());
        assertEquals(-3, index.nearest(hash, 31).orElseThrow().id());

        assertTrue(index.remove(-3, hash));
        assertFalse(index.remove(-3, hash));
        assertFalse(index.remove(8, hash));
        assertFalse(index.remove(7, changed(hash, 1, new Random(1))));
        assertEquals(List.of(7L, Long.MAX_VALUE), index.within(hash, 31).stream().map(Match::id).toList());
    }

    @Test
    void anEmptyIndexFindsNothing() {
        assertEquals(Optional.empty(), index.nearest(random(new Random(1)), 31));
        assertEquals(0, index.size());
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 32})
    void whatCannotBeLookedForExactlyIsRefused(int most) {
        assertThrows(IllegalArgumentException.class, () -> index.nearest(random(new Random(1)), most));
    }

    @Test
    void lookupsGoOnWhileHashesComeAndGo() throws Exception {
        Random random = new Random(6);
        PdqHash stays = random(random);
        index.add(0, stays);
        CountDownLatch begun = new CountDownLatch(2);
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            List<Future<?>> readers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                readers.add(threads.submit(() -> {
                    for (int n = 0; n < 2_000; n++) {
                        assertEquals(0, index.nearest(stays, 0).orElseThrow().id());
                        begun.countDown();
                    }
                }));
            }
            Future<?> writer = threads.submit(() -> {
                begun.await();
                for (int n = 1; n < 2_000; n++) {
                    index.add(n, changed(stays, 1 + n % 3, random));
                }
                return null;
            });
            for (Future<?> reader : readers) {
                reader.get();
            }
            writer.get();
        }
        assertEquals(2_000, index.size());
    }
}

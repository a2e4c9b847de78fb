package io.safelight.pdq;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * A set of hashes, each with a number of its owner's, in which those near another are found: all of them, by multi-index hashing.
 *
 * <p>A hash is cut into 16 slices of 16 bits, and for each slice stands in the list of those that have the same there. Two hashes that differ in at
 * most 31 bits have a slice in which they differ in at most one, so that only 17 lists a slice need be looked through: of a million hashes
 * that look like chance, some 4,000 are compared. Source: Norouzi, Punjani, Fleet, "Fast Exact Search in Hamming Space with Multi-Index Hashing", 2013.
 *
 * <p>Memory: 4 MiB, and some 150 bytes for each hash. Hashes that are all alike in a slice, as many copies of one picture are, make for longer lists.
 * Safe for any number of threads: lookups run side by side, changes alone. A change takes some microseconds.
 */
public final class HashIndex {
    /** The largest distance that can be asked for. */
    public static final int MOST_DISTANCE = 31;

    private static final int SLICES = 16;
    private static final int SLICE_BITS = 16;
    private static final int WORDS = 4;
    private static final int FIRST_CAPACITY = 64;
    private static final int NONE = -1;

    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    /** By slice and its value: how many places follow, the places, and room. */
    private final int[][][] lists = new int[SLICES][1 << SLICE_BITS][];
    private long[] words = new long[WORDS * FIRST_CAPACITY];
    /** By place. That of a place that is free is the next free one. */
    private long[] ids = new long[FIRST_CAPACITY];
    private int places;
    private int free = NONE;
    private int size;

    public record Match(long id, PdqHash hash, int distance) {}

    private interface Found {
        void at(int place, int distance);
    }

    /** @return whether it was not in there, with this id */
    public boolean add(long id, PdqHash hash) {
        return locked(lock.writeLock(), () -> {
            if (place(id, hash) != NONE) {
                return false;
            }
            int place = vacancy();
            ids[place] = id;
            words[WORDS * place] = hash.first();
            words[WORDS * place + 1] = hash.second();
            words[WORDS * place + 2] = hash.third();
            words[WORDS * place + 3] = hash.fourth();
            for (int s = 0; s < SLICES; s++) {
                int[][] ofSlice = lists[s];
                int value = slice(hash, s);
                ofSlice[value] = with(ofSlice[value], place);
            }
            size++;
            return true;
        });
    }

    /** @return whether it was in there, with this id */
    public boolean remove(long id, PdqHash hash) {
        return locked(lock.writeLock(), () -> {
            int place = place(id, hash);
            if (place == NONE) {
                return false;
            }
            for (int s = 0; s < SLICES; s++) {
                int[][] ofSlice = lists[s];
                int value = slice(hash, s);
                ofSlice[value] = without(ofSlice[value], place);
            }
            ids[place] = free;
            free = place;
            size--;
            return true;
        });
    }

    public int size() {
        return locked(lock.readLock(), () -> size);
    }

    /**
     * The nearest that differs in at most {@code most} bits; of several, that of the lowest id.
     *
     * @param most 0..31; the less, the quicker
     */
    public Optional<Match> nearest(PdqHash hash, int most) {
        return locked(lock.readLock(), () -> {
            int[] best = {NONE, MOST_DISTANCE + 1};
            search(hash, most, (place, distance) -> {
                if (distance < best[1] || distance == best[1] && ids[place] < ids[best[0]]) {
                    best[0] = place;
                    best[1] = distance;
                }
            });
            return best[0] == NONE ? Optional.empty() : Optional.of(match(best[0], best[1]));
        });
    }

    /**
     * All that differ in at most {@code most} bits, the nearest first, those equally near by their ids.
     *
     * @param most 0..31; the less, the quicker
     */
    public List<Match> within(PdqHash hash, int most) {
        return locked(lock.readLock(), () -> {
            List<Match> matches = new ArrayList<>();
            search(hash, most, (place, distance) -> matches.add(match(place, distance)));
            matches.sort(Comparator.comparingInt(Match::distance).thenComparingLong(Match::id));
            return matches;
        });
    }

    /** Finds each once. */
    private void search(PdqHash hash, int most, Found found) {
        if (most < 0 || most > MOST_DISTANCE) {
            throw new IllegalArgumentException("a distance of 0 to %d can be looked for, not %d".formatted(MOST_DISTANCE, most));
        }
        int[] candidates = new int[FIRST_CAPACITY];
        for (int s = 0; s < SLICES; s++) {
            int tolerance = tolerance(most, s);
            int value = slice(hash, s);
            int count = 0;
            for (int probe = 0; probe <= SLICE_BITS * tolerance; probe++) {
                int[] list = lists[s][probe == 0 ? value : value ^ 1 << probe - 1];
                if (list != null) {
                    candidates = count + list[0] <= candidates.length ? candidates : Arrays.copyOf(candidates, 2 * (count + list[0]));
                    System.arraycopy(list, 1, candidates, count, list[0]);
                    count += list[0];
                }
            }
            compare(candidates, count, hash, most, s, found);
        }
    }

    /** In a loop of nothing else, so that the processor waits for many of them at a time: they lie anywhere in memory. */
    private void compare(int[] candidates, int count, PdqHash hash, int most, int slice, Found found) {
        for (int i = 0; i < count; i++) {
            int at = WORDS * candidates[i];
            int distance = Long.bitCount(words[at] ^ hash.first()) + Long.bitCount(words[at + 1] ^ hash.second())
                    + Long.bitCount(words[at + 2] ^ hash.third()) + Long.bitCount(words[at + 3] ^ hash.fourth());
            if (distance <= most && !foundBefore(slice, candidates[i], hash, most)) {
                found.at(candidates[i], distance);
            }
        }
    }

    private boolean foundBefore(int slice, int place, PdqHash hash, int most) {
        PdqHash other = hash(place);
        for (int s = 0; s < slice; s++) {
            if (Integer.bitCount(slice(hash, s) ^ slice(other, s)) <= tolerance(most, s)) {
                return true;
            }
        }
        return false;
    }

    /**
     * In how many bits this slice of a match may differ for the match to be looked for in it, or −1: one more than the most differences are
     * dealt out to the slices in turn, so that in at least one slice there are fewer than were dealt to it.
     */
    private static int tolerance(int most, int slice) {
        return (most + SLICES - slice) / SLICES - 1;
    }

    private static int slice(PdqHash hash, int slice) {
        long word = switch (slice / WORDS) {
            case 0 -> hash.first();
            case 1 -> hash.second();
            case 2 -> hash.third();
            default -> hash.fourth();
        };
        return (int) (word >>> SLICE_BITS * (slice % WORDS)) & 0xffff;
    }

    private int place(long id, PdqHash hash) {
        int[] list = lists[0][slice(hash, 0)];
        for (int i = 1; list != null && i <= list[0]; i++) {
            if (ids[list[i]] == id && hash(list[i]).equals(hash)) {
                return list[i];
            }
        }
        return NONE;
    }

    private PdqHash hash(int place) {
        int at = WORDS * place;
        return new PdqHash(words[at], words[at + 1], words[at + 2], words[at + 3]);
    }

    private Match match(int place, int distance) {
        return new Match(ids[place], hash(place), distance);
    }

    private int vacancy() {
        if (free != NONE) {
            int place = free;
            free = (int) ids[place];
            return place;
        }
        if (places == ids.length) {
            int capacity = places + places / 2;
            words = Arrays.copyOf(words, Math.multiplyExact(WORDS, capacity));
            ids = Arrays.copyOf(ids, capacity);
        }
        return places++;
    }

    private static int[] with(int[] list, int place) {
        if (list == null) {
            return new int[] {1, place};
        }
        int count = ++list[0];
        int[] roomy = count < list.length ? list : Arrays.copyOf(list, count + count / 2);
        roomy[count] = place;
        return roomy;
    }

    private static int[] without(int[] list, int place) {
        if (list[0] == 1) {
            return null;
        }
        int i = 1;
        while (list[i] != place) {
            i++;
        }
        list[i] = list[list[0]--];
        return list;
    }

    private static <T> T locked(Lock lock, Supplier<T> work) {
        lock.lock();
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }
}

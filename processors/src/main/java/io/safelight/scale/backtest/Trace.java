package io.safelight.scale.backtest;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;

/**
 * A recorded load, scaled so that its peak keeps {@link Rules#PEAK} replicas busy.
 *
 * @param start seconds since the epoch
 * @param step  seconds
 * @param rates images per second in each step; what a trace leaves out is none
 */
record Trace(String name, long start, int step, double[] rates) {
    private static final int DAY = 86_400;
    private static final int MOST_SECONDS = 400 * DAY;

    /** @param file lines of {@code yyyy-mm-dd hh:mm:ss,count} below a line of names, also gzipped; counts of the same moment are added up */
    static Trace read(Path file) {
        TreeMap<Long, Double> counts = new TreeMap<>();
        int line = 1;
        try (InputStream bytes = Files.newInputStream(file);
             var lines = new BufferedReader(new InputStreamReader(file.toString().endsWith(".gz") ? new GZIPInputStream(bytes) : bytes, StandardCharsets.UTF_8))) {
            lines.readLine();
            for (String text = lines.readLine(); text != null; text = lines.readLine()) {
                line++;
                if (!text.isBlank()) {
                    String[] fields = text.split(",", -1);
                    double count = Double.parseDouble(fields[1].trim());
                    require(count >= 0 && count < 1e15, file, "line %d has a count that is none: %s".formatted(line, fields[1]));
                    counts.merge(LocalDateTime.parse(fields[0].trim().replace(' ', 'T')).toEpochSecond(ZoneOffset.UTC), count, Double::sum);
                }
            }
        } catch (IOException e) {
            throw new Rejected(Code.MALFORMED_REQUEST, "The trace %s cannot be read; name a CSV file, gzipped where its name ends in .gz.".formatted(file), e);
        } catch (DateTimeException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
            throw new Rejected(Code.MALFORMED_REQUEST, "The trace %s has a line %d that is not like '2026-03-01 12:00:00,17'.".formatted(file, line), e);
        }
        require(counts.size() > 2, file, "it has fewer than three lines of numbers");
        int step = step(counts);
        long seconds = counts.lastKey() - counts.firstKey() + step;
        require(step % Rules.POLL == 0, file, "its steps are of %d s, and no multiple of %d s".formatted(step, Rules.POLL));
        require(seconds >= DAY && seconds <= MOST_SECONDS, file, "it is not between a day and 400 days long");
        double[] rates = new double[(int) (seconds / step)];
        counts.forEach((at, count) -> rates[(int) ((at - counts.firstKey()) / step)] += count);
        return scaled(file.getFileName().toString(), counts.firstKey(), step, rates);
    }

    /** Ten weeks in which no minute tells anything about the next: nothing can be forecast but the mean. */
    static Trace noise() {
        Random random = new Random(1);
        double[] rates = random.doubles(70L * DAY / 60).map(x -> Math.exp(Math.min(1.5, random.nextGaussian() / 2))).toArray();
        return scaled("noise", 0, 60, rates);
    }

    private static Trace scaled(String name, long start, int step, double[] counts) {
        double peak = Arrays.stream(counts).max().orElseThrow();
        require(peak > 0, Path.of(name), "nothing ever came");
        return new Trace(name, start, step, Arrays.stream(counts).map(count -> count * Rules.PEAK / peak).toArray());
    }

    /** The most frequent distance of two lines. */
    private static int step(TreeMap<Long, Double> counts) {
        Map<Long, Integer> distances = new HashMap<>();
        Long before = null;
        for (Long at : counts.keySet()) {
            if (before != null) {
                distances.merge(at - before, 1, Integer::sum);
            }
            before = at;
        }
        long step = distances.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
        return (int) Math.min(DAY, step);
    }

    private static void require(boolean right, Path file, String fault) {
        if (!right) {
            throw new Rejected(Code.MALFORMED_REQUEST, "The trace %s cannot be used: %s.".formatted(file, fault));
        }
    }

    int seconds() {
        return rates.length * step;
    }

    /** @return the second from which on it counts */
    int warm() {
        return Math.min(Rules.WARM_UP, seconds() / 5) / Rules.POLL * Rules.POLL;
    }

    /** @return images that arrive in each second: by Poisson's law (Knuth, The Art of Computer Programming, 3.4.1) */
    short[] arrivals(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        short[] arrivals = new short[seconds()];
        for (int i = 0; i < rates.length; i++) {
            double limit = Math.exp(-rates[i]);
            for (int second = i * step; second < (i + 1) * step; second++) {
                short count = 0;
                for (double product = random.nextDouble(); product > limit; product *= random.nextDouble()) {
                    count++;
                }
                arrivals[second] = count;
            }
        }
        return arrivals;
    }
}

package io.safelight.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The command line.
 *
 * @param photos  JPEG and PNG files, by name; none where nothing is to be done with them
 * @param only    what is not left out; empty for all there is
 * @param uploads how many, where their number is the point
 */
record Options(int rounds, List<Path> photos, String only, int uploads) {
    static final String JPEG = "jpeg";
    static final String CPU = "cpu";
    static final String SERIES = "series";

    private static final int UPLOADS = 10_000;
    private static final Path PHOTOS = Path.of("../shared/data/photos");
    private static final String TASK_S = "task-s-2725x2225.jpg";

    static Options parse(String[] args, int defaultRounds) throws IOException {
        int rounds = defaultRounds;
        Path folder = PHOTOS;
        String only = "";
        int uploads = UPLOADS;
        for (int i = 0; i < args.length; i += 2) {
            String value = i + 1 < args.length ? args[i + 1] : "";
            switch (args[i]) {
                case "--rounds" -> rounds = value.matches("[1-9][0-9]{0,3}") ? Integer.parseInt(value) : fail("--rounds wants a number from 1 on");
                case "--photos" -> folder = Path.of(value);
                case "--only" -> only = List.of(JPEG, CPU, SERIES).contains(value) ? value
                        : "" + fail("--only knows 'jpeg' for the pipeline, 'cpu' and 'series' for the overhead, not '" + value + "'");
                case "--uploads" -> uploads = value.matches("[1-9][0-9]{0,5}") ? Integer.parseInt(value) : fail("--uploads wants a number from 1 on");
                default -> fail("bench takes --rounds N, --photos DIR, --uploads N and --only WHAT, not '" + args[i] + "'");
            }
        }
        if (only.equals(SERIES)) {
            return new Options(rounds, List.of(), only, uploads);
        }
        if (!Files.isDirectory(folder)) {
            fail("There is no folder " + folder + " with photographs to measure with; name one with --photos DIR.");
        }
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> photos = files.filter(f -> f.toString().matches(".*\\.(jpe?g|png)")).sorted().toList();
            if (photos.isEmpty()) {
                fail("There is no JPEG or PNG in " + folder + "; name another folder with --photos DIR.");
            }
            return new Options(rounds, photos, only, uploads);
        }
    }

    boolean onlyJpeg() {
        return only.equals(JPEG);
    }

    /** The input of the best-known public resize benchmark, or else the largest JPEG. */
    Path taskS() {
        return photos.stream().filter(f -> f.endsWith(TASK_S)).findFirst()
                .or(() -> photos.stream().filter(f -> !f.toString().endsWith(".png")).max((a, b) -> Long.compare(a.toFile().length(), b.toFile().length())))
                .orElseGet(photos::getFirst);
    }

    List<Path> cameras() {
        List<Path> cameras = photos.stream().filter(f -> f.getFileName().toString().startsWith("camera")).toList();
        return cameras.isEmpty() ? photos : cameras;
    }

    static int fail(String sentence) {
        System.err.println("safelight: " + sentence);
        System.exit(1);
        return 0;
    }
}

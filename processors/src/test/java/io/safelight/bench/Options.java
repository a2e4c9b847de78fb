package io.safelight.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The command line. @param photos JPEG and PNG files, by name @param onlyJpeg whether the sides that make other formats are left out */
record Options(int rounds, List<Path> photos, boolean onlyJpeg) {
    private static final Path PHOTOS = Path.of("../shared/data/photos");
    private static final String TASK_S = "task-s-2725x2225.jpg";

    static Options parse(String[] args, int defaultRounds) throws IOException {
        int rounds = defaultRounds;
        Path folder = PHOTOS;
        boolean onlyJpeg = false;
        for (int i = 0; i < args.length; i += 2) {
            String value = i + 1 < args.length ? args[i + 1] : "";
            switch (args[i]) {
                case "--rounds" -> rounds = value.matches("[1-9][0-9]{0,3}") ? Integer.parseInt(value) : fail("--rounds wants a number from 1 on");
                case "--photos" -> folder = Path.of(value);
                case "--only" -> onlyJpeg = value.equals("jpeg") || fail("--only knows 'jpeg', not '" + value + "'") == 1;
                default -> fail("bench takes --rounds N, --photos DIR and --only jpeg, not '" + args[i] + "'");
            }
        }
        if (!Files.isDirectory(folder)) {
            fail("There is no folder " + folder + " with photographs to measure with; name one with --photos DIR.");
        }
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> photos = files.filter(f -> f.toString().matches(".*\\.(jpe?g|png)")).sorted().toList();
            if (photos.isEmpty()) {
                fail("There is no JPEG or PNG in " + folder + "; name another folder with --photos DIR.");
            }
            return new Options(rounds, photos, onlyJpeg);
        }
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

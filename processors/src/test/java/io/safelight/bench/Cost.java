package io.safelight.bench;

import java.util.List;
import java.util.function.Supplier;

/** @param cpu  seconds of user and system time, all threads @param wall seconds */
record Cost(int images, double cpu, double wall) {
    /** That three passes cost less than the three before, while a JVM goes on compiling. */
    private static final double SETTLED = 0.98;

    /** @param passes what each cost */
    static boolean settled(List<Double> passes) {
        int made = passes.size();
        return made >= 6 && Report.median(passes.subList(made - 3, made)) >= SETTLED * Report.median(passes.subList(made - 6, made - 3));
    }

    /** @param cpu seconds of whoever does the work, since they began */
    static Cost of(int images, Supplier<Double> cpu, Runnable work) {
        double before = cpu.get();
        long start = System.nanoTime();
        work.run();
        double wall = (System.nanoTime() - start) / 1e9;
        return new Cost(images, cpu.get() - before, wall);
    }

    double cpuMillisPerImage() {
        return 1000 * cpu / images;
    }

    double imagesPerCpuSecond() {
        return images / cpu;
    }

    double imagesPerSecond() {
        return images / wall;
    }
}

package io.safelight.bench;

import java.util.function.Supplier;

/** @param cpu  seconds of user and system time, all threads @param wall seconds */
record Cost(int images, double cpu, double wall) {
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

package io.safelight.bench;

/** @param cpu  seconds of user and system time, all threads @param wall seconds */
record Cost(int images, double cpu, double wall) {
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

package io.safelight.bench;

import java.time.Instant;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Whose the CPU time of some processes was between two readings: all of it, in seconds, by process and owner. */
final class Shares {
    private final Instant from;
    private final Instant to;
    private final Map<String, Map<Owner, Double>> cpu = new LinkedHashMap<>();
    private final Map<String, Owner> rest = new HashMap<>();

    /**
     * @param cpu  seconds of a process or of some, since they began
     * @param jvm  the same of each thread of the JVM's own, by its id
     * @param rest whose everything is that neither such a thread nor a sample stands for
     */
    record Reading(double cpu, Map<Long, Double> jvm, Owner rest) {
        double jvmSince(Reading before) {
            return jvm.entrySet().stream().mapToDouble(thread -> thread.getValue() - before.jvm.getOrDefault(thread.getKey(), 0.0)).sum();
        }
    }

    Shares(Instant from, Map<String, Reading> before, Instant to, Map<String, Reading> after) {
        this.from = from;
        this.to = to;
        after.forEach((process, reading) -> {
            double jvm = reading.jvmSince(before.get(process));
            cpu.put(process, new EnumMap<>(Map.of(Owner.JVM, jvm, reading.rest, reading.cpu - before.get(process).cpu - jvm)));
            rest.put(process, reading.rest);
        });
    }

    /** Leaves out what was sampled at other times. */
    void add(String process, Collection<Profiler.Sample> samples) {
        samples.stream().filter(sample -> !sample.at().isBefore(from) && sample.at().isBefore(to)).forEach(sample -> {
            cpu.get(process).merge(sample.owner(), sample.cpu(), Double::sum);
            cpu.get(process).merge(rest.get(process), -sample.cpu(), Double::sum);
        });
    }

    Set<String> processes() {
        return cpu.keySet();
    }

    double of(String process, Predicate<Owner> owners) {
        return cpu.get(process).entrySet().stream().filter(one -> owners.test(one.getKey())).mapToDouble(Map.Entry::getValue).sum();
    }

    double of(Predicate<Owner> owners) {
        return processes().stream().mapToDouble(process -> of(process, owners)).sum();
    }
}

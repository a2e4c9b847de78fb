package io.safelight.bench;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Whose code a stack shows: that of the innermost frame that anybody here owns. The JDK's classes, JSON and logs count for whoever called them. */
enum Owner {
    CAMEL("Camel", "org.apache.camel."),
    AMQP("AMQP", "org.springframework.", "com.rabbitmq."),
    SQL("SQL", "org.postgresql.", "java.sql.", "io.agroal.", "io.quarkus.agroal.", "com.arjuna."),
    S3("S3", "software.amazon.awssdk.", "org.apache.http.", "io.safelight.store."),
    IMAGES("images", "io.safelight.decode.", "io.safelight.transform.", "io.safelight.pdq."),
    MODEL("model", "ai.djl.", "ai.onnxruntime.", "io.safelight.moderate."),
    HTTP("HTTP, Quarkus", "io.vertx.", "io.netty.", "io.quarkus."),
    /** Its compilers, collectors and the profiler: threads that are not sampled, and known by their names. */
    JVM("the JVM itself", "jdk.jfr."),
    OURS("the rest of ours", "io.safelight."),
    OTHER("nobody of these"),
    /** What a process that is not a decoder used beyond all samples: threads without Java, samples that were lost, threads that ended too soon for one. */
    UNSEEN("not sampled");

    /** What carries an image from step to step, and does nothing to it. */
    static final Set<Owner> CARRIERS = Set.of(CAMEL, AMQP, SQL, S3);

    final String words;
    private final List<String> packages;

    Owner(String words, String... packages) {
        this.words = words;
        this.packages = List.of(packages);
    }

    /** @param classes of the stack's frames, the innermost first */
    static Owner of(List<String> classes) {
        return classes.stream().flatMap(name -> Stream.of(values()).filter(owner -> owner.packages.stream().anyMatch(name::startsWith)).limit(1))
                .findFirst().orElse(OTHER);
    }
}

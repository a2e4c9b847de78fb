package io.safelight.camel.check;

import io.safelight.config.Finding;
import java.util.function.Consumer;

/** Settings of brokers and SFTP whose defaults lose messages or trust strangers. */
final class Transports implements Rule {
    @Override
    public void check(Project project, Consumer<Finding> findings) {
        for (Block block : project.blocks()) {
            for (Endpoint endpoint : block.endpoints()) {
                switch (endpoint.scheme()) {
                    case "spring-rabbitmq" -> rabbit(endpoint, block.kind(), findings);
                    case "sftp" -> sftp(endpoint, findings);
                    default -> { }
                }
            }
        }
    }

    private static void rabbit(Endpoint endpoint, Block.Kind kind, Consumer<Finding> findings) {
        if (kind != Block.Kind.TEMPLATE) {
            findings.accept(endpoint.uri().fault("spring-rabbitmq outside a kamelet", "Use kamelet:queue-source or kamelet:event-publish-sink, which set it up."));
        }
        if (endpoint.isSource()) {
            must(endpoint, "autoDeclare", "false", "queues are declared once, outside the routes", findings);
            must(endpoint, "maximumRetryAttempts", "1", "the default tries five times in the thread, on top of the retry queue", findings);
            must(endpoint, "disableReplyTo", "true", "else a message can name a queue to be answered on", findings);
            if (endpoint.parameter("prefetchCount").isBlank()) {
                findings.accept(endpoint.uri().fault("no prefetchCount", "Set it, and low: by default 250 messages wait in one consumer."));
            }
        } else if (endpoint.parameters().containsKey("autoDeclareProducer")) {
            must(endpoint, "autoDeclareProducer", "false", "queues are declared once, outside the routes", findings);
        }
    }

    private static void sftp(Endpoint endpoint, Consumer<Finding> findings) {
        must(endpoint, "strictHostKeyChecking", "yes", "else any server is believed to be the right one", findings);
    }

    private static void must(Endpoint endpoint, String option, String value, String why, Consumer<Finding> findings) {
        if (!endpoint.parameter(option).equals(value)) {
            findings.accept(endpoint.parameters().getOrDefault(option, endpoint.uri())
                    .fault(option + " is not " + value, "Write " + option + ": " + value + "; " + why + "."));
        }
    }
}

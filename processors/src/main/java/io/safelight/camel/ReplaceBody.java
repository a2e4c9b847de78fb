package io.safelight.camel;

import jakarta.inject.Named;
import jakarta.inject.Singleton;
import org.apache.camel.AggregationStrategy;
import org.apache.camel.Exchange;

/** Takes only the body of what an enricher brought: a failure that was handled on the way there ends there. */
@Named("replaceBody")
@Singleton
public class ReplaceBody implements AggregationStrategy {
    @Override
    public Exchange aggregate(Exchange original, Exchange resource) {
        original.getMessage().setBody(resource.getMessage().getBody());
        return original;
    }
}

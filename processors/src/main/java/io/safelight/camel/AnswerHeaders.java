package io.safelight.camel;

import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.util.Set;
import org.apache.camel.http.base.HttpHeaderFilterStrategy;

/**
 * What Camel lets into an exchange and out of it over HTTP: as usual, and Cache-Control, which is ours to say. What a path
 * says, nothing else can say: neither a header nor a query parameter of that name.
 */
@Named("answerHeaders")
@Singleton
public class AnswerHeaders extends HttpHeaderFilterStrategy {
    public AnswerHeaders() {
        getOutFilter().remove("cache-control");
        getInFilter().addAll(Set.of("id", "variant", "bank", "hash"));
    }
}

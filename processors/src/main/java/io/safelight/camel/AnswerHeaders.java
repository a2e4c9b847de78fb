package io.safelight.camel;

import jakarta.inject.Named;
import jakarta.inject.Singleton;
import org.apache.camel.http.base.HttpHeaderFilterStrategy;

/** What Camel lets out of an exchange into an HTTP answer: as usual, and Cache-Control, which is ours to say. */
@Named("answerHeaders")
@Singleton
public class AnswerHeaders extends HttpHeaderFilterStrategy {
    public AnswerHeaders() {
        getOutFilter().remove("cache-control");
    }
}

package io.safelight.camel;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.safelight.trace.Spans;
import io.safelight.trace.Traceparent;
import jakarta.inject.Singleton;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.component.springrabbit.SpringRabbitMQConstants;
import org.apache.camel.component.springrabbit.SpringRabbitMQEndpoint;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.spi.CamelEvent.ExchangeSendingEvent;
import org.apache.camel.spi.CamelEvent.ExchangeSentEvent;
import org.apache.camel.support.EventNotifierSupport;

/**
 * Writes into each new message which span it comes of, and times its publication. A retry, a dead letter and a replay keep what
 * they came with: every attempt hangs below the publication that the message began with.
 */
@Singleton
public class Publications extends EventNotifierSupport {
    private static final String SPAN = "publication";

    private final Spans spans;

    public Publications(Spans spans) {
        this.spans = spans;
        setIgnoreCamelContextEvents(true);
        setIgnoreRouteEvents(true);
        setIgnoreServiceEvents(true);
        setIgnoreExchangeCreatedEvent(true);
        setIgnoreExchangeCompletedEvent(true);
        setIgnoreExchangeFailedEvents(true);
        setIgnoreExchangeRedeliveryEvents(true);
        setIgnoreStepEvents(true);
    }

    @Override
    public boolean isEnabled(CamelEvent event) {
        return event instanceof ExchangeSendingEvent sending && sending.getEndpoint() instanceof SpringRabbitMQEndpoint
                || event instanceof ExchangeSentEvent sent && sent.getEndpoint() instanceof SpringRabbitMQEndpoint;
    }

    @Override
    public void notify(CamelEvent event) {
        switch (event) {
            case ExchangeSendingEvent sending -> begin(sending.getExchange());
            case ExchangeSentEvent sent -> end(sent.getExchange());
            default -> { }
        }
    }

    private void begin(Exchange exchange) {
        Message message = exchange.getMessage();
        String trace = message.getHeader(Properties.TRACE, String.class);
        SpanContext here = Span.current().getSpanContext();
        SpanContext origin = Traceparent.read(message.getHeader(Traceparent.HEADER, String.class));
        SpanContext parent = here.getTraceId().equals(trace) ? here : origin;
        Span span = spans.begin("publish", SpanKind.PRODUCER, parent, trace).setAttribute("messaging.system", "rabbitmq")
                .setAttribute("messaging.destination.name", message.getHeader(SpringRabbitMQConstants.ROUTING_OVERRIDE_KEY, "", String.class));
        if (here.isValid() && parent != here) {
            span.addLink(here);
        }
        if (!origin.isValid() && spans.on()) {
            message.setHeader(Traceparent.HEADER, Traceparent.write(span.getSpanContext()));
        }
        exchange.setProperty(SPAN, span);
    }

    private static void end(Exchange exchange) {
        if (exchange.removeProperty(SPAN) instanceof Span span) {
            if (exchange.getException() != null) {
                span.setStatus(StatusCode.ERROR).setAttribute("error.type", exchange.getException().getClass().getName());
            }
            span.end();
        }
    }
}

package io.safelight.camel;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.safelight.error.Fault;
import io.safelight.model.Event;
import io.safelight.model.Fact;
import io.safelight.model.Json;
import io.safelight.model.Step;
import io.safelight.model.Topology.Work;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Instant;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.component.springrabbit.SpringRabbitMQConstants;

/** Messages of the contract, from the wire and onto it. */
@Named("events")
@Singleton
public class Events {
    private final BrokerAlarm alarm;

    public Events(BrokerAlarm alarm) {
        this.alarm = alarm;
    }

    /** @throws Fault for a message that is not of the contract */
    public void read(Exchange exchange) {
        byte[] json = exchange.getMessage().getBody(byte[].class);
        Event event;
        try {
            event = Json.MAPPER.readValue(json, Event.class);
        } catch (IOException e) {
            throw new Fault("The message is not an event of the contract: " + firstLine(e), e);
        }
        if (event == null || event.v() != Event.VERSION || event.id() == null || event.fact() == null || event.trace() == null) {
            throw new Fault("The event lacks v=%d, id, trace or fact.".formatted(Event.VERSION));
        }
        exchange.setProperty(Properties.EVENT, event);
        exchange.setProperty(Properties.STARTED, Instant.now());
        Trace.begin(exchange, event.trace(), event.id());
        exchange.getMessage().setBody(event);
    }

    /** The event in the body as a persistent message; no header of the exchange goes out with it but the trace. */
    public void write(Exchange exchange) throws JsonProcessingException {
        alarm.pass(exchange);
        Event event = exchange.getMessage().getBody(Event.class);
        address(exchange.getMessage(), event.routingKey(), UUID.randomUUID().toString(), event.trace(), Json.MAPPER.writeValueAsBytes(event));
    }

    /** @param to a routing key; or, of a message for one queue alone, the queue's name */
    static void address(Message message, String to, String id, String trace, byte[] json) {
        message.removeHeaders("*");
        message.setHeader(SpringRabbitMQConstants.ROUTING_OVERRIDE_KEY, to);
        message.setHeader(SpringRabbitMQConstants.CONTENT_TYPE, "application/json");
        message.setHeader(SpringRabbitMQConstants.MESSAGE_ID, id);
        message.setHeader(Properties.TRACE, trace);
        message.setBody(json);
    }

    /** Body afterwards: the accepted event for processing alone. Metadata knows the image, and would ask for what is still to be made of it. */
    static void addressToProcessing(Message message, Event accepted, String trace) throws JsonProcessingException {
        Work lane = accepted.fact() instanceof Fact.Accepted fact && fact.slow() ? Work.PROCESSING_SLOW : Work.PROCESSING;
        address(message, lane.queue(), UUID.randomUUID().toString(), trace, Json.MAPPER.writeValueAsBytes(accepted));
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    static Event current(Exchange exchange) {
        Event event = exchange.getProperty(Properties.EVENT, Event.class);
        if (event == null) {
            throw new Fault("No event was read in this route; put event-read-action before this step.");
        }
        return event;
    }

    /** The next event about the image in hand, with the time this route spent on it. */
    static Event next(Exchange exchange, String step, Fact fact) {
        Event event = current(exchange);
        Instant started = exchange.getProperty(Properties.STARTED, Instant.class);
        return Event.of(event.id(), event.trace(), fact, new Step(step, started, Instant.now()));
    }
}

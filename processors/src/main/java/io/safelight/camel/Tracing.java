package io.safelight.camel;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Scope;
import io.safelight.error.Problem;
import io.safelight.error.Rejected;
import io.safelight.trace.LogFields;
import io.safelight.trace.Spans;
import io.safelight.trace.Traceparent;
import jakarta.inject.Singleton;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeExtension;
import org.apache.camel.Message;
import org.apache.camel.NamedNode;
import org.apache.camel.Route;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.spi.RoutePolicy;
import org.apache.camel.spi.RoutePolicyFactory;
import org.apache.camel.support.RoutePolicySupport;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/** Follows each request and message through its route: a span, which is current while the route runs, and route and group in the log lines. */
@Singleton
public class Tracing implements RoutePolicyFactory {
    private static final String HTTP = "platform-http:";
    /** What has no sender: the clock, and the route before. */
    private static final String WITHIN = "(direct|timer|kamelet:source|kamelet:leased-timer-source).*";

    private final Spans spans;

    public Tracing(Spans spans) {
        this.spans = spans;
    }

    /** @return null for kamelets, which are steps */
    @Override
    public RoutePolicy createRoutePolicy(CamelContext camel, String routeId, NamedNode node) {
        if (!(node instanceof RouteDefinition route) || Boolean.TRUE.equals(route.isKamelet()) || route.isCreatedFromTemplate()) {
            return null;
        }
        String from = route.getInput().getEndpointUri();
        return from.matches(WITHIN) ? new Lines() : new Followed(from.startsWith(HTTP) ? from.substring(HTTP.length()).replaceFirst("\\?.*", "") : null);
    }

    /** Puts route and group into the log lines. */
    private static class Lines extends RoutePolicySupport {
        private record Before(String route, String group, String image) {}

        @Override
        public void onExchangeBegin(Route route, Exchange exchange) {
            exchange.setProperty(key(route), new Before(LogFields.ROUTE.get(), LogFields.GROUP.get(), LogFields.IMAGE.get()));
            LogFields.ROUTE.set(route.getRouteId());
            LogFields.GROUP.set(route.getGroup());
        }

        @Override
        public void onExchangeDone(Route route, Exchange exchange) {
            if (exchange.removeProperty(key(route)) instanceof Before(String before, String group, String image) && before != null) {
                LogFields.ROUTE.set(before);
                LogFields.GROUP.set(group);
                LogFields.IMAGE.set(image);
            } else {
                LogFields.clear();
            }
        }

        private static String key(Route route) {
            return "lines-before-" + route.getRouteId();
        }
    }

    /** Makes a span besides. */
    private final class Followed extends Lines {
        private static final String AT = "span";

        private final String path;

        private record At(Span span, Scope scope) {}

        /** @param path of requests; null where messages or files come */
        Followed(String path) {
            this.path = path;
        }

        @Override
        public void onExchangeBegin(Route route, Exchange exchange) {
            // whatever an earlier one left behind
            LogFields.clear();
            super.onExchangeBegin(route, exchange);
            Message message = exchange.getMessage();
            if (isInQuery(message)) {
                message.removeHeader(Traceparent.HEADER);
            }
            SpanContext sender = Traceparent.read(message.getHeader(Traceparent.HEADER, String.class));
            Span span;
            String trace = null;
            if (path != null) {
                String method = message.getHeader(Exchange.HTTP_METHOD, String.class);
                span = spans.begin(method + " " + path, SpanKind.SERVER, sender, null)
                        .setAttribute("http.request.method", method).setAttribute("http.route", path);
            } else {
                trace = message.getHeader(Properties.TRACE, String.class);
                String queue = exchange.getProperty(Properties.QUEUE, String.class);
                span = spans.begin(route.getRouteId(), SpanKind.CONSUMER, sender, trace);
                if (queue != null) {
                    span.setAttribute("messaging.system", "rabbitmq").setAttribute("messaging.destination.name", queue);
                }
            }
            span.setAttribute("camel.route", route.getRouteId()).setAttribute("camel.group", route.getGroup());
            exchange.setProperty(AT, new At(span, span.makeCurrent()));
            Trace.begin(exchange, trace == null || trace.isBlank() ? span.getSpanContext().getTraceId() : trace, null);
        }

        @Override
        public void onExchangeDone(Route route, Exchange exchange) {
            if (exchange.removeProperty(AT) instanceof At at) {
                at.scope().close();
                end(at.span(), exchange);
            }
            super.onExchangeDone(route, exchange);
        }

        /** Camel lays headers and query parameters together; a link on somebody's page is not to choose a trace. */
        private static boolean isInQuery(Message message) {
            String query = message.getHeader(Exchange.HTTP_QUERY, String.class);
            try {
                return query != null && URLDecoder.decode(query, StandardCharsets.UTF_8).toLowerCase(Locale.ROOT).contains(Traceparent.HEADER);
            } catch (IllegalArgumentException e) {
                return true;
            }
        }

        private static boolean handled(Exchange exchange) {
            ExchangeExtension extension = exchange.getExchangeExtension();
            return extension.isErrorHandlerHandledSet() && extension.isErrorHandlerHandled();
        }

        private void end(Span span, Exchange exchange) {
            // one that was tried again and done well still names what went wrong before
            Throwable cause = exchange.getException() != null ? exchange.getException()
                    : handled(exchange) ? Failures.cause(exchange) : null;
            Integer status = path == null ? null : exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE, Integer.class);
            if (status != null) {
                span.setAttribute("http.response.status_code", status);
                if (status >= 500) {
                    span.setStatus(StatusCode.ERROR);
                }
            }
            if (cause != null) {
                span.setAttribute("error.type", cause.getClass().getName()).setAttribute("error.code", Problem.of(cause).code());
                if (!(cause instanceof Rejected || cause instanceof NoSuchKeyException)) {
                    span.setStatus(StatusCode.ERROR);
                }
            }
            span.end();
        }
    }
}

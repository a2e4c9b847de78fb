package io.safelight.camel;

import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.component.kamelet.KameletEndpoint;
import org.apache.camel.impl.engine.DefaultRouteController;

/**
 * A route that takes from a kamelet is stopped and started with it. By itself the kamelet would go on: each of a queue's consumers would
 * hold a message half a minute for the route that is gone, and give it back as tried, until the broker buries it.
 */
class RoutesWithSources extends DefaultRouteController {
    RoutesWithSources(CamelContext camel) {
        super(camel);
    }

    private interface Change {
        void of(String route) throws Exception;
    }

    @Override
    public void startRoute(String route) throws Exception {
        super.startRoute(route);
        source(route, super::startRoute);
    }

    @Override
    public void resumeRoute(String route) throws Exception {
        super.resumeRoute(route);
        source(route, super::resumeRoute);
    }

    /** What is in hand has as long as when the process ends; the context's own time for that is short, as all is done by then. */
    @Override
    public void stopRoute(String route) throws Exception {
        stopRoute(route, Drain.MOST.toSeconds(), TimeUnit.SECONDS);
    }

    @Override
    public void stopRoute(String route, Throwable cause) throws Exception {
        source(route, source -> super.stopRoute(source, Drain.MOST.toSeconds(), TimeUnit.SECONDS));
        super.stopRoute(route, cause);
    }

    @Override
    public void stopRoute(String route, long timeout, TimeUnit unit) throws Exception {
        source(route, source -> super.stopRoute(source, timeout, unit));
        super.stopRoute(route, timeout, unit);
    }

    @Override
    public boolean stopRoute(String route, long timeout, TimeUnit unit, boolean abortAfterTimeout) throws Exception {
        source(route, source -> super.stopRoute(source, timeout, unit));
        return super.stopRoute(route, timeout, unit, abortAfterTimeout);
    }

    @Override
    public void suspendRoute(String route) throws Exception {
        suspendRoute(route, Drain.MOST.toSeconds(), TimeUnit.SECONDS);
    }

    @Override
    public void suspendRoute(String route, long timeout, TimeUnit unit) throws Exception {
        source(route, source -> super.suspendRoute(source, timeout, unit));
        super.suspendRoute(route, timeout, unit);
    }

    private void source(String id, Change change) throws Exception {
        Route route = getCamelContext().getRoute(id);
        if (route != null && route.getEndpoint() instanceof KameletEndpoint kamelet) {
            change.of(kamelet.getRouteId());
        }
    }
}

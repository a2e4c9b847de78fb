package io.safelight.hawtio;

import java.util.Map;
import java.util.Set;
import javax.management.ObjectName;
import org.jboss.logging.Logger;
import org.jolokia.server.core.restrictor.AbstractConstantRestrictor;
import org.jolokia.server.core.util.HttpMethod;
import org.jolokia.server.core.util.RequestType;

/** Shows Camel's MBeans and no others; starts and stops routes, draws them and lists what is under way. Changes nothing else, and shows no message. */
final class RoutesOnly extends AbstractConstantRestrictor {
    private static final Logger LOG = Logger.getLogger("io.safelight.hawtio");
    private static final String CAMEL = "org.apache.camel";
    private static final Set<String> CHANGES = Set.of("start", "stop");
    private static final Set<HttpMethod> METHODS = Set.of(HttpMethod.GET, HttpMethod.POST);
    private static final Set<RequestType> REQUESTS = Set.of(RequestType.READ, RequestType.EXEC, RequestType.LIST, RequestType.SEARCH, RequestType.VERSION);
    /** By type of MBean, as <a href="https://camel.apache.org/manual/jmx.html">Camel names them</a>; with no other arguments: placeholders, of passwords too, are not resolved. */
    private static final Map<String, Set<String>> OPERATIONS = Map.of(
            "context", Set.of("dumpRoutesAsXml", "dumpRoutesStatsAsXml", "dumpRoutesStatsAsXml(boolean,boolean)"),
            "routes", Set.of("start", "stop", "dumpRouteAsXml", "dumpRouteStatsAsXml", "dumpRouteStatsAsXml(boolean,boolean)", "isUpdateRouteEnabled"),
            "services", Set.of("browse"));

    RoutesOnly() {
        super(false);
    }

    @Override
    public boolean isHttpMethodAllowed(HttpMethod method) {
        return METHODS.contains(method);
    }

    @Override
    public boolean isTypeAllowed(RequestType type) {
        return REQUESTS.contains(type);
    }

    @Override
    public boolean isAttributeReadAllowed(ObjectName bean, String attribute) {
        return isCamels(bean);
    }

    @Override
    public boolean isOperationAllowed(ObjectName bean, String operation) {
        String name = operation.replace(" ", "").replace("()", "");
        boolean allowed = isCamels(bean) && OPERATIONS.getOrDefault(bean.getKeyProperty("type"), Set.of()).contains(name);
        if (allowed && CHANGES.contains(name)) {
            LOG.infof("By Hawtio: %s of route %s", name, bean.getKeyProperty("name"));
        }
        return allowed;
    }

    @Override
    public boolean isObjectNameHidden(ObjectName bean) {
        return !isCamels(bean);
    }

    private static boolean isCamels(ObjectName bean) {
        return bean.getDomain().equals(CAMEL);
    }

    /** Who may ask is a matter of the login. */
    @Override
    public boolean isRemoteAccessAllowed(String... hostsOrAddresses) {
        return true;
    }

    @Override
    public boolean isOriginAllowed(String origin, boolean strict) {
        return true;
    }
}

package io.safelight.trace;

import io.safelight.error.Fault;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;

/**
 * Where spans go.
 *
 * @param address takes OTLP over HTTP, at {@code /v1/traces} below it
 * @param share   of the traces that begin here, from 0 to 1
 */
public record Collector(URI address, double share) {
    /**
     * @param address empty where there is none
     * @throws Fault naming what is wrong
     */
    public static Optional<Collector> of(Optional<String> address, double share) {
        if (!(share >= 0 && share <= 1)) {
            throw new Fault("safelight.traces.sampling is %s; write a share from 0 to 1, such as 0.1.".formatted(share));
        }
        return address.map(given -> new Collector(parse(given), share));
    }

    private static URI parse(String address) {
        try {
            URI uri = new URI(address);
            if (uri.getHost() != null && List.of("http", "https").contains(uri.getScheme()) && uri.getUserInfo() == null && uri.getQuery() == null
                    && uri.getPort() <= 65_535) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // told below
        }
        throw new Fault("safelight.traces.endpoint is no address of a collector; write one such as http://collector:4318, which takes OTLP over HTTP.");
    }

    String traces() {
        return address.toString().replaceFirst("/+$", "") + "/v1/traces";
    }
}

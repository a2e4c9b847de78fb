/**
 * Spans of OpenTelemetry and what log lines bear: the only package that knows how spans are made and sent; others hand it names and times.
 * May import {@code error}.
 */
package io.safelight.trace;

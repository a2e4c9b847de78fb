/**
 * {@code ./safelight check}: reads routes, kamelets and configuration as a person wrote them and names every mistake at its line,
 * with no broker, store or database. May import Camel's catalogue and {@code config}; nothing imports it.
 */
package io.safelight.camel.check;

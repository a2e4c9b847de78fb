/** Starts the process: embedded servers first, then Quarkus; and wires the parts together. May import everything. */
package io.safelight.app;
